#include "ktrain/nn/constraint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace ktrain {
namespace {

using Kind = Constraint::Kind;

const std::vector<float> kValues = {-1.25F, 0.5F, -1, 0.75F, -0.75F, 1, -0.5F, 1.25F, -0.25F, 1.5F, 0, 1.75F};

void expect_constrained(const Constraint& constraint, const Shape& shape,
                        const std::vector<float>& expected) {
  std::vector<float> values = kValues;
  apply_constraint(constraint, shape, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], 2e-7F) << "element " << i << " of " << shape;
  }
}

// The expected values are keras.constraints' (Keras 3.15.1, float64) for kValues.
TEST(Constraint, MaxNorm) {
  expect_constrained({.kind = Kind::kMaxNorm, .max_value = 1.5F}, {3, 4},
                     {-1.2499999F, 0.4008918F, -0.9999999F, 0.4939391F, -0.7499999F, 0.8017837F, -0.5F,
                      0.8232319F, -0.25F, 1.2026755F, 0, 1.1525247F});
  expect_constrained({.kind = Kind::kMaxNorm, .max_value = 1, .axis = {1}}, {3, 4},
                     {-0.6804138F, 0.2721655F, -0.544331F, 0.4082483F, -0.4082483F, 0.544331F, -0.2721655F,
                      0.6804138F, -0.1078328F, 0.6469966F, 0, 0.7548294F});
  expect_constrained({.kind = Kind::kMaxNorm, .max_value = 1, .axis = {0, 2}}, {2, 3, 2},
                     {-0.6565321F, 0.2626129F, -0.5080005F, 0.3810004F, -0.3487429F, 0.4649905F, -0.2626129F,
                      0.6565321F, -0.1270001F, 0.7620007F, 0, 0.8137334F});
}

TEST(Constraint, UnitNorm) {
  expect_constrained({.kind = Kind::kUnitNorm, .axis = {-1}}, {3, 4},
                     {-0.6804138F, 0.2721655F, -0.544331F, 0.4082483F, -0.4082483F, 0.544331F, -0.2721655F,
                      0.6804138F, -0.1078328F, 0.6469966F, 0, 0.7548294F});
  expect_constrained({.kind = Kind::kUnitNorm, .axis = {}}, {3, 4},
                     {-0.3589791F, 0.1435916F, -0.2871833F, 0.2153874F, -0.2153874F, 0.2871833F, -0.1435916F,
                      0.3589791F, -0.0717958F, 0.4307749F, 0, 0.5025707F});
  expect_constrained({.kind = Kind::kUnitNorm, .axis = {1}}, {2, 3, 2},
                     {-0.7071067F, 0.3713906F, -0.5656854F, 0.557086F, -0.424264F, 0.7427813F, -0.894427F,
                      0.4767313F, -0.4472135F, 0.5720775F, 0, 0.6674238F});
}

TEST(Constraint, MinMaxNorm) {
  expect_constrained({.kind = Kind::kMinMaxNorm, .min_value = 1, .max_value = 1.5F, .rate = 0.75F}, {3, 4},
                     {-1.2499999F, 0.4256689F, -0.9999999F, 0.5579544F, -0.7499999F, 0.8513377F, -0.5F,
                      0.9299239F, -0.25F, 1.2770066F, 0, 1.3018935F});
}

TEST(Constraint, NonNeg) {
  expect_constrained({.kind = Kind::kNonNeg}, {3, 4}, {0, 0.5F, 0, 0.75F, 0, 1, 0, 1.25F, 0, 1.5F, 0, 1.75F});
}

TEST(Constraint, ColumnsBeyondOneTile) {
  constexpr std::int64_t kRows = 3, kColumns = 150;
  std::vector<float> values(kRows * kColumns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 11) - 5;
  const std::vector<float> before = values;
  apply_constraint({.kind = Kind::kUnitNorm}, {kRows, kColumns}, values);
  for (std::size_t c = 0; c < kColumns; ++c) {
    const double norm = std::hypot(before[c], before[c + kColumns], before[c + 2 * kColumns]);
    for (std::size_t i = c; i < values.size(); i += kColumns) {
      EXPECT_NEAR(values[i], before[i] / (norm + 1e-7), 1e-6) << "element " << i;
    }
  }
}

TEST(Constraint, NamesAnAxisThatTheVariableDoesNotHave) {
  EXPECT_EQ(misplaced_axis({.kind = Kind::kUnitNorm, .axis = {0, 2}}, {3, 4}), 2);
  EXPECT_EQ(misplaced_axis({.kind = Kind::kUnitNorm, .axis = {-2}}, {3, 4}), std::nullopt);
  EXPECT_EQ(misplaced_axis({.kind = Kind::kNonNeg}, {}), std::nullopt);
}

}  // namespace
}  // namespace ktrain
