#include "report/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace ktrain {
namespace {

template <typename T>
std::string written(const T& value) {
  JsonWriter json;
  json.value(value);
  return std::string(json.text());
}

TEST(JsonWriter, PutsCommasBetween) {
  JsonWriter json;
  for (int round = 0; round < 2; ++round) {
    json.clear();
    json.open('{');
    json.member("a", 1);
    json.key("b");
    json.open('[');
    json.value(true);
    json.open('{');
    json.close('}');
    json.null();
    json.close(']');
    json.member("c", "x");
    json.close('}');
    json.end_line();
    EXPECT_EQ(json.text(), "{\"a\":1,\"b\":[true,{},null],\"c\":\"x\"}\n");
  }
}

TEST(JsonWriter, WritesEveryKindOfField) {
  JsonWriter json;
  json.open('{');
  json.member(Field{"none", {}});
  json.member(Field{"flag", false});
  json.member(Field{"integer", std::int64_t{-9007199254740993}});
  json.member(Field{"number", 0.1});
  json.member(Field{"text", std::string("idx:/a")});
  json.member(Field{"list", std::vector<std::string>{"accuracy", "mae"}});
  json.close('}');
  EXPECT_EQ(json.text(),
            "{\"none\":null,\"flag\":false,\"integer\":-9007199254740993,\"number\":0.1,\"text\":\"idx:/a\","
            "\"list\":[\"accuracy\",\"mae\"]}");
}

TEST(JsonWriter, NumbersReadBackToTheSameDouble) {
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(1e-7), "1e-07");
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const double value = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 1500) - 1100);
    EXPECT_EQ(std::strtod(written(value).c_str(), nullptr), value);
  }
}

TEST(JsonWriter, NumbersThatJsonCannotHoldAreStrings) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
  EXPECT_EQ(written(kInfinity), "\"Infinity\"");
  EXPECT_EQ(written(-kInfinity), "\"-Infinity\"");
}

TEST(JsonWriter, EscapesWhatJsonAsksFor) {
  EXPECT_EQ(written("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(written(std::string("\n\t\0\x1f\x7f", 5)), "\"\\u000a\\u0009\\u0000\\u001f\x7f\"");
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  out += text;
  out += '"';
  return out;
}

std::string replacements(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "\uFFFD";
  return out;
}

// The boundaries of RFC 3629, section 4.
TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNot) {
  for (const char* good : {"größe", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\U00010000", "\U0010FFFF"}) {
    EXPECT_EQ(written(good), quoted(good));
  }
  EXPECT_EQ(written("\xC3"), quoted(replacements(1)));              // cut short
  EXPECT_EQ(written("\x80z"), quoted(replacements(1) + "z"));       // no beginning
  EXPECT_EQ(written("\xC0\xAF"), quoted(replacements(2)));          // overlong
  EXPECT_EQ(written("\xED\xA0\x80"), quoted(replacements(3)));      // a surrogate
  EXPECT_EQ(written("\xF4\x90\x80\x80"), quoted(replacements(4)));  // beyond U+10FFFF
}

}  // namespace
}  // namespace ktrain
