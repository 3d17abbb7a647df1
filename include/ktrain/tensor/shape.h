#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

namespace ktrain {

/// The dimensions of a tensor, outermost first; at most eight, held inline. A *sample shape* leaves the batch
/// dimension out: an image tensor of shape (N, H, W, C) has the sample shape (H, W, C).
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims);

  int rank() const { return rank_; }
  /// Dimension `axis`; negative axes count from the back.
  std::int64_t operator[](int axis) const {
    return dims_[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)];
  }
  std::int64_t& operator[](int axis) {
    return dims_[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)];
  }
  std::span<const std::int64_t> dims() const { return {dims_.data(), static_cast<std::size_t>(rank_)}; }
  /// Product of the dimensions; 1 for a scalar. Throws Error{kConfiguration} when it is beyond int64.
  std::int64_t elements() const;

  /// This shape with `rows` in front: from a sample shape to a batch's.
  Shape batched(std::int64_t rows) const;
  /// This shape without its first dimension: from a batch's shape to the sample shape.
  Shape sample() const;

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

/// As Keras prints it: "(28, 28, 1)".
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace ktrain
