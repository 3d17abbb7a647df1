#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/same_options.h"
#include "app/threads.h"
#include "app/version.h"
#include "config/run_config.h"
#include "core/parallel.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/comm/communicator.h"
#include "train/reproducible.h"

namespace ktrain {
namespace {

void print_line(std::FILE* file, const std::string& line) {
  std::fputs((line + "\n").c_str(), file);
}

ExitCode run_command(Communicator& communicator, const RunConfig& config) {
  switch (config.command) {
    case Command::kTrain:
      return run_train(communicator, config);
    case Command::kEvaluate:
      return run_evaluate(communicator, config);
    case Command::kPredict:
      return run_predict(communicator, config);
    case Command::kSummary:
      return run_summary(communicator, config);
    case Command::kConvert:
      return run_convert(communicator, config);
    case Command::kInspect:
      return run_inspect(communicator, config);
    case Command::kRebatch:
      return run_rebatch(communicator, config);
    case Command::kRecalibrate:
      return run_recalibrate(communicator, config);
    case Command::kNoiseScale:
      return run_noise_scale(communicator, config);
  }
  return ExitCode::kSoftware;
}

Transport transport_named(const std::string& name) {
  if (name == "auto") return Transport::kAuto;
  return name == "node" ? Transport::kNode : Transport::kMpi;
}

/// `communicator` agrees on what to run; what is run gets the workers in the way it asks for.
ExitCode run(MpiSession& session, Communicator& communicator, const std::vector<std::string>& arguments) {
  RunConfig config = agree(communicator, [&] { return read_run_config(arguments, process_environment()); });
  if (config.help || config.version) {
    if (communicator.rank() == 0) print_line(stdout, config.help ? help_text() : version_text());
    return ExitCode::kOk;
  }
  require_same_options(communicator, config);
  if (config.reproducible) {
    config.threads = 1;
    config.shard = config.shard.value_or(default_shard(config.global_batch));
  }
  config.threads = threads_for_worker(communicator, config.threads);
  set_thread_count(*config.threads);
  const auto workers = session.world(transport_named(config.transport));
  config.transport = workers->transport();
  return run_command(*workers, config);
}

/// An error that peers do not know of: says who failed, and takes them along.
int end_all(Communicator& communicator, int code, const std::string& message) {
  const std::string who =
      communicator.size() == 1 ? "" : text("rank ", communicator.rank(), " on ", communicator.host(), ": ");
  print_line(stderr, text("ktrain: ", who, message));
  communicator.abort(code);
  return code;
}

int run_all(const std::vector<std::string>& arguments) {
  MpiSession session;
  const auto communicator = session.world(Transport::kMpi);
  try {
    return static_cast<int>(run(session, *communicator, arguments));
  } catch (const AgreedError& error) {
    if (communicator->rank() == error.reporter()) print_line(stderr, text("ktrain: ", error.what()));
    return static_cast<int>(error.code());
  } catch (const Error& error) {
    return end_all(*communicator, static_cast<int>(error.code()), error.what());
  } catch (const std::exception& error) {
    return end_all(*communicator, static_cast<int>(ExitCode::kSoftware), error.what());
  }
}

}  // namespace
}  // namespace ktrain

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on a file's size is an error of writing it
  try {
    return ktrain::run_all({argv + 1, argv + argc});
  } catch (const ktrain::Error& error) {
    ktrain::print_line(stderr, ktrain::text("ktrain: ", error.what()));
    return static_cast<int>(error.code());
  }
}
