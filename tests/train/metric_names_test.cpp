#include "train/metric_names.h"

#include <gtest/gtest.h>

namespace ktrain {
namespace {

// As keras.src.trainers.compile_utils.CompileMetrics.result names them.
TEST(MetricNames, AreKerass) {
  MetricNames names;
  EXPECT_EQ(names.next("", "mse", false), "mse");
  EXPECT_EQ(names.next("", "mse", false), "mse_1");
  EXPECT_EQ(names.next("", "mse", false), "mse_2");
  EXPECT_EQ(names.next("", "auc", true), "auc");
  EXPECT_EQ(names.next("", "mse", true), "weighted_mse");
  EXPECT_EQ(names.next("", "mse", true), "weighted_mse_1");
  EXPECT_EQ(names.next("out", "mse", false), "out_mse");
  EXPECT_EQ(names.next("out", "mse", true), "out_weighted_mse");
}

}  // namespace
}  // namespace ktrain
