#include "io/hdf5/datatype.h"

#include <array>

namespace ktrain {
namespace {

enum Class : unsigned {
  kFixed,
  kFloating,
  kTime,
  kString,
  kBits,
  kOpaque,
  kCompound,
  kReference,
  kEnum,
  kSequence
};

constexpr std::array kNames = {"fixed-point", "floating-point",  "time",     "string",
                               "bit field",   "opaque",          "compound", "reference",
                               "enumeration", "variable-length", "array"};

/// How a floating-point number lies in its bits.
struct FloatLayout {
  unsigned offset, precision, exponent_at, exponent_bits, mantissa_at, mantissa_bits, bias, sign_at;
  friend bool operator==(const FloatLayout&, const FloatLayout&) = default;
};

constexpr FloatLayout kHalf = {0, 16, 10, 5, 0, 10, 15, 15};
constexpr FloatLayout kBrain = {0, 16, 7, 8, 0, 7, 127, 15};
constexpr FloatLayout kSingle = {0, 32, 23, 8, 0, 23, 127, 31};
constexpr FloatLayout kDouble = {0, 64, 52, 11, 0, 52, 1023, 63};

bool has_size_of_number(std::size_t bytes) {
  return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

void parse_fixed(H5Cursor& properties, unsigned bits, H5Type& type) {
  type.big_endian = (bits & 1U) != 0;
  type.is_signed = (bits & 8U) != 0;
  const unsigned offset = properties.u16(), precision = properties.u16();
  if (has_size_of_number(type.bytes) && offset == 0 && precision == 8 * type.bytes) {
    type.kind = H5Type::Kind::kInteger;
  } else {
    type.other = text(precision, "-bit fixed-point");
  }
}

void parse_floating(H5Cursor& properties, unsigned bits, H5Type& type) {
  constexpr unsigned kVaxOrder = 1U << 6, kNormalization = 3U << 4, kImpliedBit = 2U << 4;
  FloatLayout layout{};
  layout.offset = properties.u16();
  layout.precision = properties.u16();
  for (unsigned* field :
       {&layout.exponent_at, &layout.exponent_bits, &layout.mantissa_at, &layout.mantissa_bits}) {
    *field = properties.u8();
  }
  layout.bias = properties.u32();
  layout.sign_at = bits >> 8 & 0xFF;
  type.big_endian = (bits & 1U) != 0;
  const bool usual = (bits & kVaxOrder) == 0 && (bits & kNormalization) == kImpliedBit;
  if (usual && ((type.bytes == 2 && layout == kHalf) || (type.bytes == 4 && layout == kSingle) ||
                (type.bytes == 8 && layout == kDouble))) {
    type.kind = H5Type::Kind::kFloat;
  } else if (usual && type.bytes == 2 && layout == kBrain) {
    type.kind = H5Type::Kind::kBfloat16;
  } else {
    type.other = text(layout.precision, "-bit floating-point");
  }
}

}  // namespace

std::optional<DType> H5Type::dtype() const {
  if (kind == Kind::kBfloat16) return DType::kFloat32;
  if (kind == Kind::kFloat) return bytes <= 4 ? DType::kFloat32 : DType::kFloat64;
  if (kind != Kind::kInteger) return std::nullopt;
  if (bytes == 1 && !is_signed) return DType::kUint8;
  return bytes <= 2 || (bytes == 4 && is_signed) ? DType::kInt32 : DType::kInt64;
}

std::string H5Type::name() const {
  return is_string() ? "string" : other;
}

H5Type parse_datatype(H5Cursor cursor) {
  const unsigned head = cursor.u8(), type_class = head & 0xFU;
  const auto bits = static_cast<unsigned>(cursor.number(3));
  H5Type type;
  type.bytes = cursor.u32();
  if (type.bytes == 0) malformed("is damaged: its type has no bytes");
  type.other = type_class < kNames.size() ? kNames[type_class] : "unknown";
  switch (type_class) {
    case kFixed:
      parse_fixed(cursor, bits, type);
      break;
    case kFloating:
      parse_floating(cursor, bits, type);
      break;
    case kString:
      type.kind = H5Type::Kind::kFixedString;
      type.space_padded = (bits & 0xFU) == 2;
      break;
    case kEnum:
      if (type.bytes == 1) {  // h5py's bool is an int8 of two values
        type.kind = H5Type::Kind::kInteger;
      }
      break;
    case kSequence:
      if ((bits & 0xFU) == 1) type.kind = H5Type::Kind::kVariableString;
      break;
    default:
      break;
  }
  return type;
}

}  // namespace ktrain
