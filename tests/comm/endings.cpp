// A job that ends badly on one rank, in the way its argument says, while its peers wait for that rank. The
// test that runs it under mpirun knows the exit code to come and that it comes soon.
#include <csignal>
#include <iostream>
#include <string>
#include <thread>

#include "ktrain/comm/agree.h"

namespace {

using namespace ktrain;

void act(Communicator& group, const std::string& ending) {
  const bool acts = group.rank() == group.size() - 1;
  if (ending == "kill" && acts) std::raise(SIGKILL);
  if (ending == "abort" && acts) group.abort(74);
  if (ending == "throw" && acts) throw Error(ExitCode::kData, "bad byte");
  if (ending == "agree") {
    agree(group, [&] {
      if (acts) throw Error(ExitCode::kNoInput, "no file");
    });
  }
  if (ending == "stall" && group.rank() == 0) group.set_stall_seconds(0.5);
  if (ending == "stall" && acts) std::this_thread::sleep_for(std::chrono::seconds(60));
  for (;;) group.all_reduce(1.0);
}

}  // namespace

int main(int, char** argv) {
  const std::string ending = argv[1];
  try {
    MpiSession session;
    const auto world = session.world();
    for (int i = 0; i < 10; ++i) world->all_reduce(1.0);
    if (ending == "throw") act(*world, ending);  // leaves the session by the exception
    try {
      act(*world, ending);
    } catch (const AgreedError& error) {
      if (error.reporter() == world->rank()) std::cout << "agreed: " << error.what() << std::endl;
      return static_cast<int>(error.code());
    } catch (const CommError& error) {
      std::cout << error.what() << std::endl;
      world->abort(static_cast<int>(error.code()));
    }
  } catch (const Error& error) {
    std::cout << error.what() << std::endl;
    return static_cast<int>(error.code());
  }
}
