#include "app/signals.h"

#include <csignal>
#include <initializer_list>

namespace ktrain {
namespace {

volatile std::sig_atomic_t stop = 0;

extern "C" void ask_for_stop(int signal) {
  stop = 1;
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);
}

}  // namespace

void catch_stop_signals() {
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) std::signal(signal, ask_for_stop);
}

bool stop_signalled() {
  return stop != 0;
}

}  // namespace ktrain
