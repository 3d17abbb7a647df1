#include "for_all_runs.h"

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/parallel.h"
#include "core/text.h"

namespace ktrain::trajectories {
namespace {

void show_progress(std::size_t done, std::size_t all) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::fputs(text("\r", done, " of ", all, " runs", done == all ? "\r\033[K" : "").c_str(), stderr);
}

}  // namespace

void for_all_runs(std::size_t count, int threads, const std::function<void(std::size_t)>& run) {
  std::mutex mutex;
  std::exception_ptr failure;
  std::size_t next = 0, done = 0;
  const auto work = [&] {
    set_thread_count(1);
    std::unique_lock lock(mutex);
    while (next < count && !failure) {
      const std::size_t index = next++;
      lock.unlock();
      std::exception_ptr thrown;
      try {
        run(index);
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      if (thrown) failure = thrown;
      show_progress(++done, count);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ktrain::trajectories
