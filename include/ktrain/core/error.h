#pragma once

#include <stdexcept>
#include <string>

namespace ktrain {

/// How the program ends, after sysexits.h. Listed in `ktrain --help` and the README.
enum class ExitCode : int {
  kOk = 0,
  kUsage = 64,             ///< an option that does not exist or does not parse
  kData = 65,              ///< an input file's content is wrong
  kNoInput = 66,           ///< an input file is missing or unreadable
  kUnavailable = 69,       ///< a worker was lost or stalled
  kSoftware = 70,          ///< a defect of ktrain
  kIo = 74,                ///< writing failed
  kSavedForResume = 75,    ///< stopped by a signal; a checkpoint to resume from was written
  kNonFinite = 76,         ///< the loss or a gradient is not finite
  kReplicasDisagree = 77,  ///< workers hold different weights
  kConfiguration = 78,     ///< options that contradict each other, the model or the machine
};

/// This run cannot go on: an input, a file or a library is not as it must be. `what()` is one line for a
/// person.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// A peer is gone or does not answer; the communicator cannot be used any more.
class CommError : public Error {
 public:
  explicit CommError(const std::string& message) : Error(ExitCode::kUnavailable, message) {}
};

}  // namespace ktrain
