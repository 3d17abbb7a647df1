#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/core/field.h"

namespace ktrain {

// What a run says about itself, as plain values: the trainer fills them in, progress and logs print them.
// Epochs count from 1, steps and samples from the run's beginning, through a resume.

/// A metric under Keras's name.
struct NamedValue {
  std::string name;
  double value = 0;
};

/// The simple noise scale tr(Sigma) / |G|² in samples (McCandlish et al., arXiv:1812.06162): G is the mean
/// gradient over all samples and Sigma the covariance of the gradients of samples, of the trainable
/// variables, without their regularizers, before clipping. BatchNormalization's gradients are those with the
/// statistics of the whole batch. The gradient of a sample is B times its part of the gradient of a batch of
/// B.
struct NoiseScale {
  double square = 0;                 ///< running mean of |G|²; an estimate, which may be negative
  double trace = 0;                  ///< running mean of tr(Sigma); so may this
  std::optional<double> value = {};  ///< the ratio of the two; absent when |G|² is not above 0
  /// Its 95 % confidence interval (Fieller's theorem, from the scatter of the measurements): both absent with
  /// fewer than three; `high` alone where |G|² cannot be told from 0, so that there is no upper end.
  std::optional<double> low = {};
  std::optional<double> high = {};
  std::int64_t measurements = 0;
  /// Of pairs of consecutive steps, whose weights are others, the latest at least: a step was a single piece.
  bool biased = false;
};

/// One line of the batch plan.
struct WorkerShare {
  int rank = 0;
  std::string host;
  std::int64_t samples = 0;  ///< of a full step
  int threads = 1;
};

/// Where the run stands, in every report.
struct RunPoint {
  std::int64_t epoch = 1;    ///< the epoch under way, or just ended
  std::int64_t step = 0;     ///< optimizer updates done
  std::int64_t samples = 0;  ///< positions seen
  double lr = 0;
  std::optional<double> momentum;  ///< absent where the optimizer has none
  std::int64_t global_batch = 0;
  int workers = 1;
  double samples_per_second = 0;  ///< over the step, the epoch, the run
  double seconds = 0;             ///< since this process's training began
};

struct RunStart {
  std::string version;
  std::vector<Field> configuration;  ///< every setting, resolved
  std::vector<WorkerShare> plan;
  std::int64_t epochs = 0;
  std::int64_t epoch_samples = 0;
  std::int64_t parameters = 0;
  /// Position that the run continues from; 0 for a new one.
  std::int64_t resumed_samples = 0;
};

/// After an optimizer step.
struct StepReport : RunPoint {
  std::int64_t epochs = 0;
  std::int64_t epoch_step = 0;   ///< steps done in this epoch
  std::int64_t epoch_steps = 0;  ///< of the whole epoch
  double loss = 0;               ///< of this step's batch
  std::vector<NamedValue> metrics;
  double epoch_loss = 0;  ///< over the epoch so far, as Keras shows it
  std::vector<NamedValue> epoch_metrics;
  double epoch_seconds_left = 0;    ///< expected
  std::optional<NoiseScale> noise;  ///< after a measurement
};

/// After an epoch and its validation.
struct EpochReport : RunPoint {
  std::int64_t epochs = 0;
  std::int64_t epoch_steps = 0;
  double epoch_seconds = 0;
  double loss = 0;  ///< over the epoch
  std::vector<NamedValue> metrics;
  std::optional<double> val_loss;
  std::vector<NamedValue> val_metrics;
  std::optional<NoiseScale> noise;  ///< as it is known
};

/// After the last step, also when a signal asked for the end.
struct RunEnd : RunPoint {
  int exit_code = 0;
  double loss = 0;  ///< over the last epoch, as far as it went
  std::vector<NamedValue> metrics;
  std::optional<double> val_loss;
  std::vector<NamedValue> val_metrics;
  std::string weights_digest;  ///< FlatParameters::digest, 16 hexadecimal digits
};

}  // namespace ktrain
