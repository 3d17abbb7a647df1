#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ktrain/tensor/tensor.h"
#include "ops/transpose.h"

namespace ktrain {

/// One tensor of a contraction: a letter for each axis, and its size.
struct Lettered {
  std::string letters;
  Shape shape;
  std::int64_t size(char letter) const;
  bool has(char letter) const { return letters.find(letter) != std::string::npos; }
};

/// y = sum over the letters in a and b that y lacks of a b, as matrix products: letters in all three number
/// the products, the others of a and b make the rows and the columns. Where the axes of a tensor do not lie
/// in such an order, a copy does.
class Contraction {
 public:
  /// Every letter stands once in each of two or of all three.
  Contraction(Lettered a, Lettered b, Lettered y);

  void run(const float* a, const float* b, float* y);

 private:
  /// How a tensor comes into the order that the products need.
  struct Arranged {
    bool transposed = false;               ///< the matrices lie as their transposes
    std::unique_ptr<Transpose> transpose;  ///< null: it lies right
    Tensor copy;
    const float* operator()(const float* data);
  };
  static Arranged arrange(const Lettered& tensor, const std::string& order, const std::string& transposed);
  void multiply(const float* a, const float* b, float* y) const;

  bool swapped_ = false;  ///< y lies as the transpose: b^T a^T
  std::int64_t products_ = 1;
  std::int64_t rows_ = 1;
  std::int64_t columns_ = 1;
  std::int64_t inner_ = 1;
  Arranged a_;
  Arranged b_;
  std::unique_ptr<Transpose> result_;
  Tensor result_copy_;
};

}  // namespace ktrain
