#include "train/nonfinite.h"

#include <cmath>
#include <string>

#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/optim/optimizer.h"

namespace ktrain {
double require_finite(Communicator& communicator, Model& model, const StepOutcome& outcome) {
  double norm = 0;
  std::string gradient;
  try {
    norm = finite_gradient_norm(model.parameters());
  } catch (const Error& error) {
    gradient = error.what();
  }
  if (gradient.empty() && std::isfinite(outcome.loss)) return norm;

  const std::string own =
      outcome.own_loss_finite ? "" : text("rank ", communicator.rank(), " on ", communicator.host());
  std::string ranks;
  for (const std::string& rank : communicator.all_gather(own)) {
    if (!rank.empty()) ranks += (ranks.empty() ? " of " : ", ") + rank;
  }
  throw AgreedError(ExitCode::kNonFinite,
                    text("step ", outcome.step, ": the loss", ranks, " is ", outcome.loss,
                         gradient.empty() ? "" : "; ", gradient, "; the weights are those before the step"),
                    0);
}

}  // namespace ktrain
