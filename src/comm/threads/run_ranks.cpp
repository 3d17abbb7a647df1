#include "comm/threads/run_ranks.h"

#include <exception>
#include <thread>
#include <vector>

#include "comm/threads/thread_communicator.h"
#include "comm/threads/thread_group.h"

namespace ktrain {

void run_ranks(int ranks, const std::function<void(Communicator&)>& work, double stall_seconds) {
  const auto roster = std::make_shared<Roster>(ranks);
  const auto group = std::make_shared<ThreadGroup>(roster);
  std::exception_ptr first;
  const auto run = [&](int rank) {
    std::exception_ptr thrown;
    try {
      ThreadCommunicator communicator(rank, group);
      communicator.set_stall_seconds(stall_seconds);
      work(communicator);
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(roster->mutex);
    roster->ended[static_cast<std::size_t>(rank)] = true;
    if (!first) first = thrown;
  };

  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) threads.emplace_back(run, rank);
  for (std::thread& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace ktrain
