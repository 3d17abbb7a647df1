#include "report/noise_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "report/svg.h"

namespace ktrain {
namespace {

constexpr double kWidth = 640, kHeight = 320;
constexpr double kLeft = 60, kRight = 20, kTop = 30, kBottom = 38;
constexpr const char* kNoiseColor = "#3f8fd2";
constexpr const char* kBatchColor = "#d9822b";
constexpr int kTicks = 5;
/// How far beyond the estimates and batches an interval is drawn.
constexpr double kBeyond = 10;

/// Where the numbers lie. What is off the axes is drawn at their ends.
class Axes {
 public:
  explicit Axes(std::span<const NoisePoint> points) {
    for (const NoisePoint& point : points) {
      samples_ = std::max(samples_, point.samples);
      include(point.global_batch);
      include(point.value.value_or(0));
    }
    const double least = least_ / kBeyond, most = most_ * kBeyond;
    for (const NoisePoint& point : points) {
      include(std::max(point.low.value_or(least_), least));
      include(std::min(point.high.value_or(most_), most));
    }
    least_ = std::pow(10, std::floor(std::log10(least_)));
    most_ = std::pow(10, std::ceil(std::log10(most_ * 1.01)));
  }

  double samples() const { return samples_; }
  double least() const { return least_; }
  double most() const { return most_; }
  double x(double samples) const { return kLeft + samples / samples_ * (kWidth - kLeft - kRight); }
  double y(double value) const {
    const double share = std::log(std::clamp(value, least_, most_) / least_) / std::log(most_ / least_);
    return kHeight - kBottom - share * (kHeight - kTop - kBottom);
  }

 private:
  void include(double value) {
    if (value <= 0) return;
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
  }

  double samples_ = 0;
  double least_ = HUGE_VAL, most_ = 0;
};

void write_axes(std::ostream& out, const Axes& axes) {
  const double right = kWidth - kRight, bottom = kHeight - kBottom;
  for (double decade = axes.least(); decade <= axes.most() * 1.01; decade *= 10) {
    svg::write_grid_line(out, kLeft, axes.y(decade), right, axes.y(decade));
    svg::write_text(out, kLeft - 6, axes.y(decade) + 4, "end", svg::kGrey, fmt::format("{:g}", decade));
  }
  for (int tick = 0; tick <= kTicks; ++tick) {
    const double samples = axes.samples() * tick / kTicks;
    svg::write_grid_line(out, axes.x(samples), kTop, axes.x(samples), bottom);
    svg::write_text(out, axes.x(samples), bottom + 16, "middle", svg::kGrey, fmt::format("{:.3g}", samples));
  }
  svg::write_text(out, (kLeft + right) / 2, bottom + 32, "middle", svg::kGrey, "samples");
  svg::write_text(out, kLeft, kTop - 12, "start", kNoiseColor, "noise scale, 95 % interval");
  svg::write_text(out, right, kTop - 12, "end", kBatchColor, "global batch");
}

/// The point after a command of SVG's paths: M begins there, L draws a line to there.
std::string go(char command, const Axes& axes, double samples, double value) {
  return fmt::format("{}{:.1f} {:.1f}", command, axes.x(samples), axes.y(value));
}

/// Along the upper ends of the intervals, and back along the lower ones.
std::string band(std::span<const NoisePoint> points, const Axes& axes) {
  std::string path;
  for (const NoisePoint& point : points)
    path += go(path.empty() ? 'M' : 'L', axes, point.samples, point.high.value_or(axes.most()));
  for (auto point = points.rbegin(); point != points.rend(); ++point)
    path += go('L', axes, point->samples, point->low.value_or(axes.least()));
  return path + "Z";
}

/// Broken where the estimate is unknown.
std::string estimates(std::span<const NoisePoint> points, const Axes& axes) {
  std::string path;
  bool broken = true;
  for (const NoisePoint& point : points) {
    if (point.value) path += go(broken ? 'M' : 'L', axes, point.samples, *point.value);
    broken = !point.value;
  }
  return path;
}

/// In steps.
std::string batches(std::span<const NoisePoint> points, const Axes& axes) {
  std::string path;
  double before = 0;
  for (const NoisePoint& point : points) {
    if (!path.empty()) path += go('L', axes, point.samples, before);
    path += go(path.empty() ? 'M' : 'L', axes, point.samples, point.global_batch);
    before = point.global_batch;
  }
  return path;
}

}  // namespace

std::string noise_chart(std::span<const NoisePoint> points) {
  const Axes axes(points);
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << kWidth << " " << kHeight
      << "\" font-family=\"sans-serif\" font-size=\"11\">\n";
  write_axes(out, axes);
  out << "<path d=\"" << band(points, axes) << "\" fill=\"" << kNoiseColor << "\" fill-opacity=\"0.2\"/>\n";
  svg::write_path(out, batches(points, axes), kBatchColor, 1.5);
  svg::write_path(out, estimates(points, axes), kNoiseColor, 1.8);
  out << "</svg>\n";
  return out.str();
}

}  // namespace ktrain
