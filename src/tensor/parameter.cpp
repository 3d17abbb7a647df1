#include "ktrain/tensor/parameter.h"

#include <utility>

#include "core/check.h"
#include "core/digest.h"

namespace ktrain {

FlatParameters::FlatParameters(std::vector<Parameter> parameters) : parameters_(std::move(parameters)) {
  for (const bool trainable : {true, false}) {
    for (Parameter& parameter : parameters_) {
      if (parameter.trainable != trainable) continue;
      parameter.range = {count_, count_ + parameter.shape.elements()};
      count_ = parameter.range.end;
    }
    if (trainable) trainable_count_ = count_;
  }
  values_ = Buffer(static_cast<std::size_t>(value_bytes()));
  gradients_ = Buffer(static_cast<std::size_t>(gradient_bytes()));
}

Buffer FlatParameters::take_values() {
  return std::move(values_);
}

void FlatParameters::place_values(Buffer memory) {
  KTRAIN_CHECK(static_cast<std::int64_t>(memory.bytes()) == value_bytes(), memory.bytes(), " bytes for ",
               count_, " values");
  values_ = std::move(memory);
}

void FlatParameters::place_gradients(Buffer memory) {
  KTRAIN_CHECK(static_cast<std::int64_t>(memory.bytes()) >= gradient_bytes(), memory.bytes(), " bytes for ",
               trainable_count_, " gradients");
  gradients_ = std::move(memory);
}

TensorView FlatParameters::value(const Parameter& parameter) {
  return {values_.data<float>() + parameter.range.begin, DType::kFloat32, parameter.shape};
}

TensorView FlatParameters::gradient(const Parameter& parameter) {
  if (!parameter.trainable) return {};
  return {gradients_.data<float>() + parameter.range.begin, DType::kFloat32, parameter.shape};
}

std::uint64_t FlatParameters::digest() const {
  Digest digest;
  for (const Parameter& parameter : parameters_) {
    digest.add(values_.data<float>() + parameter.range.begin,
               static_cast<std::size_t>(parameter.range.size()) * sizeof(float));
  }
  return digest.value();
}

}  // namespace ktrain
