#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "ktrain/core/buffer.h"
#include "ops/convolution.h"
#include "ops/cpu/prepared_primitive.h"

namespace ktrain {

/// Copies a tensor from one layout into another.
PreparedPrimitive make_reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to);

/// A copy of a layer's weights in the layout that one primitive asks for.
class PackedKernel {
 public:
  PackedKernel(const dnnl::memory::desc& keras, const dnnl::memory::desc& packed);

  const dnnl::memory::desc& layout() const { return layout_; }
  /// The packed weights; packed anew when `version` is not the latest one seen.
  const void* get(const float* kernel, std::uint64_t version);

 private:
  dnnl::memory::desc layout_;
  Buffer memory_;
  PreparedPrimitive reorder_;
  std::optional<std::uint64_t> version_;
  std::mutex mutex_;
};

/// The packed copies of one layer, one for each layout asked for. May be called by several threads.
class PackedKernels {
 public:
  std::shared_ptr<PackedKernel> find_or_make(const dnnl::memory::desc& keras,
                                             const dnnl::memory::desc& packed);

 private:
  std::vector<std::shared_ptr<PackedKernel>> kernels_;
  std::mutex mutex_;
};

}  // namespace ktrain
