#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktrain {

/// How the values of a loss become one number; v are the values of the global batch, w what weighs them
/// (sample weight times mask). Keras's reduction "mean" is another name of "sum_over_batch_size"; "none" has
/// no number.
enum class LossReduction {
  kSumOverBatchSize,      ///< sum w v / count of v; with a mask / (count of v that the mask lets through)
  kSum,                   ///< sum w v
  kMeanWithSampleWeight,  ///< sum w v / sum w
};

/// Arguments of keras.losses under their names there; a loss refuses those that its class does not have.
/// Absent ones have the class's default.
struct LossOptions {
  bool from_logits = false;
  double label_smoothing = 0;
  double delta = 1;  ///< of Huber
  std::optional<std::vector<int>> axis =
      {};                          ///< counted with the batch dimension; Dice and Tversky take several
  std::vector<double> alpha = {};  ///< one number; CategoricalFocalCrossentropy also takes one for each class
  std::optional<double> beta = {};
  std::optional<double> gamma = {};
  std::optional<double> margin = {};         ///< of Circle
  std::optional<bool> remove_diagonal = {};  ///< of Circle
  bool apply_class_balancing = false;
  std::optional<std::int64_t> ignore_class = {};
  std::optional<double> q = {};
  LossReduction reduction = LossReduction::kSumOverBatchSize;
};

/// The loss of an output.
struct LossSpec {
  std::string name;         ///< Keras's, or "none"
  std::string output = {};  ///< of the model; empty: every output that is not named by another
  LossOptions options = {};
  double weight = 1;  ///< Keras's loss_weights
};

}  // namespace ktrain
