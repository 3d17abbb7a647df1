#include "ops/cpu/prepared_primitive.h"

#include "core/check.h"
#include "ops/cpu/dnnl_engine.h"
#include "ops/scratch.h"

namespace ktrain {

PreparedPrimitive::PreparedPrimitive(const dnnl::primitive& primitive, const dnnl::memory::desc& scratchpad,
                                     const std::vector<Argument>& arguments)
    : primitive_(primitive), scratchpad_bytes_(scratchpad.get_size()) {
  const auto add = [this](int id, const dnnl::memory::desc& layout) {
    memories_.emplace_back(layout, cpu_engine(), nullptr);
    arguments_.push_back({id, memories_.back().get()});
  };
  for (const Argument& argument : arguments) add(argument.id, argument.layout);
  if (scratchpad_bytes_ > 0) add(DNNL_ARG_SCRATCHPAD, scratchpad);
}

void PreparedPrimitive::point(std::size_t argument, const void* address) {
  dnnl::memory& memory = memories_[argument];
  // oneDNN zeroes a padded layout's padding whenever an address is set, even to the same one.
  if (memory.get_data_handle() != address) memory.set_data_handle(const_cast<void*>(address));
}

void PreparedPrimitive::execute(std::initializer_list<const void*> addresses) {
  std::size_t argument = 0;
  for (const void* address : addresses) point(argument++, address);
  if (scratchpad_bytes_ > 0) point(argument++, scratch(ScratchUse::kPrimitive, scratchpad_bytes_));
  KTRAIN_CHECK(argument == arguments_.size(), argument, " addresses for ", arguments_.size(), " arguments");
  // The C function: the C++ one collects its arguments in a fresh vector at each call.
  require_success(dnnl_primitive_execute(primitive_.get(), cpu_stream().get(),
                                         static_cast<int>(arguments_.size()), arguments_.data()),
                  "running a primitive");
}

dnnl::primitive_attr scratchpad_attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

}  // namespace ktrain
