#include "comm/mpi/mpi_error.h"

#include <mpi.h>

#include <array>
#include <string>

#include "comm/host_name.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> message{};
  int length = 0;
  if (MPI_Error_string(code, message.data(), &length) != MPI_SUCCESS) length = 0;
  throw CommError(text(
      call, " on host ", host_name(), ": ",
      length > 0 ? std::string(message.data(), static_cast<std::size_t>(length)) : text("MPI error ", code)));
}

}  // namespace ktrain
