#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "ktrain/tensor/shape.h"

namespace ktrain {

/// An activation function's formula (keras.activations, Keras 3). relu6 and leaky_relu are kRelu with
/// parameters.
enum class ActivationKind : std::uint8_t {
  kLinear,             ///< x
  kRelu,               ///< x >= max_value: max_value; x > threshold: x; else negative_slope (x - threshold)
  kElu,                ///< x > 0: x; else alpha (e^x - 1)
  kSelu,               ///< 1.0507009873554805 elu(x), alpha 1.6732632423543772
  kCelu,               ///< x > 0: x; else alpha (e^(x/alpha) - 1)
  kGelu,               ///< x Phi(x); approximate: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
  kSilu,               ///< x sigmoid(x); "swish"
  kHardSigmoid,        ///< min(max(x + 3, 0), 6) / 6
  kKeras2HardSigmoid,  ///< min(max(0.2 x + 0.5, 0), 1), hard_sigmoid until Keras 3
  kHardSilu,           ///< x hard_sigmoid(x); "hard_swish"
  kSoftplus,           ///< log(1 + e^x)
  kSoftsign,           ///< x / (1 + |x|)
  kTanh,               ///< tanh(x)
  kSigmoid,            ///< 1 / (1 + e^-x)
  kHardTanh,           ///< min(max(x, -1), 1)
  kExponential,        ///< e^x
  kMish,               ///< x tanh(softplus(x))
  kLogSigmoid,         ///< log(sigmoid(x))
  kTanhShrink,         ///< x - tanh(x)
  kSoftShrink,         ///< x > threshold: x - threshold; x < -threshold: x + threshold; else 0
  kHardShrink,         ///< |x| > threshold: x; else 0
  kThreshold,          ///< x > threshold: x; else default_value
  kSquareplus,         ///< (x + sqrt(x^2 + b)) / 2
  kSparsePlus,         ///< x <= -1: 0; x >= 1: x; else (x + 1)^2 / 4
  kSparseSigmoid,      ///< min(max((x + 1) / 2, 0), 1)
  kSoftmax,            ///< e^x / sum of e^x along axis
  kLogSoftmax,         ///< x - log(sum of e^x) along axis
  kSparsemax,          ///< projection on the simplex along axis (Martins and Astudillo, arXiv:1602.02068)
  kGlu,                ///< a sigmoid(b) for the halves a, b of x along axis; halves the axis
};

/// An activation function with its parameters, named as Keras's arguments; those that the formula does not
/// name are ignored. kRelu asks for negative_slope >= 0, threshold >= 0 and max_value > 0, kSoftShrink and
/// kHardShrink for threshold >= 0, kElu for alpha >= 0, kCelu for alpha > 0, kSquareplus for b > 0.
struct Activation {
  ActivationKind kind = ActivationKind::kLinear;
  float negative_slope = 0;
  float max_value = std::numeric_limits<float>::infinity();
  float threshold = 0;
  float default_value = 0;
  float alpha = 1;
  float b = 4;
  bool approximate = false;
  /// Of the batch's shape, the batch dimension counted; negative axes count from the back.
  int axis = -1;

  friend bool operator==(const Activation&, const Activation&) = default;
};

/// The function of this name with Keras's default arguments ("leaky_relu": slope 0.2); aliases ("swish") are
/// known. Nothing for an unknown name.
std::optional<Activation> activation_named(std::string_view name);

/// The shape of the result for an input of this shape: the same, but for kGlu. Throws Error{kConfiguration}
/// when the axis is not one of `input` or cannot be halved.
Shape activation_output_shape(const Activation& activation, const Shape& input);

}  // namespace ktrain
