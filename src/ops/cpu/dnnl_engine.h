#pragma once

#include <dnnl.hpp>

namespace ktrain {

/// The one CPU engine of the process.
const dnnl::engine& cpu_engine();
/// The calling thread's stream.
const dnnl::stream& cpu_stream();

/// Turns oneDNN's status codes into Error{kSoftware} that says what was being done.
void require_success(dnnl_status_t status, const char* what);

/// Calls `make`, which creates oneDNN objects; its errors become ktrain's.
template <typename Make>
auto create(const char* what, const Make& make) {
  try {
    return make();
  } catch (const dnnl::error& error) {
    require_success(error.status, what);
    throw;
  }
}

}  // namespace ktrain
