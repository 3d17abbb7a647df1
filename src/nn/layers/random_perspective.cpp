#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ktrain/nn/layers/random_movement.h"
#include "nn/layers/image_operation.h"
#include "ops/affine.h"

namespace ktrain {
namespace {

/// (x, y) -> ((h0 x + h1 y + h2) / (h6 x + h7 y + 1), (h3 x + h4 y + h5) / (h6 x + h7 y + 1))
using Homography = std::array<double, 8>;
using Point = std::array<double, 2>;
using Points = std::array<Point, 4>;

/// Solves the 8 x 8 system rows · h = last column, by elimination with the largest pivots.
Homography solve(std::array<std::array<double, 9>, 8> rows) {
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t pivot = i;
    for (std::size_t row = i + 1; row < 8; ++row) {
      if (std::abs(rows[row][i]) > std::abs(rows[pivot][i])) pivot = row;
    }
    std::swap(rows[i], rows[pivot]);
    for (std::size_t row = 0; row < 8; ++row) {
      if (row == i || rows[i][i] == 0) continue;
      const double factor = rows[row][i] / rows[i][i];
      for (std::size_t column = i; column < 9; ++column) rows[row][column] -= factor * rows[i][column];
    }
  }
  Homography solution;
  for (std::size_t i = 0; i < 8; ++i) solution[i] = rows[i][i] == 0 ? 0 : rows[i][8] / rows[i][i];
  return solution;
}

/// The one that takes each of `from` to `to`.
Homography homography(const Points& from, const Points& to) {
  std::array<std::array<double, 9>, 8> rows;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto [x, y] = from[i];
    const auto [u, v] = to[i];
    rows[2 * i] = {x, y, 1, 0, 0, 0, -u * x, -u * y, u};
    rows[2 * i + 1] = {0, 0, 0, x, y, 1, -v * x, -v * y, v};
  }
  return solve(rows);
}

class PerspectiveOperation final : public ImageOperation {
 public:
  PerspectiveOperation(const ImageSize& size, const RandomPerspectiveOptions& options)
      : size_(size),
        options_(options),
        sampling_{options.interpolation, FillMode::kConstant, static_cast<float>(options.fill_value)} {}

  ImageSize output() const override { return size_; }
  void forward(const ImageRandom& random, const float* x, float* y, float*) const override {
    if (!applies(random)) {
      std::copy_n(x, size_.elements(), y);
      return;
    }
    for_each_place(random, [&](std::int64_t at, double row, double column) {
      sample_pixel(size_, sampling_, x, row, column, y + at);
    });
  }
  void backward(const ImageRandom& random, const float*, const float* dy, float* dx, float*) const override {
    if (!applies(random)) {
      std::copy_n(dy, size_.elements(), dx);
      return;
    }
    std::fill_n(dx, size_.elements(), 0.0F);
    for_each_place(random, [&](std::int64_t at, double row, double column) {
      add_pixel_gradient(size_, sampling_, dx, row, column, dy + at);
    });
  }

 private:
  bool applies(const ImageRandom& random) const {
    return random.uniform(1) < random.uniform(0, options_.factor);
  }

  Homography draw(const ImageRandom& random) const {
    const double right = static_cast<double>(size_.width - 1), bottom = static_cast<double>(size_.height - 1);
    const Points corners = {{{0, 0}, {right, 0}, {0, bottom}, {right, bottom}}};
    const RandomRange range = {-0.5 * options_.scale, 0.5 * options_.scale};
    Points moved = corners;
    std::uint64_t index = 2;
    for (Point& point : moved) {
      for (double& coordinate : point) coordinate += coordinate * random.uniform(index++, range);
    }
    return homography(moved, corners);
  }

  /// body(first element, the input's row and column) for each pixel.
  template <typename Body>
  void for_each_place(const ImageRandom& random, const Body& body) const {
    const Homography h = draw(random);
    std::int64_t at = 0;
    for (std::int64_t row = 0; row < size_.height; ++row) {
      for (std::int64_t column = 0; column < size_.width; ++column, at += size_.channels) {
        const auto x = static_cast<double>(column), y = static_cast<double>(row);
        const double scale = 1 / (h[6] * x + h[7] * y + 1);
        body(at, (h[3] * x + h[4] * y + h[5]) * scale, (h[0] * x + h[1] * y + h[2]) * scale);
      }
    }
  }

  ImageSize size_;
  RandomPerspectiveOptions options_;
  Sampling sampling_;
};

}  // namespace

std::unique_ptr<Layer> make_random_perspective(const ImageLayerOptions& layer,
                                               const RandomPerspectiveOptions& options) {
  if (!(options.scale >= 0 && options.scale <= 1)) {
    refuse_image_layer("RandomPerspective", layer, "scale must be in [0, 1]");
  }
  require_sampling("RandomPerspective", layer, options.interpolation);
  return make_image_layer("RandomPerspective", layer, true,
                          [options](const Layer&, const ImageSize& size, bool) {
                            return std::make_unique<PerspectiveOperation>(size, options);
                          });
}

}  // namespace ktrain
