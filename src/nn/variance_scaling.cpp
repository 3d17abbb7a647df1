#include "nn/variance_scaling.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "ktrain/core/error.h"
#include "nn/random_fill.h"

namespace ktrain {
namespace {

// The standard deviation of a standard normal number cut at ±2.
constexpr double kTruncatedStddev = 0.87962566103423978;

[[noreturn]] void refuse(const char* argument, const std::string& value, const std::string& known) {
  throw Error(ExitCode::kConfiguration, text("VarianceScaling: ", argument, "=", value, "; it is ", known));
}

double product(const Shape& shape, const char* argument, std::span<const int> axes) {
  double result = 1;
  for (const int axis : axes) {
    if (axis < -shape.rank() || axis >= shape.rank())
      refuse(argument, text(axis), text("an axis of ", shape));
    result *= static_cast<double>(shape[axis]);
  }
  return result;
}

}  // namespace

VarianceScaling::VarianceScaling(const InitializerOptions& options) : options_(options) {
  if (options.distribution == "normal") options_.distribution = "truncated_normal";
  const std::string& mode = options_.mode;
  const std::string& distribution = options_.distribution;
  if (!(options.scale > 0)) refuse("scale", text(options.scale), "a positive number");
  if (mode != "fan_in" && mode != "fan_out" && mode != "fan_avg") {
    refuse("mode", mode, "fan_in, fan_out or fan_avg");
  }
  if (distribution != "truncated_normal" && distribution != "untruncated_normal" &&
      distribution != "uniform") {
    refuse("distribution", distribution, "truncated_normal, untruncated_normal or uniform");
  }
}

double VarianceScaling::fan(const Shape& shape) const {
  const bool given = !options_.input_axes.empty() && !options_.output_axes.empty();
  const Fans fans = given ? Fans{product(shape, "input_axes", options_.input_axes),
                                 product(shape, "output_axes", options_.output_axes)}
                          : fans_of(shape);
  if (options_.mode == "fan_in") return fans.in;
  if (options_.mode == "fan_out") return fans.out;
  return (fans.in + fans.out) / 2;
}

void VarianceScaling::fill(const Shape& shape, std::span<float> values, const RandomStream& random) const {
  const double variance = options_.scale / std::max(1.0, fan(shape));
  if (options_.distribution == "uniform") {
    const double limit = std::sqrt(3 * variance);
    fill_uniform(values, random, -limit, limit);
  } else if (options_.distribution == "untruncated_normal") {
    fill_normal(values, random, 0, std::sqrt(variance));
  } else {
    fill_truncated_normal(values, random, 0, std::sqrt(variance) / kTruncatedStddev);
  }
}

Fans fans_of(const Shape& shape) {
  if (shape.rank() == 0) return {};
  const double last = static_cast<double>(shape[-1]);
  if (shape.rank() == 1) return {last, last};
  double receptive_field = 1;
  for (const std::int64_t dim : shape.dims().first(static_cast<std::size_t>(shape.rank() - 2))) {
    receptive_field *= static_cast<double>(dim);
  }
  return {static_cast<double>(shape[-2]) * receptive_field, last * receptive_field};
}

std::shared_ptr<const Initializer> VarianceScaling::with_axes(const std::vector<int>& input_axes,
                                                              const std::vector<int>& output_axes) const {
  if (!options_.input_axes.empty() && !options_.output_axes.empty()) return nullptr;
  InitializerOptions options = options_;
  options.input_axes = input_axes;
  options.output_axes = output_axes;
  return std::make_shared<VarianceScaling>(options);
}

}  // namespace ktrain
