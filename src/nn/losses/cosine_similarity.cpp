#include "nn/losses/cosine_similarity.h"

#include <cmath>

#include "nn/losses/probability.h"
#include "nn/losses/row_sums.h"

namespace ktrain {
namespace {

struct Angle {
  Angle(std::span<const float> p, const float* t) {
    double squares = 0, target_squares = 0;
    for (std::size_t j = 0; j < p.size(); ++j) {
      const auto x = static_cast<double>(p[j]), y = static_cast<double>(t[j]);
      squares += x * x;
      target_squares += y * y;
      product += x * y;
    }
    constexpr auto kLeast = static_cast<double>(kEpsilon);
    bounded = std::sqrt(squares) < kLeast;
    norm = bounded ? kLeast : std::sqrt(squares);
    target_norm = std::sqrt(target_squares) < kLeast ? kLeast : std::sqrt(target_squares);
  }
  double cosine() const { return product / (norm * target_norm); }
  double product = 0, norm = 0, target_norm = 0;
  bool bounded = false;
};

class CosineSimilarity : public Loss {
 public:
  explicit CosineSimilarity(float sign) : sign_(sign) {}

  std::string name() const override { return "cosine_similarity"; }

  void values(const LossRows& rows, std::span<float> values) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const Angle angle(p, rows.target.data<float>() + row * std::ssize(p));
      values[static_cast<std::size_t>(row)] = sign_ * static_cast<float>(angle.cosine());
    });
  }

  void gradient(const LossRows& rows, std::span<const float> factors,
                std::span<float> gradient) const override {
    for_each_row(rows, [&](std::int64_t row, std::span<const float> p) {
      const float* t = rows.target.data<float>() + row * std::ssize(p);
      const Angle angle(p, t);
      const auto factor = static_cast<double>(sign_ * factors[static_cast<std::size_t>(row)]) / angle.norm;
      const double back = angle.bounded ? 0 : angle.cosine() / angle.norm;
      for (std::size_t j = 0; j < p.size(); ++j) {
        const double slope = static_cast<double>(t[j]) / angle.target_norm - back * static_cast<double>(p[j]);
        gradient[static_cast<std::size_t>(row) * p.size() + j] = static_cast<float>(factor * slope);
      }
    });
  }

 private:
  float sign_;
};

}  // namespace

std::unique_ptr<Loss> cosine_similarity(float sign) {
  return std::make_unique<CosineSimilarity>(sign);
}

}  // namespace ktrain
