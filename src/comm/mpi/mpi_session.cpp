#include <mpi.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

#include "comm/mpi/mpi_communicator.h"
#include "comm/mpi/mpi_error.h"
#include "comm/node/node_communicator.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

// Without a launcher MPI_Init would look for helpers of its own (a daemon, as root, with sockets), which a
// program that runs alone must not depend on.
bool started_by_launcher() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_FD", "PMI_SIZE"}) {
    if (std::getenv(name) != nullptr) return true;
  }
  return false;
}

/// How many processes the launcher says it started; 1 when it says nothing.
int launched_processes() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
    if (const char* value = std::getenv(name)) return std::atoi(value);
  }
  return 1;
}

// Otherwise each process would train the whole job alone and write the same files.
void require_one_job(int world_size) {
  const int launched = launched_processes();
  if (world_size > 1 || launched <= 1) return;
  throw Error(ExitCode::kConfiguration,
              text("the launcher started ", launched, " processes but MPI sees each of them alone: use the ",
                   "mpirun of the MPI library that ktrain was built with, or srun --mpi=pmix"));
}

}  // namespace

MpiSession::MpiSession() : exceptions_before_(std::uncaught_exceptions()) {
  int initialized = 0;
  check_mpi(MPI_Initialized(&initialized), "MPI_Initialized");
  launched_ = initialized != 0 || started_by_launcher();
  if (launched_ && initialized == 0) {
    // With Open MPI 5, workers were seen to outlive an mpirun that was killed, and to compute on.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int provided = MPI_THREAD_SINGLE;
    check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
    finalizes_ = true;
  }
  int size = 1;
  if (launched_) check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  require_one_job(size);
}

MpiSession::~MpiSession() {
  if (finalizes_ && std::uncaught_exceptions() <= exceptions_before_) MPI_Finalize();
}

std::unique_ptr<Communicator> MpiSession::world(Transport transport) {
  if (!launched_) return make_self_communicator();
  MPI_Comm comm = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &comm), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  auto world = std::unique_ptr<Communicator>(std::make_unique<MpiCommunicator>(comm));
  if (transport == Transport::kMpi || world->size() == 1) return world;
  world = with_shared_memory(std::move(world));
  if (transport == Transport::kNode && world->transport() != "node") {
    throw AgreedError(ExitCode::kConfiguration,
                      "transport node: the workers run on several hosts or in several containers, or their "
                      "host refuses shared memory",
                      0);
  }
  return world;
}

}  // namespace ktrain
