#include "app/threads.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/text.h"

namespace ktrain {

int threads_for_worker(Communicator& communicator, std::optional<int> wanted) {
  const std::string own = text(communicator.host(), ' ', processor_mask());
  const auto places = communicator.all_gather(own);
  const auto sharing = static_cast<int>(std::ranges::count(places, own));
  return std::max(1, wanted.value_or(available_processors() / sharing));
}

}  // namespace ktrain
