#include "ktrain/tensor/tensor.h"

#include "core/check.h"

namespace ktrain {

template <typename Byte>
BasicTensorView<Byte> BasicTensorView<Byte>::rows(std::int64_t begin, std::int64_t end) const {
  KTRAIN_CHECK(shape_.rank() > 0 && 0 <= begin && begin <= end && end <= shape_[0], shape_, " rows ", begin,
               " to ", end);
  Shape cut = shape_;
  cut[0] = end - begin;
  const std::int64_t row_bytes = shape_.sample().elements() * static_cast<std::int64_t>(size_of(dtype_));
  return {data_ + begin * row_bytes, dtype_, cut};
}

template <typename Byte>
BasicTensorView<Byte> BasicTensorView<Byte>::reshaped(const Shape& shape) const {
  KTRAIN_CHECK(shape.elements() == elements(), shape_, " as ", shape);
  return {data_, dtype_, shape};
}

template <typename Byte>
void BasicTensorView<Byte>::require(DType dtype) const {
  KTRAIN_CHECK(dtype == dtype_, "a ", name_of(dtype_), " tensor used as ", name_of(dtype));
}

template class BasicTensorView<std::byte>;
template class BasicTensorView<const std::byte>;

Tensor::Tensor(const Shape& shape, DType dtype)
    : buffer_(static_cast<std::size_t>(shape.elements()) * size_of(dtype)), dtype_(dtype), shape_(shape) {}

}  // namespace ktrain
