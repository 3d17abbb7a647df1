#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/operations/operands.h"
#include "ops/binary.h"

// Element-wise operations of keras.ops: layers without variables, named as their Keras class.
namespace ktrain {

/// kind(operands[0], operands[1]).
std::unique_ptr<Layer> make_binary_operation(const std::string& name, const std::string& class_name,
                                             BinaryKind kind, std::vector<Operand> operands);

/// operands[0] is not 0 ? operands[1] : operands[2] (keras.ops.where).
std::unique_ptr<Layer> make_where(const std::string& name, std::vector<Operand> operands);

enum class UnaryKind : std::uint8_t {
  kNegative,
  kAbsolute,  ///< derivative 0 at 0
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSqrt,
  kRsqrt,
  kSquare,
  kReciprocal,
  kSin,
  kCos,
  kErf,
  kClip,  ///< to [low, high]
  kSign,  ///< from here on without a derivative
  kFloor,
  kCeil,
  kRound,  ///< halves to even
  kTruncate,
  kNotZero,
  kIsZero,
};

/// kind(the input).
std::unique_ptr<Layer> make_unary_operation(const std::string& name, const std::string& class_name,
                                            UnaryKind kind, float low = 0, float high = 0);

}  // namespace ktrain
