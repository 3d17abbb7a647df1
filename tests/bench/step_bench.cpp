// Training steps of one architecture in the steady state, for tests/bench/speed: a worker that runs as many
// steps as it is told to.
//   step_bench MODEL.json GLOBAL_BATCH OPTIMIZER [SHARD [reproducible|noise]]
// With noise, every step measures the gradient noise scale. Reads a number of steps a line and answers each,
// when they are done, with a JSON line of samples trained over all ranks, wall seconds, CPU seconds over all
// ranks, and of rank 0: CPU seconds of all threads but the computing one (they read ahead), seconds waited
// for data, and for the exchange of gradients; and the model's trainable parameters. Trains on Fashion-MNIST,
// shuffled: bytes in memory. One thread computes.
// Under mpirun rank 0 reads and answers.
#include <cstdio>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>

#include "core/parallel.h"
#include "core/text.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/train/trainer.h"

namespace ktrain {
namespace {

double clock_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The next number of steps, on every rank; 0 at the end of the input.
std::int64_t next_order(Communicator& communicator) {
  std::int64_t steps = 0;
  if (communicator.rank() == 0 && !(std::cin >> steps)) steps = 0;
  return communicator.all_reduce(steps);
}

struct Clocks {
  double wall = clock_seconds(CLOCK_MONOTONIC);
  double process = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
  double thread = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
};

void obey(Communicator& communicator, Trainer& trainer, std::size_t parameters) {
  while (const std::int64_t steps = next_order(communicator)) {
    const std::int64_t samples = trainer.position().samples;
    const double waited = trainer.data_seconds(), exchange = trainer.exchange_seconds();
    const Clocks before;
    for (std::int64_t i = 0; i < steps; ++i) trainer.step();
    const Clocks after;
    const double process = after.process - before.process;
    const double cpu = communicator.all_reduce(process);
    if (communicator.rank() != 0) continue;
    std::cout << text("{\"samples\": ", trainer.position().samples - samples,
                      ", \"wall\": ", after.wall - before.wall, ", \"cpu\": ", cpu,
                      ", \"reading\": ", process - (after.thread - before.thread),
                      ", \"waited\": ", trainer.data_seconds() - waited,
                      ", \"exchange\": ", trainer.exchange_seconds() - exchange,
                      ", \"parameters\": ", parameters, "}")
              << std::endl;
  }
}

void run(const std::string& model_file, const std::string& optimizer_name, const TrainerOptions& trained) {
  MpiSession session;
  const auto communicator = session.world();
  Architecture architecture = load_architecture(model_file);
  OptimizerOptions options;
  if (optimizer_name == "sgd") options.momentum = 0.9;
  const auto optimizer = make_optimizer(optimizer_name, options);
  Trainer trainer(*communicator, architecture.model, *optimizer, open_dataset("idx:"), trained);
  obey(*communicator, trainer, architecture.model.parameters().gradients().size());
}

}  // namespace
}  // namespace ktrain

int main(int count, char** arguments) {
  if (count < 4 || count > 6) {
    std::fputs("usage: step_bench MODEL.json GLOBAL_BATCH OPTIMIZER [SHARD [reproducible|noise]]\n", stderr);
    return 64;
  }
  const std::string manner = count > 5 ? arguments[5] : "";
  ktrain::set_thread_count(1);
  ktrain::run(arguments[1], arguments[3],
              {.global_batch = std::stoll(arguments[2]),
               .shard = count > 4 ? std::stoll(arguments[4]) : 0,
               .reproducible = manner == "reproducible",
               .noise = {.every_samples = manner == "noise" ? 1 : 0}});
}
