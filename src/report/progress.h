#pragma once

#include <memory>
#include <string_view>

#include "ktrain/train/events.h"

namespace ktrain {

/// Columns of the terminal behind a descriptor; 0 when there is none: a file, a pipe, or the pseudo-terminal
/// that mpirun gives its ranks, whose window is 0x0.
int terminal_columns(int descriptor);

/// What a person sees of a run; rank 0 alone has one. On a terminal a line as Keras draws it, redrawn ten
/// times a second at most; into a file one line an epoch without control characters. Failing to write is
/// ignored: a closed terminal does not end a run. Allocates nothing once the longest line was written.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void step(const StepReport& report) = 0;
  virtual void epoch(const EpochReport& report) = 0;
  /// After a last step that ends no epoch: where the run stands then.
  virtual void end(const StepReport& report) = 0;
  /// A line of its own between two steps, e.g. about a checkpoint.
  virtual void note(std::string_view line) = 0;
};

/// Writes to `descriptor`; `columns` 0 for a file.
std::unique_ptr<Progress> make_progress(int descriptor, int columns);
/// Says nothing, notes included.
std::unique_ptr<Progress> make_quiet_progress();

}  // namespace ktrain
