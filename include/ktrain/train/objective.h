#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrain/data/dataset.h"
#include "ktrain/nn/loss.h"
#include "ktrain/nn/metric.h"
#include "ktrain/nn/model.h"
#include "ktrain/nn/reduced_loss.h"
#include "ktrain/train/events.h"

namespace ktrain {

/// What is minimized and what is measured, as Keras's `compile`: a loss for each output, or the same for all;
/// metrics of some outputs or of all. A cross-entropy of an output whose logits the model keeps apart is
/// computed from them.
struct ObjectiveOptions {
  std::vector<LossSpec> losses = {{"sparse_categorical_crossentropy"}};
  std::vector<MetricSpec> metrics = {{"accuracy"}};
};

class ClassWeights;

/// The losses and metrics of a model's outputs as one row of sums over samples. Rows of several workers or
/// batches are added; the loss and the metrics are functions of the total. What the rows of a batch depend on
/// beyond its number of samples (mask and weight counts) are group sums: the group adds them up first.
class Objective {
 public:
  /// Pairs each model output that has a loss or a metric with the dataset's target of its name (or the only
  /// one). With `class_weight`, Keras's fit(class_weight=…), samples are weighed by their targets' classes,
  /// too: the loss and the weighted metrics see it. Throws Error{kConfiguration} naming the output and both
  /// shapes when they cannot go together, and for class weights where there are several outputs or several
  /// classes in a sample.
  struct Run {
    std::int64_t global_batch = 0;  ///< the most rows of a batch; for losses that compare its samples
    std::map<std::int64_t, double> class_weight = {};
  };
  Objective(const Model& model, std::span<const FieldSpec> fields, const ObjectiveOptions& options,
            const Run& run);
  Objective(Objective&&) noexcept;
  Objective& operator=(Objective&&) noexcept;
  ~Objective();

  /// What one output is compared to: indices into the dataset's fields; -1 without.
  struct Pairing {
    int target = -1;
    int weight = -1;
  };
  /// One for each output.
  std::span<const Pairing> pairings() const { return pairings_; }
  /// True when output `index` is part of the loss.
  bool has_loss(std::size_t index) const { return terms_[index].loss.has_value(); }

  /// Puts class weights where the sample weights are; valid until the next call.
  void weigh_classes(std::span<LossInput> inputs);

  /// Numbers in a row of group sums; none when the number of samples says all.
  std::size_t group_sum_count() const { return group_sum_count_; }
  /// Adds what these rows contribute; inputs[i] belongs to output i. Throws BadTarget.
  void add_group_sums(std::span<const LossInput> inputs, std::span<double> sums);

  /// Numbers in a row of sums.
  std::size_t sum_count() const { return sum_count_; }
  /// Adds what these rows of a batch of `global_rows` contribute, with the batch's group sums: the losses
  /// times global_rows, so that sums over batches are means over samples as Keras takes them. Throws
  /// BadTarget.
  void add(std::span<const LossInput> inputs, std::int64_t global_rows, std::span<const double> group_sums,
           std::span<double> sums);
  /// Overwrites `gradient` by d loss / d output `index` for a global batch of `global_rows`.
  void gradient(std::size_t index, const LossInput& input, std::int64_t global_rows,
                std::span<const double> group_sums, TensorView gradient);

  /// The mean loss over `rows` samples, without penalties of regularizers.
  double loss(std::span<const double> sums, std::int64_t rows) const;
  /// The losses of several outputs, then the metrics, under Keras's names. Overwrites `values`; allocates
  /// nothing when they are from an earlier call.
  void metrics(std::span<const double> sums, std::int64_t rows, std::vector<NamedValue>& values) const;

 private:
  struct Term {
    std::optional<ReducedLoss> loss;
    double weight = 1;
    std::size_t loss_at = 0;         ///< in the sums
    std::size_t loss_groups_at = 0;  ///< in the group sums
  };
  struct Measure {
    std::size_t output = 0;
    bool weighted = false;
    std::unique_ptr<Metric> metric;
    std::size_t sums_at = 0;
    std::size_t groups_at = 0;
    std::vector<std::string> names;  ///< of its values
  };

  void add_terms(const Model& model, std::span<const FieldSpec> fields, const ObjectiveOptions& options,
                 std::int64_t global_batch);
  void add_measures(const Model& model, std::span<const FieldSpec> fields, const ObjectiveOptions& options);
  std::span<const double> group_part(std::span<const double> sums, std::size_t at, std::int64_t count) const;

  std::unique_ptr<ClassWeights> class_weights_;  ///< null without
  std::vector<Term> terms_;                      ///< one for each output
  std::vector<Measure> measures_;
  std::vector<Pairing> pairings_;
  std::vector<std::string>
      loss_names_;  ///< "<output>_loss" of each output with a loss, when there are several
  std::size_t group_sum_count_ = 0;
  std::size_t sum_count_ = 0;
};

}  // namespace ktrain
