#include "ktrain/tensor/shape.h"

#include <algorithm>
#include <limits>
#include <ostream>

#include "core/check.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {

Shape::Shape(std::span<const std::int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  KTRAIN_CHECK(dims.size() <= kMaxRank, "rank ", dims.size());
  std::copy(dims.begin(), dims.end(), dims_.begin());
}

std::int64_t Shape::elements() const {
  constexpr std::int64_t kSafe = std::int64_t{1} << 31;  // of two factors
  std::int64_t product = 1;
  for (const std::int64_t dim : dims()) {
    const bool fits = (product < kSafe && dim < kSafe) || product == 0 ||
                      dim <= std::numeric_limits<std::int64_t>::max() / product;
    if (!fits)
      throw Error(ExitCode::kConfiguration, text("a tensor of shape ", *this, " has too many elements"));
    product *= dim;
  }
  return product;
}

Shape Shape::batched(std::int64_t rows) const {
  KTRAIN_CHECK(rank_ < kMaxRank, *this);
  Shape result;
  result.rank_ = rank_ + 1;
  result.dims_[0] = rows;
  std::copy_n(dims_.begin(), rank_, result.dims_.begin() + 1);
  return result;
}

Shape Shape::sample() const {
  KTRAIN_CHECK(rank_ > 0);
  return Shape(dims().subspan(1));
}

bool operator==(const Shape& a, const Shape& b) {
  return std::ranges::equal(a.dims(), b.dims());
}

std::string to_string(const Shape& shape) {
  return text(shape);
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '(';
  for (int i = 0; i < shape.rank(); ++i) out << (i == 0 ? "" : ", ") << shape[i];
  return out << (shape.rank() == 1 ? ",)" : ")");
}

}  // namespace ktrain
