#include "ktrain/nn/initializer.h"

#include <algorithm>
#include <functional>
#include <map>

#include "core/names.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "nn/orthogonal.h"
#include "nn/random_fill.h"
#include "nn/variance_scaling.h"

namespace ktrain {
namespace {

class Constant : public Initializer {
 public:
  explicit Constant(double value) : value_(static_cast<float>(value)) {}
  void fill(const Shape&, std::span<float> values, const RandomStream&) const override {
    std::ranges::fill(values, value_);
  }

 private:
  float value_;
};

class RandomUniform : public Initializer {
 public:
  RandomUniform(double minval, double maxval) : minval_(minval), maxval_(maxval) {}
  void fill(const Shape&, std::span<float> values, const RandomStream& random) const override {
    fill_uniform(values, random, minval_, maxval_);
  }

 private:
  double minval_, maxval_;
};

class RandomNormal : public Initializer {
 public:
  RandomNormal(double mean, double stddev) : mean_(mean), stddev_(stddev) {}
  void fill(const Shape&, std::span<float> values, const RandomStream& random) const override {
    fill_normal(values, random, mean_, stddev_);
  }

 private:
  double mean_, stddev_;
};

class TruncatedNormal : public Initializer {
 public:
  TruncatedNormal(double mean, double stddev) : mean_(mean), stddev_(stddev) {}
  void fill(const Shape&, std::span<float> values, const RandomStream& random) const override {
    fill_truncated_normal(values, random, mean_, stddev_);
  }

 private:
  double mean_, stddev_;
};

class Identity : public Initializer {
 public:
  explicit Identity(double gain) : gain_(static_cast<float>(gain)) {}
  void fill(const Shape& shape, std::span<float> values, const RandomStream&) const override {
    if (shape.rank() != 2) {
      throw Error(ExitCode::kConfiguration, text("Identity needs a matrix, not shape ", shape));
    }
    std::ranges::fill(values, 0.0F);
    for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i) {
      values[static_cast<std::size_t>(i * shape[1] + i)] = gain_;
    }
  }

 private:
  float gain_;
};

using Pointer = std::shared_ptr<const Initializer>;
using Factory = std::function<Pointer(const InitializerOptions&)>;

Pointer scaled(InitializerOptions options, double scale, const char* mode, const char* distribution) {
  options.scale = scale;
  options.mode = mode;
  options.distribution = distribution;
  return std::make_shared<VarianceScaling>(options);
}

using Options = InitializerOptions;

const std::map<std::string, Factory>& factories() {
  static const std::map<std::string, Factory> table = {
      {"zeros", [](const Options&) { return std::make_shared<Constant>(0); }},
      {"ones", [](const Options&) { return std::make_shared<Constant>(1); }},
      {"constant", [](const Options& o) { return std::make_shared<Constant>(o.value); }},
      {"random_uniform",
       [](const Options& o) { return std::make_shared<RandomUniform>(o.minval, o.maxval); }},
      {"random_normal", [](const Options& o) { return std::make_shared<RandomNormal>(o.mean, o.stddev); }},
      {"truncated_normal",
       [](const Options& o) { return std::make_shared<TruncatedNormal>(o.mean, o.stddev); }},
      {"variance_scaling", [](const Options& o) { return std::make_shared<VarianceScaling>(o); }},
      {"glorot_uniform", [](const Options& o) { return scaled(o, 1, "fan_avg", "uniform"); }},
      {"glorot_normal", [](const Options& o) { return scaled(o, 1, "fan_avg", "truncated_normal"); }},
      {"he_uniform", [](const Options& o) { return scaled(o, 2, "fan_in", "uniform"); }},
      {"he_normal", [](const Options& o) { return scaled(o, 2, "fan_in", "truncated_normal"); }},
      {"lecun_uniform", [](const Options& o) { return scaled(o, 1, "fan_in", "uniform"); }},
      {"lecun_normal", [](const Options& o) { return scaled(o, 1, "fan_in", "truncated_normal"); }},
      {"identity", [](const Options& o) { return std::make_shared<Identity>(o.gain); }},
      {"orthogonal", [](const Options& o) { return std::make_shared<Orthogonal>(o.gain); }},
  };
  return table;
}

std::string without_alias(const std::string& name) {
  static const std::map<std::string, std::string> aliases = {{"zero", "zeros"},
                                                             {"one", "ones"},
                                                             {"normal", "random_normal"},
                                                             {"uniform", "random_uniform"},
                                                             {"identity_initializer", "identity"},
                                                             {"orthogonal_initializer", "orthogonal"}};
  const auto alias = aliases.find(name);
  return alias == aliases.end() ? name : alias->second;
}

}  // namespace

std::shared_ptr<const Initializer> Initializer::with_axes(const std::vector<int>&,
                                                          const std::vector<int>&) const {
  return nullptr;
}

std::shared_ptr<const Initializer> make_initializer(const std::string& name,
                                                    const InitializerOptions& options) {
  const auto factory = factories().find(without_alias(snake_case(name)));
  if (factory != factories().end()) return factory->second(options);
  std::vector<std::string> known;
  for (const auto& [known_name, make] : factories()) known.push_back(known_name);
  throw Error(ExitCode::kConfiguration, text("unknown initializer '", name, "'; known: ", join(known)));
}

}  // namespace ktrain
