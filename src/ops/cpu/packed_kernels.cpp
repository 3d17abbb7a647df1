#include "ops/cpu/packed_kernels.h"

#include "ops/cpu/dnnl_engine.h"

namespace ktrain {

PreparedPrimitive make_reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to) {
  return create("creating a reorder", [&] {
    const dnnl::reorder::primitive_desc description(cpu_engine(), from, cpu_engine(), to,
                                                    scratchpad_attributes());
    return PreparedPrimitive(dnnl::reorder(description), description.scratchpad_desc(),
                             {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  });
}

PackedKernel::PackedKernel(const dnnl::memory::desc& keras, const dnnl::memory::desc& packed)
    : layout_(packed), memory_(packed.get_size()), reorder_(make_reorder(keras, packed)) {}

const void* PackedKernel::get(const float* kernel, std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  if (version_ != version) {
    reorder_.execute({kernel, memory_.data()});
    version_ = version;
  }
  return memory_.data();
}

std::shared_ptr<PackedKernel> PackedKernels::find_or_make(const dnnl::memory::desc& keras,
                                                          const dnnl::memory::desc& packed) {
  const std::lock_guard lock(mutex_);
  for (const auto& kernel : kernels_) {
    if (kernel->layout() == packed) return kernel;
  }
  return kernels_.emplace_back(std::make_shared<PackedKernel>(keras, packed));
}

std::shared_ptr<PackedKernels> make_packed_kernels() {
  return std::make_shared<PackedKernels>();
}

}  // namespace ktrain
