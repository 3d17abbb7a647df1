#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktrain {

/// Something in a model that is tied to a batch size.
struct BatchFinding {
  enum class Kind { kStaticBatch, kStatefulLayer, kBatchNormalization, kStaticReshape };
  Kind kind;
  std::string layer;                       ///< "model/layer"
  std::optional<std::int64_t> batch = {};  ///< that it is fixed to
  std::optional<double> momentum = {};     ///< of BatchNormalization's statistics
  bool trainable = true;                   ///< a frozen BatchNormalization does not change its statistics
};

/// "static_batch", "stateful_layer", "batch_normalization", "static_reshape"
std::string_view name_of(BatchFinding::Kind kind);

/// Those of a description (ModelFile), in its order.
std::vector<BatchFinding> batch_findings(const std::string& description);

/// The description with the batch dimensions that are fixed to `from` fixed to `to`.
std::string with_static_batch(const std::string& description, std::int64_t from, std::int64_t to);

}  // namespace ktrain
