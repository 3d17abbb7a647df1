#include <gtest/gtest.h>

#include <vector>

#include "ktrain/nn/layers/permute.h"
#include "nn/layer_run.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

/// The element of `shape` (batch in front) whose number is `index`, as coordinates.
std::vector<std::int64_t> coordinates(const Shape& shape, std::int64_t index) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(shape.rank()));
  for (std::size_t axis = result.size(); axis-- > 0;) {
    result[axis] = index % shape[static_cast<int>(axis)];
    index /= shape[static_cast<int>(axis)];
  }
  return result;
}

std::size_t index_of(const Shape& shape, const std::vector<std::int64_t>& at) {
  std::int64_t index = 0;
  for (std::size_t axis = 0; axis < at.size(); ++axis)
    index = index * shape[static_cast<int>(axis)] + at[axis];
  return static_cast<std::size_t>(index);
}

struct PermuteCase {
  Shape sample;
  std::vector<int> dims;
};

TEST(Permute, MovesAxes) {
  const std::vector<PermuteCase> cases{{{3, 5}, {2, 1}},
                                       {{3, 8, 9}, {2, 3, 1}},
                                       {{7, 5, 33}, {3, 1, 2}},
                                       {{17, 1, 4}, {3, 2, 1}},
                                       {{17, 2, 4}, {2, 1, 3}},
                                       {{1, 1}, {2, 1}},
                                       {{2, 3, 4, 5}, {4, 2, 1, 3}},
                                       {{16, 4, 3, 2}, {2, 3, 4, 1}},
                                       {{2, 3, 4, 5, 6}, {5, 3, 1, 4, 2}}};
  for (const PermuteCase& c : cases) {
    for (const std::int64_t rows : {1, 3}) {
      LayerRun run(make_permute("permute", {.dims = c.dims}), c.sample);
      const Tensor x = pattern(c.sample.batched(rows), 1);
      const Tensor dy = pattern(run.output_sample().batched(rows), 2);
      const auto result = run.run(x, dy);
      for (std::int64_t i = 0; i < dy.shape().elements(); ++i) {
        const auto to = coordinates(dy.shape(), i);
        std::vector<std::int64_t> from{to[0]};
        from.resize(to.size());
        for (std::size_t axis = 1; axis < to.size(); ++axis) {
          from[static_cast<std::size_t>(c.dims[axis - 1])] = to[axis];
        }
        const std::size_t at = index_of(x.shape(), from);
        ASSERT_EQ(result.output.span<float>()[static_cast<std::size_t>(i)], x.span<float>()[at]) << c.sample;
        ASSERT_EQ(result.input_gradient.span<float>()[at], dy.span<float>()[static_cast<std::size_t>(i)]);
      }
    }
  }
}

TEST(Permute, RefusesWhatIsNoOrder) {
  const Shape image{2, 3, 4};
  for (const auto& dims : {std::vector<int>{0, 1}, {1, 3}, {2, 2}, {1, -1}}) {
    expect_error(
        ExitCode::kConfiguration, [&] { make_permute("p", {.dims = dims}); }, "'p'", "Permute", "dims");
  }
  expect_error(
      ExitCode::kConfiguration,
      [&] {
        make_permute("p", {.dims = {2, 1}})->build(std::span(&image, 1));
      },
      "(2, 3, 4)");
  EXPECT_TRUE(make_permute("p", {.dims = {1, 2}})->passes_through(true));
  EXPECT_FALSE(make_permute("p", {.dims = {2, 1}})->passes_through(true));
}

}  // namespace
}  // namespace ktrain::testing
