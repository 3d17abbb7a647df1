#include "config/parse_value.h"

#include <gtest/gtest.h>

#include "config/nearest_name.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using testing::expect_error;

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);  // Levenshtein's textbook pair
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("trian", "train"), 1u);
  EXPECT_EQ(edit_distance("ca", "abc"),
            3u);  // where optimal string alignment and Damerau's distance (2) differ
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

TEST(NearestName, IsTheFirstOfTheNearest) {
  const std::vector<std::string> names{"epochs", "steps", "seed"};
  EXPECT_EQ(nearest_name("epoch", names), "epochs");
  EXPECT_EQ(nearest_name("step", names), "steps");
  EXPECT_EQ(nearest_name("seeds", names), "seed");
  EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(ParseValue, WholeNumbers) {
  EXPECT_EQ(parse_whole("1", 1), 1);
  EXPECT_EQ(parse_whole("9223372036854775807", 1), 9223372036854775807);
  for (const char* bad : {"0", "-1", "", " 1", "1 ", "+1", "1.5", "1e3", "0x10", "9223372036854775808"}) {
    expect_error(
        ExitCode::kUsage, [&] { parse_whole(bad, 1); }, "must be a whole number of at least 1");
  }
  expect_error(
      ExitCode::kUsage, [] { parse_whole("5", 1, 4); }, "must be a whole number from 1 to 4");
}

TEST(ParseValue, Numbers) {
  EXPECT_EQ(parse_number("1e-3"), 0.001);
  EXPECT_EQ(parse_number("-2.5"), -2.5);
  EXPECT_EQ(parse_number("1", 0, 1), 1);
  EXPECT_EQ(parse_number("0.999", 0, kBelowOne), 0.999);
  for (const char* bad : {"", "x", "1x", "nan", "inf", "-inf", "1e999", "0,5"}) {
    expect_error(
        ExitCode::kUsage, [&] { parse_number(bad); }, "must be a number");
  }
  expect_error(
      ExitCode::kUsage, [] { parse_number("-1", 0); }, "must be a number of at least 0");
  expect_error(
      ExitCode::kUsage, [] { parse_number("0", kAboveZero); }, "must be a number above 0");
  expect_error(
      ExitCode::kUsage, [] { parse_number("1", 0, kBelowOne); }, "must be a number from 0 to less than 1");
  expect_error(
      ExitCode::kUsage, [] { parse_number("2", 0, 1); }, "must be a number from 0 to 1");
}

TEST(ParseValue, Switches) {
  for (const char* on : {"on", "true", "yes", "1"}) EXPECT_TRUE(parse_switch(on));
  for (const char* off : {"off", "false", "no", "0"}) EXPECT_FALSE(parse_switch(off));
  expect_error(
      ExitCode::kUsage, [] { parse_switch("maybe"); }, "must be on or off");
}

TEST(ParseValue, Lists) {
  EXPECT_EQ(parse_list("accuracy,mae"), (std::vector<std::string>{"accuracy", "mae"}));
  EXPECT_TRUE(parse_list("none").empty());
  for (const char* bad : {"", ",", "a,", ",a", "a,,b"}) {
    expect_error(
        ExitCode::kUsage, [&] { parse_list(bad); }, "names with commas between them");
  }
}

TEST(ParseValue, Intervals) {
  EXPECT_EQ(parse_stretch("2e").epochs, 2);
  EXPECT_EQ(parse_stretch("2e").samples, 0);
  EXPECT_EQ(parse_stretch("50000").samples, 50000);
  EXPECT_EQ(parse_stretch("50000").epochs, 0);
  for (const char* value : {"2e", "50000"}) EXPECT_EQ(text_of(parse_stretch(value)), value);
  for (const char* bad : {"", "e", "0", "0e", "-1", "1e3", "0.5e", "2 e"}) {
    expect_error(
        ExitCode::kUsage, [&] { parse_stretch(bad); }, "a number of samples (50000) or of epochs (2e)");
  }
}

}  // namespace
}  // namespace ktrain
