#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ktrain/tensor/tensor.h"
#include "ops/contraction.h"

namespace ktrain {

/// "ab,bc->ac": a letter for each axis of the two operands and of the result.
struct EinsumEquation {
  std::string a;
  std::string b;
  std::string y;
};

/// Reads an equation of two operands with these numbers of axes; -1: as many as there are letters. "..." is
/// written out as digits. Throws Error{kConfiguration} that says what is wrong with the equation.
EinsumEquation parse_einsum(std::string_view equation, int rank_a, int rank_b);

/// The shape of the result. Throws Error{kConfiguration} where sizes of one letter differ.
Shape einsum_shape(const EinsumEquation& equation, const Shape& a, const Shape& b);

/// y[…] = sum over the letters that y lacks of a[…] b[…] (numpy.einsum of two operands), by matrix products
/// over permuted copies. Every letter is in two of a, b and y at least; an axis of size 1 that meets a larger
/// one is spread.
class Einsum {
 public:
  Einsum(const EinsumEquation& equation, const Shape& a, const Shape& b, bool gradients);

  void forward(const float* a, const float* b, float* y);
  /// Either of da and db may be null.
  void backward(const float* a, const float* b, const float* dy, float* da, float* db);

 private:
  std::unique_ptr<Contraction> y_;
  std::unique_ptr<Contraction> da_;
  std::unique_ptr<Contraction> db_;
};

}  // namespace ktrain
