#include "ops/cpu/dnnl_engine.h"

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

const char* reason(dnnl_status_t status) {
  switch (status) {
    case dnnl_out_of_memory:
      return "out of memory";
    case dnnl_invalid_arguments:
      return "invalid arguments";
    case dnnl_unimplemented:
      return "not implemented";
    default:
      return "failed";
  }
}

}  // namespace

const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

const dnnl::stream& cpu_stream() {
  thread_local const dnnl::stream stream(cpu_engine());
  return stream;
}

void require_success(dnnl_status_t status, const char* what) {
  if (status == dnnl_success) return;
  throw Error(ExitCode::kSoftware, text("oneDNN: ", what, ": ", reason(status), " (status ", status, ")"));
}

}  // namespace ktrain
