#pragma once

#include <cstdint>
#include <string>

namespace ktrain {

/// How often operator new was called by the program's own code while watch_allocations(true) held: called
/// from the executable, ktrain's libraries being part of it, directly or through the C++ library. What MPI,
/// oneDNN, oneTBB and other shared libraries take is not counted. A test program that links
/// own_allocations.cpp counts.
std::int64_t own_allocations();
void watch_allocations(bool watch);
/// Where the latest of them came from, for addr2line -f -C -e PROGRAM.
std::string latest_own_allocation();

}  // namespace ktrain
