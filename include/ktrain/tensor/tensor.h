#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "ktrain/core/buffer.h"
#include "ktrain/core/dtype.h"
#include "ktrain/tensor/shape.h"

namespace ktrain {

/// A dense, row-major array that somebody else owns. Cheap to copy. `Byte` is `std::byte` or `const
/// std::byte`.
template <typename Byte>
class BasicTensorView {
 public:
  template <typename T>
  using Element = std::conditional_t<std::is_const_v<Byte>, const T, T>;

  BasicTensorView() = default;
  BasicTensorView(Element<void>* data, DType dtype, const Shape& shape)
      : data_(static_cast<Byte*>(data)), dtype_(dtype), shape_(shape) {}
  /// A read-only view of what a mutable view shows.
  template <typename Other>
  requires(std::is_const_v<Byte>&& std::is_same_v<Other, std::byte>)
      BasicTensorView(const BasicTensorView<Other>& other)
      : BasicTensorView(other.address(), other.dtype(), other.shape()) {}

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t elements() const { return shape_.elements(); }
  std::size_t bytes() const { return static_cast<std::size_t>(elements()) * size_of(dtype_); }
  bool empty() const { return data_ == nullptr; }

  Element<void>* address() const { return data_; }
  /// The elements; fails when T is not this tensor's dtype.
  template <typename T>
  Element<T>* data() const {
    require(kDTypeOf<T>);
    return reinterpret_cast<Element<T>*>(data_);
  }
  template <typename T>
  std::span<Element<T>> span() const {
    return {data<T>(), static_cast<std::size_t>(elements())};
  }

  /// Rows [begin, end) of the first dimension.
  BasicTensorView rows(std::int64_t begin, std::int64_t end) const;
  /// The same elements under another shape of as many elements.
  BasicTensorView reshaped(const Shape& shape) const;

 private:
  void require(DType dtype) const;

  Byte* data_ = nullptr;
  DType dtype_ = DType::kFloat32;
  Shape shape_;
};

using TensorView = BasicTensorView<std::byte>;
using ConstTensorView = BasicTensorView<const std::byte>;

/// A dense, row-major array that owns its memory (host, zeroed at first).
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(const Shape& shape, DType dtype = DType::kFloat32);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  TensorView view() { return {buffer_.data(), dtype_, shape_}; }
  ConstTensorView view() const { return {buffer_.data(), dtype_, shape_}; }
  template <typename T>
  std::span<T> span() {
    return view().span<T>();
  }
  template <typename T>
  std::span<const T> span() const {
    return view().span<T>();
  }

 private:
  Buffer buffer_;
  DType dtype_ = DType::kFloat32;
  Shape shape_;
};

}  // namespace ktrain
