#include <algorithm>
#include <cmath>

#include "core/parallel.h"
#include "core/sum.h"
#include "optim/adam.h"
#include "optim/exclusion.h"
#include "optim/orthogonalize.h"
#include "optim/own_layout.h"
#include "optim/rules.h"
#include "optim/tensor_rules.h"

namespace ktrain {
namespace {

/// The momentum brought up to date, and in x what is to be orthogonalized.
KTRAIN_SIMD void momentum_step(const OptimizerUpdate u, const float momentum, const bool nesterov, float* x) {
  float* const m = u.slots[0];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    m[i] = m[i] + (g + m[i] * (momentum - 1));
    x[i] = nesterov ? g + momentum * m[i] : m[i];
  }
}

KTRAIN_SIMD void divide(float* x, const float divisor, const std::int64_t count) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) x[i] = x[i] / divisor;
}

KTRAIN_SIMD void descend(const OptimizerUpdate u, const float* x, const float scale) {
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) u.values[i] -= u.learning_rate * x[i] * scale;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

class Muon : public Optimizer {
 public:
  Muon(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"momentum"}}), excluded_(options.exclude_layers) {}
  bool whole_tensor() const override { return true; }

 private:
  bool takes_adam(const Parameter& parameter) const {
    if (parameter.shape.rank() != 2 || excluded_.found_in(parameter.name)) return true;
    return *options().exclude_embeddings && lower(parameter.name).find("embedding") != std::string::npos;
  }

  double weight_decay_of(const Parameter& parameter) const override {
    return takes_adam(parameter) ? *options().adam_weight_decay : *options().weight_decay;
  }

  void bind_own(const FlatParameters& parameters) override {
    velocities_.clear();
    std::int64_t most_elements = 0, smaller_side = 0;
    for (const Parameter& parameter : parameters.parameters()) {
      if (!parameter.trainable) continue;
      const bool adam = takes_adam(parameter);
      velocities_.add(adam ? parameter.range.size() : 0);
      if (adam) continue;
      most_elements = std::max(most_elements, parameter.range.size());
      smaller_side = std::max(smaller_side, std::min(parameter.shape[0], parameter.shape[1]));
    }
    velocities_.allocate();
    orthogonalizer_.reserve(most_elements, smaller_side);
    x_ = Buffer(static_cast<std::size_t>(most_elements) * sizeof(float));
    turned_ = Buffer(static_cast<std::size_t>(most_elements) * sizeof(float));
  }

  void update_tensor(const OptimizerUpdate& u, const Parameter& parameter, std::size_t index) override {
    decay_weights(u);
    if (float* velocity = velocities_.piece(index)) {
      update_by_adam(u, velocity);
    } else {
      update_matrix(u, parameter.shape);
    }
  }

  void update_by_adam(const OptimizerUpdate& u, float* velocity) const {
    const OptimizerOptions& o = options();
    const float rate = u.learning_rate * static_cast<float>(*o.adam_lr_ratio);
    const AdamRates rates = adam_rates(rate, *o.adam_beta_1, *o.adam_beta_2, *o.epsilon, u.t);
    parallel_for(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
      OptimizerUpdate part = part_of(u, begin, end - begin);
      part.weight_decay = 0;
      adam_update(rates, part, part.slots[0], velocity + begin);
    });
  }

  void update_matrix(const OptimizerUpdate& u, const Shape& shape) {
    const OptimizerOptions& o = options();
    const std::int64_t rows = shape[0], columns = shape[1];
    float* x = x_.data<float>();
    parallel_for(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
      momentum_step(part_of(u, begin, end - begin), static_cast<float>(*o.momentum), *o.nesterov, x + begin);
    });
    const double norm = std::sqrt(sum_of_squares({x, static_cast<std::size_t>(u.count)}));
    divide(x, static_cast<float>(norm) + 1e-7F, u.count);
    const Orthogonalizer::Coefficients coefficients = {
        static_cast<float>(*o.muon_a), static_cast<float>(*o.muon_b), static_cast<float>(*o.muon_c)};
    if (rows > columns) {
      float* turned = turned_.data<float>();
      transpose(x, rows, columns, turned);
      orthogonalizer_.run(turned, columns, rows, coefficients, *o.ns_steps);
      transpose(turned, columns, rows, x);
    } else {
      orthogonalizer_.run(x, rows, columns, coefficients, *o.ns_steps);
    }
    const auto side = static_cast<float>(std::max(rows, columns));
    const float scale = *o.rms_rate > 0 ? std::sqrt(side) * static_cast<float>(*o.rms_rate) : 1.0F;
    parallel_for(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
      descend(part_of(u, begin, end - begin), x + begin, scale);
    });
  }

  void visit_own_state(StateVisitor& visitor) override { velocities_.visit(visitor, "optimizer/velocity"); }

  // Variable by variable the momentum, and the velocity where there is one.
  void add_rule_variables(const FlatParameters& parameters,
                          std::vector<OptimizerVariable>& variables) override {
    std::size_t index = 0;
    for (const Parameter& parameter : parameters.parameters()) {
      if (!parameter.trainable) continue;
      add_slot_variable(parameter, 0, variables);
      if (float* velocity = velocities_.piece(index)) {
        variables.push_back({"velocity", parameter.name, parameter.shape, velocity});
      }
      ++index;
    }
  }

  Exclusion excluded_;
  OwnLayout velocities_;
  Orthogonalizer orthogonalizer_;
  Buffer x_, turned_;
};

}  // namespace

std::unique_ptr<Optimizer> make_muon(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Muon>(name, options);
}

}  // namespace ktrain
