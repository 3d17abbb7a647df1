// BatchNormalization over groups of a step's samples, against formulas in float64.
#include <algorithm>

#include "ktrain/core/error.h"
#include "ktrain/nn/layers/batch_normalization.h"
#include "ktrain/nn/layers/time_distributed.h"
#include "nn/layer_harness.h"

namespace ktrain {
namespace {

enum Variable : std::size_t { kGamma, kBeta, kMovingMean, kMovingVariance };

constexpr double kEpsilon = 1e-3;

/// A layer for (rows, places, channels) whose step has all rows.
LayerHarness harness_for(const BatchNormalizationOptions& options, const Tensor& x) {
  const Shape sample = x.shape().sample();
  std::vector<Shape> inputs{sample};
  if (options.masked) inputs.push_back({sample[0]});
  LayerHarness harness(make_batch_normalization("bn", options), inputs);
  harness.step = {.training = true, .first_position = 40, .step_position = 40, .global_rows = x.shape()[0]};
  for (std::size_t c = 0; c < harness.parameter(kGamma).size(); ++c) {
    harness.parameter(kGamma)[c] = 0.5F + 0.25F * static_cast<float>(c);
    harness.parameter(kBeta)[c] = 0.125F * static_cast<float>(c) - 0.25F;
    harness.parameter(kMovingMean)[c] = 0.1F * static_cast<float>(c);
  }
  return harness;
}

struct Result {
  std::vector<double> y, dx, dgamma, dbeta, moving_mean, moving_variance;
};

/// What a channel's elements are when a group of them is normalized by itself, added to `result`.
struct Group {
  const Tensor& x;
  const Tensor& dy;
  const std::vector<float>& mask;  ///< for each place of each row
  std::size_t channel;
  std::size_t first;  ///< place
  std::size_t last;

  template <typename Body>
  void for_places(const Body& body) const {
    const auto channels = static_cast<std::size_t>(x.shape()[-1]);
    for (std::size_t place = first; place < last; ++place) body(place, place * channels + channel);
  }
};

struct GroupMoments {
  double count = 0, mean = 0, variance = 0;
};

GroupMoments moments(const Group& group, double count_epsilon) {
  GroupMoments moments{.count = count_epsilon};
  const auto x = group.x.span<float>();
  group.for_places([&](std::size_t place, std::size_t) { moments.count += group.mask[place]; });
  group.for_places([&](std::size_t place, std::size_t i) {
    moments.mean += group.mask[place] * double{x[i]} / moments.count;
  });
  group.for_places([&](std::size_t place, std::size_t i) {
    const double distance = x[i] - moments.mean;
    moments.variance += group.mask[place] * distance * distance / moments.count;
  });
  return moments;
}

/// Ioffe and Szegedy's gradients; a place without a one in the mask only follows the statistics.
void normalize(const Group& group, const GroupMoments& moments, double gamma, double beta, Result& result) {
  const auto x = group.x.span<float>(), dy = group.dy.span<float>();
  const double inverse = 1 / std::sqrt(moments.variance + kEpsilon);
  double sum = 0, product = 0;
  group.for_places([&](std::size_t, std::size_t i) {
    const double normalized = (x[i] - moments.mean) * inverse;
    result.y[i] = gamma * normalized + beta;
    sum += dy[i];
    product += dy[i] * normalized;
  });
  result.dgamma[group.channel] += product;
  result.dbeta[group.channel] += sum;
  group.for_places([&](std::size_t place, std::size_t i) {
    const double normalized = (x[i] - moments.mean) * inverse;
    result.dx[i] = gamma * inverse * dy[i];
    if (group.mask[place] == 0) return;
    result.dx[i] -= gamma * inverse * (sum + normalized * product) / moments.count;
  });
}

/// Each `samples` rows of (rows, places, channels) by themselves; `count_epsilon` is what Keras adds to a
/// mask's count.
Result reference(LayerHarness& harness, const Tensor& x, const Tensor& dy, std::int64_t samples,
                 const std::vector<float>& mask, double count_epsilon) {
  const auto rows = static_cast<std::size_t>(x.shape()[0]), places = static_cast<std::size_t>(x.shape()[1]);
  const auto channels = static_cast<std::size_t>(x.shape()[2]), step = static_cast<std::size_t>(samples);
  const std::vector<double> none(channels), of_elements(rows * places * channels);
  Result result{of_elements, of_elements, none, none, none, none};
  for (std::size_t c = 0; c < channels; ++c) {
    double count = 0, mean = 0, variance = 0;
    for (std::size_t row = 0; row < rows; row += step) {
      const Group group{x, dy, mask, c, row * places, std::min(rows, row + step) * places};
      const GroupMoments of_group = moments(group, count_epsilon);
      normalize(group, of_group, harness.parameter(kGamma)[c], harness.parameter(kBeta)[c], result);
      count += of_group.count;
      mean += of_group.count * of_group.mean;
      variance += of_group.count * of_group.variance;
    }
    result.moving_mean[c] = 0.9 * harness.parameter(kMovingMean)[c] + 0.1 * mean / count;
    result.moving_variance[c] = 0.9 * harness.parameter(kMovingVariance)[c] + 0.1 * variance / count;
  }
  return result;
}

struct Case {
  std::int64_t samples;
  std::vector<std::int64_t> cut;  ///< the rows of each worker or shard
  bool masked = false;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << "groups of " << c.samples << (c.masked ? ", masked, rows" : ", rows");
  for (const std::int64_t rows : c.cut) *out << " " << rows;
}

class Ghost : public testing::TestWithParam<Case> {};

TEST_P(Ghost, NormalizesEachGroupByItself) {
  const Case& c = GetParam();
  const Tensor x = wave({13, 5, 3}, 2, 0.4F), dy = wave({13, 5, 3}, 1, 1.1F);
  std::vector<float> mask(65, 1.0F);
  for (std::size_t i = 0; c.masked && i < mask.size(); ++i) mask[i] = i % 4 == 1 || i / 20 == 1 ? 0.0F : 1.0F;
  LayerHarness harness = harness_for({.momentum = 0.9, .ghost_samples = c.samples, .masked = c.masked}, x);
  const Result expected = reference(harness, x, dy, c.samples, mask, c.masked ? 1e-7 : 0);
  std::vector<Tensor> inputs = list_of(copy_of(x));
  if (c.masked) inputs.push_back(tensor_of({13, 5}, mask));
  const Tensor y = harness.forward(inputs, c.cut);
  expect_near(y.span<float>(), expected.y, 3e-6);
  expect_near(harness.backward(dy)[0].span<float>(), expected.dx, 3e-6);
  const double rounding = 2e-7 * std::ranges::max(expected.dgamma);
  expect_near(harness.gradient(kGamma), expected.dgamma, rounding);
  expect_near(harness.gradient(kBeta), expected.dbeta, rounding);
  harness.end_step();
  expect_near(harness.parameter(kMovingMean), expected.moving_mean, 1e-7);
  expect_near(harness.parameter(kMovingVariance), expected.moving_variance, 2e-7);
}

// Groups within a kernel's rows, over several kernels', and longer than the step. The mask leaves nothing of
// the second group of four.
INSTANTIATE_TEST_SUITE_P(BatchNormalization, Ghost,
                         testing::Values(Case{4, {13}}, Case{4, {6, 1, 4, 2}}, Case{4, {1, 1, 1, 10}},
                                         Case{4, {4, 4, 4, 1}}, Case{2, {13}}, Case{2, {3, 7, 3}},
                                         Case{1, {5, 8}}, Case{12, {7, 6}}, Case{13, {7, 6}},
                                         Case{50, {7, 6}}, Case{4, {13}, true}, Case{4, {6, 1, 4, 2}, true},
                                         Case{3, {2, 9, 2}, true}, Case{50, {7, 6}, true}));

TEST(GhostNormalization, GradientsAreDifferences) {
  for (const bool masked : {false, true}) {
    std::vector<Tensor> inputs = list_of(wave({5, 3, 2}, 1.5F, 0.3F));
    LayerHarness harness = harness_for({.ghost_samples = 2, .masked = masked}, inputs[0]);
    if (!masked) {
      expect_gradients_are_differences(harness, inputs);
      continue;
    }
    const Tensor mask = tensor_of({5, 3}, {1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1});
    const Tensor weights = wave({5, 3, 2}, 1, 0.6F);
    inputs.push_back(copy_of(mask));
    harness.forward(inputs);
    const Tensor dx = copy_of(harness.backward(weights)[0]);
    for (std::size_t i = 0; i < 30; ++i) {
      float& value = inputs[0].span<float>()[i];
      const float before = value;
      value = before + 0x1p-6F;
      const double above = weighted_sum(harness.forward(inputs), weights);
      value = before - 0x1p-6F;
      const double below = weighted_sum(harness.forward(inputs), weights);
      value = before;
      EXPECT_NEAR(dx.span<float>()[i], (above - below) * 0x1p5, 2e-3) << i;
    }
  }
}

// The same kernel in steps that begin elsewhere within a group, as in the short last batch of an epoch.
TEST(GhostNormalization, GroupsBeginWithTheStepNotWithTheEpoch) {
  const Tensor x = wave({6, 1, 2}, 1, 0.2F);
  const std::vector<Tensor> inputs = list_of(copy_of(x));
  LayerHarness harness = harness_for({.ghost_samples = 4}, x), other = harness_for({.ghost_samples = 4}, x);
  other.step.first_position = other.step.step_position = 3;
  const Tensor y = harness.forward(inputs), z = other.forward(inputs);
  EXPECT_TRUE(std::ranges::equal(y.span<float>(), z.span<float>()));
}

TEST(GhostNormalization, OneGroupHasTheBitsOfGlobalStatistics) {
  const Tensor x = wave({6, 4, 3}, 1, 0.2F), dy = wave({6, 4, 3}, 1, 0.7F);
  const std::vector<Tensor> inputs = list_of(copy_of(x));
  LayerHarness global = harness_for({}, x), ghost = harness_for({.ghost_samples = 6}, x);
  std::vector<std::vector<float>> results;
  for (LayerHarness* harness : {&global, &ghost}) {
    std::vector<float>& result = results.emplace_back();
    const auto take = [&](std::span<const float> values) {
      result.insert(result.end(), values.begin(), values.end());
    };
    take(harness->forward(inputs, {2, 4}).span<float>());
    take(harness->backward(dy)[0].span<float>());
    harness->end_step();
    for (std::size_t i = 0; i < 4; ++i) take(harness->parameter(i));
  }
  EXPECT_EQ(results[0], results[1]);
}

// In inference and frozen there are no groups.
TEST(GhostNormalization, InferenceKnowsNoGroups) {
  const Tensor x = wave({6, 4, 3}, 1, 0.2F);
  const std::vector<Tensor> inputs = list_of(copy_of(x));
  LayerHarness global = harness_for({}, x), ghost = harness_for({.ghost_samples = 2}, x);
  global.step.training = ghost.step.training = false;
  EXPECT_EQ(ghost.layer().forward_sum_count(ghost.step), 0);
  const Tensor y = global.forward(inputs), z = ghost.forward(inputs);
  EXPECT_TRUE(std::ranges::equal(y.span<float>(), z.span<float>()));
}

// Each time step of each group by itself: a step of (6, 2, 3) is a group of (2, 3) after the other.
TEST(GhostNormalization, StepsOfASequenceAreApart) {
  const Tensor x = wave({6, 2, 3}, 1, 0.2F);
  LayerHarness harness(make_time_distributed("steps", make_batch_normalization("bn", {.ghost_samples = 2})),
                       {{2, 3}});
  harness.step.global_rows = 6;
  const std::vector<Tensor> inputs = list_of(copy_of(x));
  const Tensor y = harness.forward(inputs, {3, 3});
  for (std::size_t group = 0; group < 3; ++group) {
    for (std::size_t i = 0; i < 6; ++i) {
      const double a = x.span<float>()[group * 12 + i], b = x.span<float>()[group * 12 + 6 + i];
      const double expected = (a - b) / 2 / std::sqrt((a - b) * (a - b) / 4 + kEpsilon);
      EXPECT_NEAR(y.span<float>()[group * 12 + i], expected, 1e-5);
      EXPECT_NEAR(y.span<float>()[group * 12 + 6 + i], -expected, 1e-5);
    }
  }
}

TEST(GhostNormalization, RefusesWhatItCannotDo) {
  EXPECT_THROW(make_batch_normalization("bn", {.ghost_samples = -1}), Error);
  EXPECT_THROW(make_batch_normalization("bn", {.statistics = BatchStatistics::kLocal, .ghost_samples = 2}),
               Error);
  BatchNormalizationOptions renormalized{.ghost_samples = 2};
  renormalized.renorm.emplace();
  EXPECT_THROW(make_batch_normalization("bn", renormalized), Error);
}

}  // namespace
}  // namespace ktrain
