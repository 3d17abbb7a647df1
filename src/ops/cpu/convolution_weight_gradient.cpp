#include "ops/cpu/convolution_weight_gradient.h"

#include <algorithm>

#include "core/parallel.h"
#include "core/simd.h"
#include "ops/cpu/convolution_description.h"
#include "ops/cpu/convolution_primitives.h"
#include "ops/cpu/packed_kernels.h"
#include "ops/scratch.h"

namespace ktrain {
namespace {

/// Elements for which a second thread pays.
constexpr std::int64_t kGrain = 1 << 15;

KTRAIN_SIMD void add(const float* from, double* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += static_cast<double>(from[i]);
}

void add_on_all_threads(const float* from, double* to, std::int64_t count) {
  parallel_for(count, kGrain,
               [&](std::int64_t begin, std::int64_t end) { add(from + begin, to + begin, end - begin); });
}

void write(const double* from, float* to, std::int64_t count) {
  std::transform(from, from + count, to, [](double sum) { return static_cast<float>(sum); });
}

std::int64_t kernel_elements(const ConvolutionShape& s) {
  return kernel_positions(s.window) * (s.in_channels / s.groups) * s.out_channels;
}

}  // namespace

ConvolutionWeightGradient::ConvolutionWeightGradient(const ConvolutionShape& shape) : shape_(shape) {
  const std::int64_t positions = output_positions(shape.window);
  const std::int64_t limit = std::max<std::int64_t>(kPositions * thread_count() / positions, 1);
  const std::int64_t rows = std::clamp<std::int64_t>(shape.rows, 1, limit);
  pieces_.push_back(make_piece(rows));
  if (shape.rows % rows > 0) pieces_.push_back(make_piece(shape.rows % rows));
}

ConvolutionWeightGradient::Piece ConvolutionWeightGradient::make_piece(std::int64_t rows) const {
  ConvolutionShape shape = shape_;
  shape.rows = rows;
  const ConvolutionDescription description = describe(shape, true);
  const auto described = describe_backward_weights(description, describe_forward(description));
  const dnnl::memory::desc packed = described.diff_weights_desc();
  std::vector<PreparedPrimitive::Argument> arguments{{DNNL_ARG_SRC, description.source},
                                                     {DNNL_ARG_DIFF_DST, description.destination},
                                                     {DNNL_ARG_DIFF_WEIGHTS, packed}};
  if (shape.bias) arguments.push_back({DNNL_ARG_DIFF_BIAS, description.bias});
  return {rows, packed.get_size(),
          PreparedPrimitive(dnnl::convolution_backward_weights(described), described.scratchpad_desc(),
                            arguments),
          make_reorder(packed, keras_kernel_layout(shape))};
}

void ConvolutionWeightGradient::run(Piece& piece, std::int64_t first_row, const float* x, const float* dy,
                                    float* kernel_gradient, float* bias_gradient) const {
  x += first_row * input_positions(shape_.window) * shape_.in_channels;
  dy += first_row * output_positions(shape_.window) * shape_.out_channels;
  const void* packed = scratch(ScratchUse::kPackedGradient, piece.packed_bytes);
  if (shape_.bias) {
    piece.primitive.execute({x, dy, packed, bias_gradient});
  } else {
    piece.primitive.execute({x, dy, packed});
  }
  piece.unpack.execute({packed, kernel_gradient});
}

void ConvolutionWeightGradient::compute(const float* x, const float* dy, float* kernel_gradient,
                                        float* bias_gradient) {
  if (pieces_.front().rows == shape_.rows)
    return run(pieces_.front(), 0, x, dy, kernel_gradient, bias_gradient);
  const std::int64_t kernel = kernel_elements(shape_);
  const std::int64_t bias = shape_.bias ? shape_.out_channels : 0;
  auto* sums = static_cast<double*>(
      scratch(ScratchUse::kGradientSums, static_cast<std::size_t>(kernel + bias) * sizeof(double)));
  std::fill_n(sums, kernel + bias, 0.0);
  for (std::int64_t row = 0; row < shape_.rows;) {
    Piece& piece = row + pieces_.front().rows <= shape_.rows ? pieces_.front() : pieces_.back();
    run(piece, row, x, dy, kernel_gradient, bias_gradient);
    add_on_all_threads(kernel_gradient, sums, kernel);
    if (bias > 0) add_on_all_threads(bias_gradient, sums + kernel, bias);
    row += piece.rows;
  }
  write(sums, kernel_gradient, kernel);
  if (bias > 0) write(sums + kernel, bias_gradient, bias);
}

}  // namespace ktrain
