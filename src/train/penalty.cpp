#include "train/penalty.h"

#include "ktrain/nn/regularizer.h"

namespace ktrain {
namespace {

template <typename Visit>
void for_each_penalized(const Model& model, const Visit& visit) {
  const auto parameters = model.parameters().parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].trainable && model.regularizers()[i].active()) {
      visit(model.regularizers()[i], static_cast<std::size_t>(parameters[i].range.begin),
            static_cast<std::size_t>(parameters[i].range.size()));
    }
  }
}

}  // namespace

double total_penalty(const Model& model) {
  double sum = 0;
  for_each_penalized(model, [&](const Regularizer& regularizer, std::size_t begin, std::size_t count) {
    sum += penalty(regularizer, model.parameters().values().subspan(begin, count));
  });
  return sum;
}

void add_penalty_gradients(Model& model) {
  FlatParameters& flat = model.parameters();
  for_each_penalized(model, [&](const Regularizer& regularizer, std::size_t begin, std::size_t count) {
    add_penalty_gradient(regularizer, flat.values().subspan(begin, count),
                         flat.gradients().subspan(begin, count));
  });
}

}  // namespace ktrain
