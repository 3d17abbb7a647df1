#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ktrain/data/dataset.h"
#include "ktrain/nn/loss.h"
#include "ktrain/nn/metric.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/events.h"

namespace ktrain {

/// What is minimized and what is measured: one loss for every model output, as Keras's `compile(loss=…,
/// metrics=[…])` with plain names.
struct ObjectiveOptions {
  std::string loss = "sparse_categorical_crossentropy";
  LossOptions loss_options;
  std::vector<std::string> metrics = {"accuracy"};
};

/// The losses and metrics of a model's outputs as one row of sums over samples. Rows of several workers or
/// batches are added; the loss and the metrics are functions of the total.
class Objective {
 public:
  /// Pairs each model output with the dataset's target of its name (or the only one). Throws
  /// Error{kConfiguration} naming the output and both shapes when they cannot go together.
  Objective(const Model& model, std::span<const FieldSpec> fields, const ObjectiveOptions& options);

  /// What one output is compared to: indices into the dataset's fields; weight -1 without.
  struct Pairing {
    int target = 0;
    int weight = -1;
  };
  std::span<const Pairing> pairings() const { return pairings_; }

  /// Numbers in a row of sums.
  std::size_t sum_count() const { return sum_count_; }
  /// Adds what these rows contribute; inputs[i] belongs to output i. Throws Error{kData} for a target that no
  /// loss takes.
  void add(std::span<const LossInput> inputs, std::span<double> sums) const;
  /// Overwrites `gradient` by d loss / d output `index` for a global batch of `global_rows`.
  void gradient(std::size_t index, const LossInput& input, std::int64_t global_rows,
                TensorView gradient) const;

  /// The mean loss over `rows` samples, without penalties of regularizers.
  double loss(std::span<const double> sums, std::int64_t rows) const;
  /// Overwrites `values`; allocates nothing when they are from an earlier call.
  void metrics(std::span<const double> sums, std::vector<NamedValue>& values) const;

 private:
  struct Term {
    std::unique_ptr<Loss> loss;
    double elements_per_sample = 1;  ///< the denominator's part of one sample
    std::vector<std::unique_ptr<Metric>> metrics;
    std::vector<std::string> metric_names;
  };

  std::vector<Term> terms_;
  std::vector<Pairing> pairings_;
  std::size_t sum_count_ = 0;
  std::size_t metric_count_ = 0;
};

}  // namespace ktrain
