#pragma once

#include <vector>

#include "ops/convolution.h"
#include "ops/cpu/prepared_primitive.h"

namespace ktrain {

/// The gradients of a convolution's kernel and bias. oneDNN adds up the positions of all images in float32
/// one after the other, and so rounds the worse the larger the batch; here it gets the rows in pieces of
/// about kPositions output positions for each thread, and the pieces' sums are added up in float64.
class ConvolutionWeightGradient {
 public:
  /// Few enough to round little, and enough that the pieces cost less than 3 % of a step.
  static constexpr std::int64_t kPositions = 1024;

  explicit ConvolutionWeightGradient(const ConvolutionShape& shape);

  /// Overwrites the gradients, the kernel's in Keras's layout; bias_gradient is null without bias.
  void compute(const float* x, const float* dy, float* kernel_gradient, float* bias_gradient);

 private:
  /// A number of consecutive rows.
  struct Piece {
    std::int64_t rows;
    std::size_t packed_bytes;
    PreparedPrimitive primitive;
    PreparedPrimitive unpack;
  };

  Piece make_piece(std::int64_t rows) const;
  void run(Piece& piece, std::int64_t first_row, const float* x, const float* dy, float* kernel_gradient,
           float* bias_gradient) const;

  ConvolutionShape shape_;
  std::vector<Piece> pieces_;  ///< the usual one, and that of the rows it leaves over, if any
};

}  // namespace ktrain
