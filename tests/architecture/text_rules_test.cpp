#include "architecture/text_rules.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace ktrain::architecture {
namespace {

std::vector<std::string> function_of(std::size_t lines) {
  std::vector<std::string> text{"void f(int a) {"};
  text.resize(lines - 1, "  x();");
  text.emplace_back("}");
  return text;
}

/// The only breach, or "" if there is none.
std::string breach_in(const SourceFile& file) {
  const auto found = text_breaches(file);
  EXPECT_LE(found.size(), 1u);
  return found.empty() ? "" : found.front();
}

TEST(TextRules, LimitFiles) {
  EXPECT_EQ(breach_in({"src/nn/a.cpp", std::vector<std::string>(400, "int a;")}), "");
  EXPECT_EQ(breach_in({"src/nn/a.cpp", std::vector<std::string>(401, "int a;")}),
            "src/nn/a.cpp:401: the file has more than 400 lines");
}

TEST(TextRules, LimitFunctions) {
  EXPECT_EQ(breach_in({"src/nn/a.cpp", function_of(60)}), "");
  EXPECT_EQ(breach_in({"tests/nn/a.cpp", function_of(61)}),
            "tests/nn/a.cpp:1: a function of 61 lines (limit 60)");
}

TEST(TextRules, FindMarksOfUnfinishedWork) {
  const std::string words[] = {
      "TO"
      "DO",
      "FIX"
      "ME"};  // in two parts: this file keeps the rule too
  for (const auto& word : words) {
    const std::string line = text("int b;  // ", word, ": b");
    EXPECT_EQ(breach_in({"src/nn/a.cpp", {"int a;", line}}), "src/nn/a.cpp:2: a mark of unfinished work");
  }
}

TEST(TextRules, AskForPragmaOnceInHeaders) {
  EXPECT_EQ(breach_in({"src/nn/a.h", {"int a;"}}), "src/nn/a.h:1: no #pragma once");
  EXPECT_EQ(breach_in({"src/nn/a.h", {"// a", "#pragma once"}}), "");
}

TEST(TextRules, KeepThePreprocessorOutOfPublicHeaders) {
  EXPECT_EQ(breach_in({"include/ktrain/nn/a.h", {"#pragma once", "#ifdef HAVE_IT"}}),
            "include/ktrain/nn/a.h:2: conditional compilation in a public header");
  EXPECT_EQ(breach_in({"src/nn/a.cpp", {"#ifdef HAVE_IT"}}), "");
}

TEST(TextRules, FindTheMpiWorldInCodeAlone) {
  EXPECT_TRUE(names_mpi_world({"src/nn/a.cpp", {"f(MPI_COMM_WORLD);"}}));
  EXPECT_FALSE(names_mpi_world({"src/nn/a.cpp", {"// MPI_COMM_WORLD", "f(\"MPI_COMM_WORLD\");"}}));
}

}  // namespace
}  // namespace ktrain::architecture
