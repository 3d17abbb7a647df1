#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "ktrain/comm/communicator.h"
#include "ktrain/core/error.h"

namespace ktrain {

/// An error that every rank of the group throws at the same place, with the same code and message. All ranks
/// can end in order; the one of rank `reporter()` speaks for all.
class AgreedError : public Error {
 public:
  AgreedError(ExitCode code, const std::string& message, int reporter)
      : Error(code, message), reporter_(reporter) {}
  int reporter() const { return reporter_; }

 private:
  int reporter_;
};

namespace detail {
void agree(Communicator& group, const std::function<void()>& work);
}

/// Runs `work()` on every rank and returns its result once all ranks succeeded. If any failed, every rank
/// throws AgreedError with the code and message of the lowest failing rank, which is also the reporter; the
/// message names that rank and its host unless all ranks failed alike: a file that only one host lacks ends
/// the whole job with one message. Collective. `work` must leave the group's collectives balanced:
/// a rank that throws has started the same ones as a rank that does not. A CommError passes through
/// unchanged.
template <typename Work>
std::invoke_result_t<Work&> agree(Communicator& group, Work&& work) {
  using Result = std::invoke_result_t<Work&>;
  if constexpr (std::is_void_v<Result>) {
    detail::agree(group, [&] { work(); });
  } else {
    std::optional<Result> result;
    detail::agree(group, [&] { result.emplace(work()); });
    return std::move(*result);
  }
}

}  // namespace ktrain
