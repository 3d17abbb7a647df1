#pragma once

#include <memory>
#include <string>

#include "ktrain/train/events.h"

namespace ktrain {

/// A run's log as JSON lines; rank 0 alone has one. Each line is an object with the key "event" and is
/// written at once, whole, to the end of the file: a resumed run appends to the log of the run it continues,
/// with another "start".
///
///   start  version, config {…}, plan [{rank, host, samples, threads}], epochs, epoch_samples, parameters,
///          resumed_samples, workers
///   step   every `every` steps: epoch, step, samples, loss, metrics {…} of the step's batch, lr, momentum,
///          global_batch, workers, samples_per_second, seconds; after a measurement of the noise scale
///          noise_scale, its 95 % interval noise_scale_low and noise_scale_high, the running means
///          noise_square and noise_trace whose ratio it is, and noise_biased
///   epoch  the same over the epoch, noise_scale and so on as last known, and val_loss, val_metrics where
///          there is validation data
///   end    the same, and exit_code, weights_digest
///
/// Numbers have the fewest digits that read back to the same double; those JSON cannot hold are the strings
/// "NaN", "Infinity" and "-Infinity". What is absent is null. Allocates nothing once the longest line was
/// written.
class JsonLog {
 public:
  /// Throws Error{kIo}, as every member does when the file cannot be written.
  JsonLog(const std::string& file, std::int64_t every);
  ~JsonLog();
  JsonLog(const JsonLog&) = delete;
  JsonLog& operator=(const JsonLog&) = delete;

  void start(const RunStart& start);
  /// Writes the reports whose step is a multiple of `every`.
  void step(const StepReport& report);
  void epoch(const EpochReport& report);
  void end(const RunEnd& end);

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace ktrain
