#pragma once

#include <optional>
#include <string>

#include "io/hdf5/image.h"
#include "ktrain/core/dtype.h"

namespace ktrain {

/// What the elements of a dataset or attribute are.
struct H5Type {
  enum class Kind { kInteger, kFloat, kBfloat16, kFixedString, kVariableString, kOther };
  Kind kind = Kind::kOther;
  std::size_t bytes = 0;  ///< of one element
  bool big_endian = false;
  bool is_signed = false;
  bool space_padded = false;  ///< a fixed string's end; else zeros
  std::string other;          ///< what ktrain does not read: "compound"

  bool is_string() const { return kind == Kind::kFixedString || kind == Kind::kVariableString; }
  /// The smallest type of float32, float64, uint8, int32 and int64 that holds such numbers; nothing for what
  /// is no number.
  std::optional<DType> dtype() const;
  /// For messages.
  std::string name() const;
};

/// Parses a datatype message: fixed-point numbers of 1, 2, 4 and 8 bytes, IEEE floats of 2, 4 and 8,
/// bfloat16, strings, and enumerations of one byte (h5py's bool) as their numbers. All else is kOther, which
/// can be listed but not read. Throws FormatError for damaged messages.
H5Type parse_datatype(H5Cursor cursor);

}  // namespace ktrain
