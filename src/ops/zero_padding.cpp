#include "ops/zero_padding.h"

#include <algorithm>

#include "core/parallel.h"

namespace ktrain {
namespace {

struct PaddedSize {
  explicit PaddedSize(const ZeroPaddingShape& s)
      : height(s.padding[0][0] + s.height + s.padding[0][1]),
        line((s.padding[1][0] + s.width + s.padding[1][1]) * s.channels) {}
  std::int64_t height;
  std::int64_t line;  ///< elements
};

/// Calls visit(x offset, y offset, count) for each line of the images that both x and y hold.
template <typename Visit>
void for_each_line(const ZeroPaddingShape& s, const Visit& visit) {
  const PaddedSize padded(s);
  const std::int64_t top = s.padding[0][0];
  const std::int64_t left = s.padding[1][0] * s.channels;
  const std::int64_t line = s.width * s.channels;
  parallel_for(s.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t i = 0; i < s.height; ++i) {
        visit((row * s.height + i) * line, (row * padded.height + top + i) * padded.line + left, line);
      }
    }
  });
}

}  // namespace

void zero_padding_forward(const ZeroPaddingShape& s, const float* x, float* y) {
  const PaddedSize padded(s);
  std::fill_n(y, s.rows * padded.height * padded.line, 0.0F);
  for_each_line(s, [&](std::int64_t from, std::int64_t to, std::int64_t count) {
    std::copy_n(x + from, count, y + to);
  });
}

void zero_padding_backward(const ZeroPaddingShape& s, const float* dy, float* dx) {
  for_each_line(s, [&](std::int64_t to, std::int64_t from, std::int64_t count) {
    std::copy_n(dy + from, count, dx + to);
  });
}

}  // namespace ktrain
