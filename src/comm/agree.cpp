#include "ktrain/comm/agree.h"

#include <algorithm>
#include <cstdint>
#include <exception>

#include "core/text.h"

namespace ktrain::detail {
namespace {

/// How `work` ended on one rank; a code of kOk is success.
struct Outcome {
  ExitCode code = ExitCode::kOk;
  std::string message;
};

Outcome outcome_of(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const CommError&) {
    throw;  // without peers there is nobody to agree with
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const std::exception& error) {
    return {ExitCode::kSoftware, error.what()};
  }
}

std::string line_of(const Outcome& outcome) {
  return text(static_cast<int>(outcome.code), ' ', outcome.message);
}

}  // namespace

void agree(Communicator& group, const std::function<void()>& work) {
  const Outcome own = outcome_of(work);
  const bool failed = own.code != ExitCode::kOk;
  const std::int64_t reporter =
      group.all_reduce<std::int64_t>(failed ? group.rank() : group.size(), ReduceOp::kMin);
  if (reporter == group.size()) return;

  const std::vector<std::string> lines = group.all_gather(line_of(own));
  const std::vector<std::string> hosts = group.all_gather(group.host());
  const std::string& line = lines[static_cast<std::size_t>(reporter)];
  const bool alike = std::ranges::all_of(lines, [&](const std::string& other) { return other == line; });
  std::string message = line.substr(line.find(' ') + 1);
  if (!alike)
    message += text(" (rank ", reporter, " on host ", hosts[static_cast<std::size_t>(reporter)], ")");
  throw AgreedError(static_cast<ExitCode>(std::stoi(line)), message, static_cast<int>(reporter));
}

}  // namespace ktrain::detail
