#pragma once

namespace ktrain {

/// Turns an MPI return code other than MPI_SUCCESS into CommError: "`call`: …" with MPI's own text. The one
/// place where MPI's codes become exceptions; the communicator must return its errors (MPI_ERRORS_RETURN).
void check_mpi(int code, const char* call);

}  // namespace ktrain
