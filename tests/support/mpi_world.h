#pragma once

#include "ktrain/comm/communicator.h"

namespace ktrain {

/// The group of all ranks of a test program under mpirun (tests/support/mpi_main.cpp).
Communicator& test_world();

}  // namespace ktrain
