#include "ops/einsum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "support/expect_error.h"

namespace ktrain {
namespace {

std::vector<float> numbers(std::int64_t count, float shift) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(1.7F * static_cast<float>(i) + shift);
  }
  return values;
}

/// The sum that the equation says, letter by letter.
class Reference {
 public:
  Reference(const EinsumEquation& equation, const Shape& a, const Shape& b) : equation_(equation) {
    const auto note = [&](const std::string& letters, const Shape& shape) {
      for (std::size_t i = 0; i < letters.size(); ++i) {
        const auto size = shape[static_cast<int>(i)];
        sizes_[letters[i]] = std::max(sizes_[letters[i]], size);
      }
    };
    note(equation.a, a);
    note(equation.b, b);
    a_ = a;
    b_ = b;
  }

  /// visit(place in a, in b, in y) for every term.
  template <typename Visit>
  void for_each_term(const Visit& visit) {
    walk(sizes_.begin(), visit);
  }

 private:
  template <typename Visit>
  void walk(std::map<char, std::int64_t>::iterator at, const Visit& visit) {
    if (at == sizes_.end()) {
      const Shape y = einsum_shape(equation_, a_, b_);
      return visit(place(equation_.a, a_), place(equation_.b, b_), place(equation_.y, y));
    }
    for (index_[at->first] = 0; index_[at->first] < at->second; ++index_[at->first])
      walk(std::next(at), visit);
  }
  std::size_t place(const std::string& letters, const Shape& shape) {
    std::int64_t place = 0;
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const std::int64_t size = shape[static_cast<int>(i)];
      place = place * size + (size == 1 ? 0 : index_[letters[i]]);
    }
    return static_cast<std::size_t>(place);
  }

  EinsumEquation equation_;
  Shape a_, b_;
  std::map<char, std::int64_t> sizes_;
  std::map<char, std::int64_t> index_;
};

void expect_close(const std::vector<float>& measured, const std::vector<double>& expected, const char* what) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(measured[i], expected[i], 1e-5) << what << " " << i;
  }
}

void check(const char* text, const Shape& a, const Shape& b) {
  SCOPED_TRACE(text);
  const EinsumEquation equation = parse_einsum(text, a.rank(), b.rank());
  const Shape y = einsum_shape(equation, a, b);
  Einsum einsum(equation, a, b, true);
  const auto x = numbers(a.elements(), 0.1F), w = numbers(b.elements(), 0.7F), dy = numbers(y.elements(), 2);
  std::vector<float> value(dy.size()), dx(x.size()), dw(w.size());
  einsum.forward(x.data(), w.data(), value.data());
  einsum.backward(x.data(), w.data(), dy.data(), dx.data(), dw.data());
  std::vector<double> expected(dy.size()), expected_dx(x.size()), expected_dw(w.size());
  Reference(equation, a, b).for_each_term([&](std::size_t i, std::size_t j, std::size_t k) {
    expected[k] += double{x[i]} * w[j];
    expected_dx[i] += double{dy[k]} * w[j];
    expected_dw[j] += double{dy[k]} * x[i];
  });
  expect_close(value, expected, "y");
  expect_close(dx, expected_dx, "da");
  expect_close(dw, expected_dw, "db");
}

TEST(Einsum, IsTheSumThatTheEquationSays) {
  check("ab,bc->ac", {3, 4}, {4, 5});
  check("ab,cb->ac", {3, 4}, {5, 4});
  check("ab,bc->ca", {3, 4}, {4, 5});
  check("abc,cd->abd", {2, 3, 4}, {4, 5});
  check("abc,cde->abde", {2, 3, 4}, {4, 2, 5});
  check("abcd,cde->abe", {2, 3, 4, 2}, {4, 2, 5});
  check("abcd,dce->abe", {2, 3, 4, 2}, {2, 4, 5});
  check("aecd,abcd->acbe", {2, 3, 2, 4}, {2, 5, 2, 4});
  check("acbe,aecd->abcd", {2, 2, 5, 3}, {2, 3, 2, 4});
  check("abc,b->abc", {2, 3, 4}, {3});
  check("ab,ab->ab", {2, 3}, {2, 3});
  check("ab,ab->a", {2, 3}, {2, 3});
  check("ab,cd->acbd", {2, 3}, {4, 2});
  check("...ab,...bc->...ac", {2, 3, 4, 2}, {2, 3, 2, 5});
  check("...ab,...bc->...ac", {2, 3, 4, 2}, {2, 1, 2, 5});
  check("...ab,bc->...ac", {2, 3, 4, 2}, {2, 5});
  check("ab...,bc->ac...", {2, 3, 4, 2}, {3, 5});
}

TEST(Einsum, RefusesWhatItCannotRead) {
  const auto refuses = [](const char* equation, const char* why) {
    testing::expect_error(
        ExitCode::kConfiguration, [&] { parse_einsum(equation, 2, 2); }, equation, why);
  };
  refuses("ab,bc", "two operands");
  refuses("ab,bc,cd->ad", "two operands");
  refuses("aab,bc->ac", "twice");
  refuses("abc,cd->ad", "number of axes");
  refuses("ab,bc->a", "one place");
  testing::expect_error(
      ExitCode::kConfiguration,
      [] {
        einsum_shape(parse_einsum("ab,bc->ac", 2, 2), Shape{2, 3}, Shape{4, 5});
      },
      "'b' is 3 and 4");
}

}  // namespace
}  // namespace ktrain
