#pragma once

#include <cstdint>

namespace ktrain {

/// How often this process has called operator new so far. A test program that links allocation_count.cpp
/// counts; what C libraries take with malloc is not seen.
std::int64_t allocation_count();

}  // namespace ktrain
