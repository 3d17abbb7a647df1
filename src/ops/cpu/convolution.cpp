#include "ops/convolution.h"

#include <optional>
#include <utility>

#include "ops/cpu/convolution_primitives.h"
#include "ops/cpu/dnnl_engine.h"
#include "ops/cpu/packed_kernels.h"
#include "ops/cpu/prepared_primitive.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

using Tag = dnnl::memory::format_tag;

dnnl::memory::desc layout(const dnnl::memory::dims& dims, Tag tag) {
  return {dims, dnnl::memory::data_type::f32, tag};
}

dnnl::memory::dims kernel_dims(const ConvolutionShape& s) {
  const std::int64_t in = s.in_channels / s.groups;
  const auto& [height, width] = s.window;
  if (s.groups == 1) return {s.out_channels, in, height.kernel, width.kernel};
  return {s.groups, s.out_channels / s.groups, in, height.kernel, width.kernel};
}

ConvolutionDescription describe(const ConvolutionShape& s, bool training) {
  const auto& [h, w] = s.window;
  return {.training = training,
          .source = layout({s.rows, s.in_channels, h.input, w.input}, Tag::nhwc),
          .weights = layout(kernel_dims(s), Tag::any),
          .bias = s.bias ? layout({s.out_channels}, Tag::x) : dnnl::memory::desc(),
          .destination = layout({s.rows, s.out_channels, h.output, w.output}, Tag::nhwc),
          .strides = {h.stride, w.stride},
          .dilation = {h.dilation - 1, w.dilation - 1},
          .before = {h.before, w.before},
          .after = {h.after, w.after}};
}

using Arguments = std::vector<PreparedPrimitive::Argument>;

struct Forward {
  std::shared_ptr<PackedKernel> kernel;
  PreparedPrimitive primitive;
};
using BackwardData = Forward;
struct BackwardWeights {
  std::size_t packed_bytes;
  PreparedPrimitive primitive;
  PreparedPrimitive unpack;
};

}  // namespace

struct Convolution::Primitives {
  ConvolutionDescription description;
  dnnl::memory::desc keras_kernel;
  std::shared_ptr<PackedKernels> packed;
  dnnl::convolution_forward::primitive_desc forward_description;
  bool bias;
  std::optional<Forward> forward;
  std::optional<BackwardData> backward_data;
  std::optional<BackwardWeights> backward_weights;

  void make_forward();
  void make_backward_data();
  void make_backward_weights();
};

void Convolution::Primitives::make_forward() {
  auto kernel = packed->find_or_make(keras_kernel, forward_description.weights_desc());
  Arguments arguments{{DNNL_ARG_SRC, description.source}, {DNNL_ARG_WEIGHTS, kernel->layout()}};
  if (bias) arguments.push_back({DNNL_ARG_BIAS, description.bias});
  arguments.push_back({DNNL_ARG_DST, description.destination});
  forward = Forward{std::move(kernel), PreparedPrimitive(dnnl::convolution_forward(forward_description),
                                                         forward_description.scratchpad_desc(), arguments)};
}

void Convolution::Primitives::make_backward_data() {
  const auto described = describe_backward_data(description, forward_description);
  auto kernel = packed->find_or_make(keras_kernel, described.weights_desc());
  const Arguments arguments{{DNNL_ARG_DIFF_DST, description.destination},
                            {DNNL_ARG_WEIGHTS, kernel->layout()},
                            {DNNL_ARG_DIFF_SRC, description.source}};
  backward_data = BackwardData{
      std::move(kernel),
      PreparedPrimitive(dnnl::convolution_backward_data(described), described.scratchpad_desc(), arguments)};
}

void Convolution::Primitives::make_backward_weights() {
  const auto described = describe_backward_weights(description, forward_description);
  const dnnl::memory::desc gradient = described.diff_weights_desc();
  Arguments arguments{{DNNL_ARG_SRC, description.source},
                      {DNNL_ARG_DIFF_DST, description.destination},
                      {DNNL_ARG_DIFF_WEIGHTS, gradient}};
  if (bias) arguments.push_back({DNNL_ARG_DIFF_BIAS, description.bias});
  backward_weights = BackwardWeights{gradient.get_size(),
                                     PreparedPrimitive(dnnl::convolution_backward_weights(described),
                                                       described.scratchpad_desc(), arguments),
                                     make_reorder(gradient, keras_kernel)};
}

Convolution::Convolution(const ConvolutionShape& shape, bool training, std::shared_ptr<PackedKernels> packed)
    : primitives_(std::make_unique<Primitives>()) {
  create("creating a convolution", [&] {
    primitives_->description = describe(shape, training);
    primitives_->keras_kernel = layout(kernel_dims(shape), shape.groups == 1 ? Tag::hwio : Tag::hwigo);
    primitives_->packed = std::move(packed);
    primitives_->forward_description = describe_forward(primitives_->description);
    primitives_->bias = shape.bias;
    primitives_->make_forward();
  });
}

Convolution::~Convolution() = default;

void Convolution::forward(const float* x, const float* kernel, std::uint64_t weights_version,
                          const float* bias, float* y) {
  Forward& made = *primitives_->forward;
  const void* packed = made.kernel->get(kernel, weights_version);
  if (primitives_->bias) {
    made.primitive.execute({x, packed, bias, y});
  } else {
    made.primitive.execute({x, packed, y});
  }
}

void Convolution::backward_data(const float* dy, const float* kernel, std::uint64_t weights_version,
                                float* dx) {
  auto& made = primitives_->backward_data;
  if (!made) create("creating a convolution's backward", [&] { primitives_->make_backward_data(); });
  made->primitive.execute({dy, made->kernel->get(kernel, weights_version), dx});
}

void Convolution::backward_weights(const float* x, const float* dy, float* kernel_gradient,
                                   float* bias_gradient) {
  auto& made = primitives_->backward_weights;
  if (!made) create("creating a convolution's backward", [&] { primitives_->make_backward_weights(); });
  const void* packed = scratch(ScratchUse::kPackedGradient, made->packed_bytes);
  if (primitives_->bias) {
    made->primitive.execute({x, dy, packed, bias_gradient});
  } else {
    made->primitive.execute({x, dy, packed});
  }
  made->unpack.execute({packed, kernel_gradient});
}

}  // namespace ktrain
