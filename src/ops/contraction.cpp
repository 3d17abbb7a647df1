#include "ops/contraction.h"

#include <array>
#include <utility>

#include "core/parallel.h"
#include "ops/gemm.h"

namespace ktrain {
namespace {

constexpr std::int64_t kGrainMultiplications = 1 << 16;

template <typename Keep>
std::string letters_where(const std::string& letters, const Keep& keep) {
  std::string kept;
  for (const char letter : letters) {
    if (keep(letter)) kept += letter;
  }
  return kept;
}

std::int64_t elements_of(const Lettered& tensor, const std::string& letters) {
  std::int64_t elements = 1;
  for (const char letter : letters) elements *= tensor.size(letter);
  return elements;
}

/// The axes of `from` in the order of `to`'s letters.
std::vector<int> axes_of(const std::string& from, const std::string& to) {
  std::vector<int> axes;
  for (const char letter : to) axes.push_back(static_cast<int>(from.find(letter)));
  return axes;
}

Shape shape_of(const Lettered& tensor, const std::string& order) {
  std::vector<std::int64_t> dims;
  for (const char letter : order) dims.push_back(tensor.size(letter));
  return Shape(dims);
}

}  // namespace

std::int64_t Lettered::size(char letter) const {
  return shape[static_cast<int>(letters.find(letter))];
}

const float* Contraction::Arranged::operator()(const float* data) {
  if (!transpose) return data;
  transpose->run(data, copy.span<float>().data());
  return copy.span<float>().data();
}

Contraction::Arranged Contraction::arrange(const Lettered& tensor, const std::string& order,
                                           const std::string& transposed) {
  Arranged arranged;
  if (tensor.letters == order) return arranged;
  if (tensor.letters == transposed) {
    arranged.transposed = true;
    return arranged;
  }
  arranged.transpose = std::make_unique<Transpose>(1, tensor.shape, axes_of(tensor.letters, order));
  arranged.copy = Tensor(shape_of(tensor, order));
  return arranged;
}

Contraction::Contraction(Lettered a, Lettered b, Lettered y) {
  const auto split = [&] {
    return std::array{
        letters_where(y.letters, [&](char l) { return a.has(l) && b.has(l); }),
        letters_where(y.letters, [&](char l) { return a.has(l) && !b.has(l); }),
        letters_where(y.letters, [&](char l) { return !a.has(l); }),
    };
  };
  auto [products, rows, columns] = split();
  if (y.letters == products + columns + rows && y.letters != products + rows + columns) {
    std::swap(a, b);
    std::swap(rows, columns);
    swapped_ = true;
  }
  // The summed letters in the order in which b, the weights as a rule, has them.
  const std::string inner = letters_where(b.letters, [&](char l) { return !y.has(l); });
  products_ = elements_of(y, products);
  rows_ = elements_of(y, rows);
  columns_ = elements_of(y, columns);
  inner_ = elements_of(b, inner);
  a_ = arrange(a, products + rows + inner, products + inner + rows);
  b_ = arrange(b, products + inner + columns, products + columns + inner);
  const std::string order = products + rows + columns;
  if (y.letters == order) return;
  const Lettered ordered{order, shape_of(y, order)};
  result_ = std::make_unique<Transpose>(1, ordered.shape, axes_of(order, y.letters));
  result_copy_ = Tensor(ordered.shape);
}

void Contraction::run(const float* a, const float* b, float* y) {
  if (swapped_) std::swap(a, b);
  float* product = result_ ? result_copy_.span<float>().data() : y;
  multiply(a_(a), b_(b), product);
  if (result_) result_->run(product, y);
}

void Contraction::multiply(const float* a, const float* b, float* y) const {
  const auto one = [=, this](std::int64_t i) {
    gemm(rows_, columns_, inner_, {.data = a + i * rows_ * inner_, .transposed = a_.transposed},
         {.data = b + i * inner_ * columns_, .transposed = b_.transposed}, y + i * rows_ * columns_);
  };
  if (products_ < thread_count()) {
    for (std::int64_t i = 0; i < products_; ++i) one(i);
    return;
  }
  parallel_for(products_, kGrainMultiplications / (rows_ * columns_ * inner_),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) one(i);
               });
}

}  // namespace ktrain
