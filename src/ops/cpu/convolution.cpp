#include "ops/convolution.h"

#include <optional>
#include <utility>

#include "ops/cpu/convolution_primitives.h"
#include "ops/cpu/convolution_weight_gradient.h"
#include "ops/cpu/dnnl_engine.h"
#include "ops/cpu/packed_kernels.h"
#include "ops/cpu/prepared_primitive.h"

namespace ktrain {
namespace {

using Arguments = std::vector<PreparedPrimitive::Argument>;

struct Forward {
  std::shared_ptr<PackedKernel> kernel;
  PreparedPrimitive primitive;
};
using BackwardData = Forward;

}  // namespace

struct Convolution::Primitives {
  ConvolutionShape shape;
  ConvolutionDescription description;
  dnnl::memory::desc keras_kernel;
  std::shared_ptr<PackedKernels> packed;
  dnnl::convolution_forward::primitive_desc forward_description;
  std::optional<Forward> forward;
  std::optional<BackwardData> backward_data;
  std::optional<ConvolutionWeightGradient> weight_gradient;

  void make_forward();
  void make_backward_data();
};

void Convolution::Primitives::make_forward() {
  auto kernel = packed->find_or_make(keras_kernel, forward_description.weights_desc());
  Arguments arguments{{DNNL_ARG_SRC, description.source}, {DNNL_ARG_WEIGHTS, kernel->layout()}};
  if (shape.bias) arguments.push_back({DNNL_ARG_BIAS, description.bias});
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

Convolution::Convolution(const ConvolutionShape& shape, bool training, std::shared_ptr<PackedKernels> packed)
    : primitives_(std::make_unique<Primitives>()) {
  create("creating a convolution", [&] {
    primitives_->shape = shape;
    primitives_->description = describe(shape, training);
    primitives_->keras_kernel = keras_kernel_layout(shape);
    primitives_->packed = std::move(packed);
    primitives_->forward_description = describe_forward(primitives_->description);
  });
}

Convolution::~Convolution() = default;

void Convolution::forward(const float* x, const float* kernel, std::uint64_t weights_version,
                          const float* bias, float* y) {
  auto& made = primitives_->forward;
  if (!made) create("creating a convolution", [&] { primitives_->make_forward(); });
  const void* packed = made->kernel->get(kernel, weights_version);
  if (primitives_->shape.bias) {
    made->primitive.execute({x, packed, bias, y});
  } else {
    made->primitive.execute({x, packed, y});
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
  auto& made = primitives_->weight_gradient;
  if (!made) create("creating a convolution's backward", [&] { made.emplace(primitives_->shape); });
  made->compute(x, dy, kernel_gradient, bias_gradient);
}

}  // namespace ktrain
