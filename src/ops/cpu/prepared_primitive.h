#pragma once

#include <dnnl.hpp>
#include <initializer_list>
#include <vector>

namespace ktrain {

/// A oneDNN primitive whose argument objects are made once: a call sets addresses and allocates nothing here.
/// Its scratchpad is the thread's (ScratchUse::kPrimitive), so it must be created with scratchpad_attributes.
class PreparedPrimitive {
 public:
  struct Argument {
    int id;
    dnnl::memory::desc layout;
  };

  PreparedPrimitive(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
                    const std::vector<Argument>& arguments);

  /// One address for each argument, in their order.
  void execute(std::initializer_list<const void*> addresses);

 private:
  void point(std::size_t argument, const void* address);

  dnnl::primitive primitive_;
  std::size_t scratchpad_bytes_;
  std::vector<dnnl::memory> memories_;  ///< the scratchpad last, if any
  std::vector<dnnl_exec_arg_t> arguments_;
};

/// The scratchpad is handed in by the caller.
dnnl::primitive_attr scratchpad_attributes();

}  // namespace ktrain
