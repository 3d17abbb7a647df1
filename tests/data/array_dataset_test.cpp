#include "data/array_dataset.h"

#include <gtest/gtest.h>

#include "fake_dataset.h"
#include "read_rows.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;
using testing::array_of;
using testing::expect_error;
using testing::read_field;

std::shared_ptr<const Dataset> ten() {
  std::vector<std::int32_t> values(20);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i);
  return make_array_dataset("ten", {{"", Role::kInput, array_of("x", 'i', values, {10, 2})}});
}

TEST(ArrayDataset, ReadsRowsInTheOrderAsked) {
  EXPECT_EQ(read_field<std::int32_t>(*ten(), 0, {9, 0, 3, 3}),
            (std::vector<std::int32_t>{18, 19, 0, 1, 6, 7, 6, 7}));
  EXPECT_THROW(read_field<std::int32_t>(*ten(), 0, {10}), Error);
  EXPECT_THROW(read_field<std::int32_t>(*ten(), 0, {-1}), Error);
}

TEST(ArrayDataset, SampleWeightsAreOneNumberEach) {
  const auto weights = [](std::vector<std::int64_t> dims) {
    return make_array_dataset("made",
                              {{"", Role::kInput, array_of<float>("x", 'f', {1, 2}, {2})},
                               {"", Role::kSampleWeight, array_of<float>("w", 'f', {1, 2, 3, 4}, dims)}});
  };
  EXPECT_EQ(weights({2, 1})->fields()[1].sample_shape, Shape{});
  expect_error(
      ExitCode::kData,
      [&] {
        weights({2, 2});
      },
      "w: sample weights of shape (2, 2)");
}

TEST(ArrayDataset, RefusesArraysThatDoNotFit) {
  const auto with = [](std::vector<std::int64_t> dims) {
    return [dims] {
      make_array_dataset("made", {{"", Role::kInput, array_of<float>("x", 'f', {1, 2}, {2})},
                                  {"", Role::kTarget, array_of<float>("y", 'f', {1, 2}, dims)}});
    };
  };
  expect_error(ExitCode::kData, with({1}), "y: 1 samples, but x has 2");
  expect_error(ExitCode::kData, with({0, 2}), "y: holds no samples");
  expect_error(ExitCode::kData, with({}), "y: a single number");
  expect_error(ExitCode::kData, with({2, 1, 1, 1, 1, 1, 1, 1, 1}), "y: 9 dimensions, at most 8");
}

TEST(Slice, IsAWindow) {
  const auto window = slice(ten(), 4, 7);
  EXPECT_EQ(window->size(), 3);
  EXPECT_EQ(window->fields()[0].sample_shape, Shape{2});
  EXPECT_EQ(window->name(), "ten samples 4 to 6");
  EXPECT_EQ(read_field<std::int32_t>(*window, 0, {2, 0}), (std::vector<std::int32_t>{12, 13, 8, 9}));
  EXPECT_THROW(read_field<std::int32_t>(*window, 0, {3}), Error);
  EXPECT_THROW(read_field<std::int32_t>(*window, 0, {-1}), Error);
}

TEST(Slice, OfASliceIsASlice) {
  const auto window = slice(slice(ten(), 4, 9), 1, 3);
  EXPECT_EQ(window->size(), 2);
  EXPECT_EQ(read_field<std::int32_t>(*window, 0, {0, 1}), (std::vector<std::int32_t>{10, 11, 12, 13}));
  EXPECT_THROW(slice(slice(ten(), 4, 9), 1, 6), Error);
}

TEST(Slice, RefusesAnEmptyOrForeignRange) {
  EXPECT_THROW(slice(ten(), 3, 3), Error);
  EXPECT_THROW(slice(ten(), 3, 11), Error);
  EXPECT_THROW(slice(ten(), -1, 3), Error);
}

}  // namespace
}  // namespace ktrain
