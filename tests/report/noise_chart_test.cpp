#include "report/noise_chart.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

namespace ktrain {
namespace {

// Of 640 by 320, the axes go from (60, 282) to (620, 30), here from 0 to 1000 samples and from 10 to 10^4: an
// interval is drawn up to 10 times the largest estimate.
const std::vector<NoisePoint> kPoints = {
    {.samples = 250, .global_batch = 10, .value = 100, .low = 10, .high = {}},
    {.samples = 500, .global_batch = 100, .value = {}, .low = {}, .high = {}},
    {.samples = 750, .global_batch = 100, .value = 100, .low = 50, .high = 200},
    {.samples = 1000, .global_batch = 100, .value = 900, .low = 100, .high = 1e30},
};

bool draws(const std::string& path) {
  return noise_chart(kPoints).find("<path d=\"" + path + "\"") != std::string::npos;
}

TEST(NoiseChart, TheEstimateIsBrokenWhereItIsUnknown) {
  // 250 samples are a quarter of 560; 100 is a third of 252 above 282, 900 is log10(90) / 3 of it.
  EXPECT_TRUE(draws("M200.0 198.0M480.0 198.0L620.0 117.8")) << noise_chart(kPoints);
}

TEST(NoiseChart, TheBatchGoesInSteps) {
  EXPECT_TRUE(draws("M200.0 282.0L340.0 282.0L340.0 198.0L480.0 198.0L480.0 198.0L620.0 198.0L620.0 198.0"))
      << noise_chart(kPoints);
}

TEST(NoiseChart, AnIntervalWithoutAnEndReachesTheAxis) {
  const std::string chart = noise_chart(kPoints);
  EXPECT_TRUE(
      draws("M200.0 30.0L340.0 30.0L480.0 172.7L620.0 30.0"
            "L620.0 198.0L480.0 223.3L340.0 282.0L200.0 282.0Z"))
      << chart;
  EXPECT_EQ(chart.find("nan"), std::string::npos);
  EXPECT_EQ(chart.find("inf"), std::string::npos);
}

TEST(NoiseChart, OnePointIsEnough) {
  const std::vector<NoisePoint> one = {
      {.samples = 40, .global_batch = 40, .value = 40, .low = 40, .high = 40}};
  EXPECT_EQ(noise_chart(one).find("nan"), std::string::npos);
}

}  // namespace
}  // namespace ktrain
