#include "architecture/code_text.h"

#include <gtest/gtest.h>

namespace ktrain::architecture {
namespace {

using Lines = std::vector<std::string>;

TEST(CodeText, BlanksCommentsAndLiterals) {
  const SourceFile file{
      "a.cpp",
      {"int a; // {", "f(\"{\\\"{\", '{', 1'000);", "/* {", "{ */ int b;", "g(R\"x({)\" {", ")x\");"}};
  EXPECT_EQ(code_of(file).lines,
            (Lines{"int a;     ", "f(      ,    , 1'000);", "    ", "     int b;", "g(         ", "   );"}));
}

int longest(const Lines& lines) {
  int most = 0;
  for (const auto& block : functions_of(code_of({"a.cpp", lines}))) most = std::max(most, block.length);
  return most;
}

TEST(CodeText, MeasuresFunctionsInNamespacesAndClasses) {
  EXPECT_EQ(
      longest({"namespace a {", "struct B : C {", "  void f() {", "    if (x) {", "    }", "  }", "};", "}"}),
      4);
  EXPECT_EQ(longest({"template <typename T>", "class A {", "  int x = 0;", "};"}), 0);
}

TEST(CodeText, MeasuresConstructorsWithBracedMembers) {
  EXPECT_EQ(longest({"A::A()", "    : a_{1}, b_(2) {", "  f();", "}"}), 3);
  EXPECT_EQ(longest({"A::A() : a_{1}, b_{2} {", "  f();", "}"}), 3);
}

TEST(CodeText, LeavesTablesAlone) {
  EXPECT_EQ(longest({"const int kTable[] = {", "  1,", "  2,", "};", "int f() {", "}"}), 2);
}

TEST(CodeText, KnowsFunctionsOfOperators) {
  EXPECT_EQ(longest({"A& A::operator = (const A& a) {", "  return *this;", "}"}), 3);
}

}  // namespace
}  // namespace ktrain::architecture
