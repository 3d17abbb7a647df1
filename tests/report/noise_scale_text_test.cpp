#include "report/noise_scale_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace ktrain {
namespace {

NoiseScale known() {
  return {.square = 0.5, .trace = 617.25, .value = 1234.5, .low = 1100.25, .high = 1400, .measurements = 12};
}

TEST(NoiseScaleText, SaysWhatIsKnown) {
  NoiseScale noise = known();
  EXPECT_EQ(text_of(noise), "noise scale: 1234 samples, 95 % between 1100 and 1400 (12 measurements)");
  noise.high.reset();
  noise.biased = true;
  EXPECT_EQ(text_of(noise),
            "noise scale: 1234 samples, 95 % above 1100 (12 measurements, biased: of pairs of steps)");
  noise = {.square = -1, .trace = 3, .measurements = 1};
  EXPECT_EQ(text_of(noise), "noise scale: unknown, |G|^2 cannot be told from 0 (1 measurement)");
}

TEST(NoiseScaleText, ATableOfBatches) {
  const std::vector<BatchCost> costs = {{128, 1.5, 0.75}, {256, 1, 1}};
  EXPECT_EQ(table_of(costs, 256),
            "    batch     steps   samples  of those at 256\n"
            "      128     1.500     0.750\n"
            "      256     1.000     1.000\n");
}

TEST(NoiseScaleText, SaysWhyABatchChanges) {
  // 1032 / 1032, 1032 / 1256, 32.25 / 4.90625; the other way 1256 / 1032.
  EXPECT_EQ(
      text_of({.from = 32,
               .to = 256,
               .base = 32,
               .noise_scale = 1000,
               .efficiency_before = 1,
               .efficiency_after = 0.821656,
               .gain = 6.573248}),
      "batch 32 -> 256: at noise scale 1000 a sample makes 1.000 -> 0.822 of the progress at batch 32; for "
      "the same progress 6.57 times fewer steps");
  EXPECT_TRUE(text_of({.from = 256, .to = 32, .gain = 1.217054}).ends_with(" 1.22 times fewer samples"));
}

}  // namespace
}  // namespace ktrain
