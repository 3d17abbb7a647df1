#include "architecture/include_rules.h"

#include <gtest/gtest.h>

namespace ktrain::architecture {
namespace {

struct Case {
  const char* path;
  const char* include;
  const char* breach;  // a part of the message; null if there is none
};

class Includes : public testing::TestWithParam<Case> {};

TEST_P(Includes, AreJudged) {
  const auto [path, include, breach] = GetParam();
  const auto found = include_breaches({path, {"#pragma once", include}});
  if (breach == nullptr) {
    EXPECT_TRUE(found.empty()) << found.front();
    return;
  }
  ASSERT_EQ(found.size(), 1u) << path << " " << include;
  EXPECT_EQ(found[0].find(std::string(path) + ":2: "), 0u) << found[0];
  EXPECT_NE(found[0].find(breach), std::string::npos) << found[0];
}

const Case kCases[] = {
    {"src/nn/a.cpp", "#include \"optim/sgd.h\"", "nn may not include"},
    {"src/optim/a.cpp", "#include \"ktrain/nn/layer.h\"", "optim may not include"},
    {"src/scaling/a.cpp", "#include \"ktrain/tensor/tensor.h\"", "scaling may not include"},
    {"src/parallel/a.cpp", "#include \"ktrain/nn/model.h\"", "parallel may not include"},
    {"src/core/a.cpp", "#include \"tensor/a.h\"", "core may not include"},
    {"src/data/a.h", "  # include \"comm/a.h\"  // spaced", "data may not include"},
    {"src/report/a.cpp", "#include \"ktrain/train/trainer.h\"", "report may not include"},
    {"include/ktrain/nn/a.h", "#include \"ktrain/optim/optimizer.h\"", "nn may not include"},
    {"include/ktrain/nn/a.h", "#include \"nn/private.h\"", "private"},
    {"src/nowhere/a.cpp", "#include \"core/text.h\"", "not in the table"},
    {"src/nn/a.cpp", "#include \"a.h\"", "does not name its folder"},
    {"src/nn/a.cpp", "#include <mpi.h>", "nn may not see"},
    {"src/keras/a.cpp", "#include <hdf5.h>", "keras may not see"},
    {"src/app/a.cpp", "#include <boost/program_options.hpp>", "app may not see"},
    {"src/nn/a.cpp", "#include <oneapi/dnnl/dnnl.hpp>", "nn may not see"},
    {"src/core/a.cpp", "#include <fmt/format.h>", "core may not see"},
    {"src/core/a.cpp", "#include <somebody/else.hpp>", "core may not see"},
    {"include/ktrain/comm/a.h", "#include <mpi.h>", "public header"},

    {"src/nn/a.cpp", "#include \"nn/b.h\"", nullptr},
    {"src/nn/a.cpp", "#include \"ktrain/ops/activation.h\"", nullptr},
    {"src/keras/a.cpp", "#include \"optim/rules.h\"", nullptr},
    {"src/app/a.cpp", "#include \"config/run_config.h\"", nullptr},
    {"src/train/a.cpp", "#include \"parallel/batch_plan.h\"", nullptr},
    {"src/report/a.cpp", "#include \"ktrain/train/events.h\"", nullptr},
    {"src/config/a.h", "#include \"ktrain/optim/optimizer_options.h\"", nullptr},
    {"src/comm/mpi/a.cpp", "#include <mpi.h>", nullptr},
    {"src/core/a.cpp", "#include <xxhash.h>", nullptr},
    {"src/io/a.cpp", "#include <sys/stat.h>", nullptr},
    {"include/ktrain/nn/a.h", "#include <string_view>", nullptr},
    {"tests/nn/a_test.cpp", "#include \"optim/sgd.h\"", nullptr},
};

INSTANTIATE_TEST_SUITE_P(Planted, Includes, testing::ValuesIn(kCases));

}  // namespace
}  // namespace ktrain::architecture
