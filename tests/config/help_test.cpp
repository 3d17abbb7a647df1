#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "config/option.h"
#include "config/run_config.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// The help with every run of white space as one space, for what may be wrapped.
std::string flat_help() {
  std::istringstream in(help_text());
  std::string flat, word;
  while (in >> word) flat += word + " ";
  return flat;
}

TEST(Help, NamesEveryOptionWithItsDefault) {
  const std::string whole = flat_help();
  const std::string help = whole.substr(whole.find("Model and data:"));
  for (const OptionGroup& group : option_groups()) {
    EXPECT_NE(help.find(group.title + ":"), std::string::npos);
    for (const Option& option : group.options) {
      const std::size_t at = help.find(text("--", option.name, " ", option.argument));
      ASSERT_NE(at, std::string::npos) << option.name;
      const bool described =
          help.find(option.help + (option.place == Place::kCommandLine ? "" : " (default: "), at) <
          help.find(" --", at + 1);
      EXPECT_TRUE(described) << option.name;
    }
  }
  for (const char* expected :
       {"--global-batch N samples of one step over all workers, however many there are "
        "(default: 256)",
        "(default: sparse_categorical_crossentropy)", "(default: accuracy)", "(default: 1e)",
        "(default: configs/models/cnn.json)", "(default: global)", "(default: Keras's"}) {
    EXPECT_NE(help.find(expected), std::string::npos) << expected;
  }
}

TEST(Help, ListsTheExitCodesAtItsEnd) {
  const std::string help = help_text();
  std::istringstream in(help.substr(help.find("Exit codes:\n")));
  std::string line;
  std::getline(in, line);
  std::vector<int> codes;
  while (std::getline(in, line)) codes.push_back(std::stoi(line));
  const std::vector<ExitCode> expected{ExitCode::kOk,           ExitCode::kUsage,
                                       ExitCode::kData,         ExitCode::kNoInput,
                                       ExitCode::kUnavailable,  ExitCode::kSoftware,
                                       ExitCode::kIo,           ExitCode::kSavedForResume,
                                       ExitCode::kNonFinite,    ExitCode::kReplicasDisagree,
                                       ExitCode::kConfiguration};
  ASSERT_EQ(codes.size(), expected.size());
  for (std::size_t i = 0; i < codes.size(); ++i) EXPECT_EQ(codes[i], static_cast<int>(expected[i]));
}

TEST(Help, FitsAWindow) {
  std::istringstream in(help_text());
  for (std::string line; std::getline(in, line);) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace ktrain
