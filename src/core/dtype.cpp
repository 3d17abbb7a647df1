#include "ktrain/core/dtype.h"

#include "core/check.h"

namespace ktrain {

std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
    case DType::kInt64:
      return 8;
    case DType::kFloat32:
    case DType::kInt32:
      return 4;
    case DType::kBFloat16:
      return 2;
    case DType::kUint8:
    case DType::kBool:
      return 1;
  }
  KTRAIN_CHECK(false, "dtype ", static_cast<int>(dtype));
}

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return "float32";
    case DType::kFloat64:
      return "float64";
    case DType::kBFloat16:
      return "bfloat16";
    case DType::kInt32:
      return "int32";
    case DType::kInt64:
      return "int64";
    case DType::kUint8:
      return "uint8";
    case DType::kBool:
      return "bool";
  }
  KTRAIN_CHECK(false, "dtype ", static_cast<int>(dtype));
}

}  // namespace ktrain
