#include "keras/json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/text.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using testing::expect_error;

TEST(Json, TakesPythonsBareWords) {
  const Json json =
      parse_json(R"({"a": NaN, "b": [Infinity, -Infinity], "c": "NaN, \"Infinity\""})", "m.json");
  EXPECT_TRUE(std::isnan(number_of(json["a"]).value()));
  EXPECT_EQ(number_of(json["b"][0]), HUGE_VAL);
  EXPECT_EQ(number_of(json["b"][1]), -HUGE_VAL);
  EXPECT_EQ(json["c"], "NaN, \"Infinity\"");
  EXPECT_EQ(number_of(json["c"]), std::nullopt);
}

TEST(Json, RefusesWhatIsNoJson) {
  expect_error(
      ExitCode::kData, [] { parse_json("{\n\"a\": 1,\n}", "m.json"); }, "m.json", "line 3");
  expect_error(
      ExitCode::kData, [] { parse_json("", "m.json"); }, "m.json");
  expect_error(
      ExitCode::kData, [] { parse_json("{\"a\": 1} x", "m.json"); }, "m.json");
  expect_error(
      ExitCode::kData, [] { parse_json("[1e999]", "m.json"); }, "m.json");
  expect_error(
      ExitCode::kData, [] { parse_json("\"\xff\"", "m.json"); }, "m.json");
}

TEST(Json, RefusesDoubledKeysInOneObjectAlone) {
  EXPECT_NO_THROW(parse_json(R"({"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}]})", "m.json"));
  expect_error(
      ExitCode::kData, [] { parse_json(R"({"a": 1, "b": {"c": 1, "c": 2}})", "m.json"); }, "\"c\"", "twice");
}

TEST(Json, LimitsDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NO_THROW(parse_json(nested(100), "m.json"));
  expect_error(
      ExitCode::kData, [&] { parse_json(nested(1'000'000), "m.json"); }, "m.json", "nested");
}

TEST(Json, OneMemberIsReadAsPartOfTheWhole) {
  const std::string document =
      R"({"a": [{"b": 1}, {"b": [2, NaN]}], "b": {"a": {"x": -Infinity}, "y": [{"b": 3}, {"b": 4}]}, "c": [[]]})";
  const Json whole = parse_json(document, "m.json");
  for (const char* key : {"a", "b", "c", "x"})
    EXPECT_EQ(parse_json_member(document, key, "m.json"), member(whole, key)) << key;
  EXPECT_TRUE(parse_json_member("[{\"a\": 1}]", "a", "m.json").is_null());
}

TEST(Json, OneMemberIsGuardedAsTheWhole) {
  const auto refused = [](const std::string& document, const char* part) {
    expect_error(
        ExitCode::kData, [&] { parse_json_member(document, "a", "m.json"); }, "m.json", part);
  };
  refused(R"({"b": [{"a": 1}], "a": [{"b": 1, "c": 0}, {"c": 1, "c": 2}]})", "\"c\" occurs twice");
  refused(R"({"a": 1, "a": 2})", "\"a\" occurs twice");
  for (const char* key : {"a", "b"})
    refused(text("{\"", key, "\": ", std::string(1000, '['), std::string(1000, ']'), "}"), "nested");
  refused("{\"b\": [1}", "not JSON");
}

TEST(Json, MembersOfWhatHasNone) {
  const Json list = Json::array({1});
  EXPECT_TRUE(member(list, "a").is_null());
  EXPECT_EQ(string_member(Json{{"a", 1}}, "a"), "");
  EXPECT_EQ(string_member(Json{{"a", "b"}}, "a"), "b");
  EXPECT_LT(brief(Json(std::string(1000, 'x'))).size(), 100U);
}

}  // namespace
}  // namespace ktrain
