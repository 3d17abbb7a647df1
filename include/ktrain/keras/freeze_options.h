#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktrain {

/// Which layers of a model are not to be trained; one of the three. A pattern (`*`, `?` and `[…]` as in a
/// shell) is compared to the name of each layer, at any depth, and to its path, "model/layer". A layer is
/// frozen with all that is in it: Keras's `layer.trainable = False`.
struct FreezeOptions {
  std::vector<std::string> freeze = {};           ///< patterns: these
  std::vector<std::string> train_only = {};       ///< patterns: all but these
  std::optional<std::int64_t> all_but_last = {};  ///< all of `model.layers` but so many at its end

  bool any() const { return !freeze.empty() || !train_only.empty() || all_but_last.has_value(); }
};

}  // namespace ktrain
