#include "core/check.h"

#include "ktrain/core/error.h"

namespace ktrain::detail {

void check_failed(const char* file, int line, const char* condition, const std::string& values) {
  throw Error(ExitCode::kSoftware, text(file, ":", line, ": check failed: ", condition,
                                        values.empty() ? "" : " (", values, values.empty() ? "" : ")"));
}

}  // namespace ktrain::detail
