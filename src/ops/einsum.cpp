#include "ops/einsum.h"

#include <algorithm>
#include <map>
#include <vector>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::string_view kEllipsis = "...";

template <typename... Values>
[[noreturn]] void refuse(std::string_view equation, const Values&... why) {
  throw Error(ExitCode::kConfiguration, text("equation '", equation, "': ", why...));
}

/// What an operand's ellipsis stands for: the last `count` of "…210", so that operands of different rank
/// agree from the right.
std::string ellipsis_letters(int count) {
  std::string letters;
  for (int i = count - 1; i >= 0; --i) letters += static_cast<char>('0' + i);
  return letters;
}

struct Term {
  std::string before;
  std::string after;
  bool elided = false;
  int letters() const { return static_cast<int>(before.size() + after.size()); }
  std::string with(int count) const { return before + (elided ? ellipsis_letters(count) : "") + after; }
};

Term read_term(std::string_view equation, std::string_view term) {
  Term read;
  const std::size_t dots = term.find(kEllipsis);
  read.elided = dots != std::string_view::npos;
  read.before = term.substr(0, dots);
  if (read.elided) read.after = term.substr(dots + kEllipsis.size());
  std::string letters = read.before + read.after;
  for (const char letter : letters) {
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    if (!is_letter) refuse(equation, "'", letter, "' is no letter");
  }
  std::ranges::sort(letters);
  if (std::ranges::adjacent_find(letters) != letters.end()) {
    refuse(equation, "a letter stands twice in '", term, "'");
  }
  return read;
}

int elided_axes(std::string_view equation, const Term& term, int rank) {
  const int elided = rank < 0 ? 0 : rank - term.letters();
  if (elided < 0 || (elided > 0 && !term.elided)) {
    refuse(equation, "'", term.before, term.elided ? "..." : "", term.after,
           "' is for another number of axes than ", rank);
  }
  return elided;
}

using Sizes = std::map<char, std::int64_t>;

/// The size of every letter; 1 gives way to any other.
Sizes sizes_of(const EinsumEquation& equation, const Shape& a, const Shape& b) {
  Sizes sizes;
  const auto add = [&](const std::string& letters, const Shape& shape) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const std::int64_t size = shape[static_cast<int>(i)];
      std::int64_t& known = sizes.emplace(letters[i], size).first->second;
      if (known == 1) known = size;
      if (size != 1 && size != known) {
        refuse(equation.a + "," + equation.b + "->" + equation.y, "'", letters[i], "' is ", known, " and ",
               size, " in ", a, " and ", b);
      }
    }
  };
  add(equation.a, a);
  add(equation.b, b);
  return sizes;
}

/// What a contraction sees of a tensor: its axes but those of size 1 that meet a larger one.
Lettered seen(const std::string& letters, const Shape& shape, const Sizes& sizes) {
  Lettered tensor;
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (shape[static_cast<int>(i)] != sizes.at(letters[i])) continue;
    tensor.letters += letters[i];
    dims.push_back(shape[static_cast<int>(i)]);
  }
  tensor.shape = Shape(dims);
  return tensor;
}

}  // namespace

EinsumEquation parse_einsum(std::string_view given, int rank_a, int rank_b) {
  std::string equation(given);
  std::erase(equation, ' ');
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || comma > arrow ||
      equation.find(',', comma + 1) != std::string::npos) {
    refuse(given, "only two operands with a result ('ab,bc->ac') are supported");
  }
  const std::string_view view = equation;
  const Term a = read_term(given, view.substr(0, comma));
  const Term b = read_term(given, view.substr(comma + 1, arrow - comma - 1));
  const Term y = read_term(given, view.substr(arrow + 2));
  const int of_a = elided_axes(given, a, rank_a), of_b = elided_axes(given, b, rank_b);
  const EinsumEquation read{a.with(of_a), b.with(of_b), y.with(std::max(of_a, of_b))};
  for (const char letter : read.a + read.b + read.y) {
    const int places =
        static_cast<int>(std::ranges::count(read.a, letter) + std::ranges::count(read.b, letter) +
                         std::ranges::count(read.y, letter));
    if (places < 2) refuse(given, "'", letter, "' stands in one place alone, which is not supported");
  }
  return read;
}

Shape einsum_shape(const EinsumEquation& equation, const Shape& a, const Shape& b) {
  const Sizes sizes = sizes_of(equation, a, b);
  std::vector<std::int64_t> dims;
  for (const char letter : equation.y) dims.push_back(sizes.at(letter));
  return Shape(dims);
}

Einsum::Einsum(const EinsumEquation& equation, const Shape& shape_a, const Shape& shape_b, bool gradients) {
  const Sizes sizes = sizes_of(equation, shape_a, shape_b);
  const Lettered a = seen(equation.a, shape_a, sizes);
  const Lettered b = seen(equation.b, shape_b, sizes);
  const Lettered y = seen(equation.y, einsum_shape(equation, shape_a, shape_b), sizes);
  y_ = std::make_unique<Contraction>(a, b, y);
  if (!gradients) return;
  da_ = std::make_unique<Contraction>(y, b, a);
  db_ = std::make_unique<Contraction>(a, y, b);
}

void Einsum::forward(const float* a, const float* b, float* y) {
  y_->run(a, b, y);
}

void Einsum::backward(const float* a, const float* b, const float* dy, float* da, float* db) {
  if (da != nullptr) da_->run(dy, b, da);
  if (db != nullptr) db_->run(a, dy, db);
}

}  // namespace ktrain
