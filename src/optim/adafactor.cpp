#include <algorithm>
#include <cmath>

#include "core/parallel.h"
#include "core/sum.h"
#include "optim/factored_moment.h"
#include "optim/own_layout.h"
#include "optim/rules.h"
#include "optim/tensor_rules.h"

namespace ktrain {
namespace {

/// v of a variable that is no matrix.
KTRAIN_SIMD void moment(const OptimizerUpdate u, const float beta, const float epsilon) {
  float* const v = u.slots[0];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    const float g = u.gradient(i);
    v[i] = beta * v[i] + (1 - beta) * (g * g + epsilon);
  }
}

KTRAIN_SIMD double squared_directions(const OptimizerUpdate u) {
  const float* const v = u.slots[0];
  return lane_sum(u.count, [&](std::int64_t i) {
    const auto d = static_cast<double>(u.gradient(i) / std::sqrt(v[i]));
    return d * d;
  });
}

KTRAIN_SIMD void descend(const OptimizerUpdate u, const float rate, const float divisor) {
  const float* const v = u.slots[0];
#pragma omp simd
  for (std::int64_t i = 0; i < u.count; ++i) {
    u.values[i] -= rate * (u.gradient(i) / std::sqrt(v[i]) / divisor);
  }
}

float root_of_mean(double sum, std::int64_t count) {
  return static_cast<float>(std::sqrt(sum / static_cast<double>(count)));
}

MatrixShape matrix_of(const Shape& shape) {
  const std::int64_t rows = shape[-2], columns = shape[-1];
  return {.matrices = shape.elements() / (rows * columns), .rows = rows, .columns = columns};
}

class Adafactor : public Optimizer {
 public:
  Adafactor(const char* name, const OptimizerOptions& options)
      : Optimizer(name, options, {.names = {"velocity"}}) {}
  bool whole_tensor() const override { return true; }

 private:
  void bind_own(const FlatParameters& parameters) override {
    rows_.clear();
    columns_.clear();
    std::int64_t most_matrices = 0;
    for (const Parameter& parameter : parameters.parameters()) {
      if (!parameter.trainable) continue;
      const bool factored = parameter.shape.rank() >= 2 && parameter.range.size() > 0;
      const MatrixShape shape = factored ? matrix_of(parameter.shape) : MatrixShape{};
      rows_.add(shape.matrices * shape.rows);
      columns_.add(shape.matrices * shape.columns);
      most_matrices = std::max(most_matrices, shape.matrices);
    }
    rows_.allocate();
    columns_.allocate();
    row_means_ = Buffer(static_cast<std::size_t>(most_matrices) * sizeof(float));
  }

  void update_tensor(const OptimizerUpdate& u, const Parameter& parameter, std::size_t index) override {
    const OptimizerOptions& o = options();
    const auto t = static_cast<float>(u.t);
    const float beta = 1 - std::pow(t, static_cast<float>(*o.beta_2_decay));
    const auto epsilon = static_cast<float>(*o.epsilon_1);
    decay_weights(u);
    const float size = root_of_mean(sum_of_squares({u.values, static_cast<std::size_t>(u.count)}), u.count);
    if (parameter.shape.rank() >= 2) {
      factored_moment(u, matrix_of(parameter.shape), beta, epsilon,
                      {rows_.piece(index), columns_.piece(index), row_means_.data<float>()});
    } else {
      parallel_for(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
        moment(part_of(u, begin, end - begin), beta, epsilon);
      });
    }
    const double squares = piecewise_sum(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
      return squared_directions(part_of(u, begin, end - begin));
    });
    const float divisor =
        std::max(1.0F, root_of_mean(squares, u.count) / static_cast<float>(*o.clip_threshold));
    const float rho = std::min(u.learning_rate, 1 / std::sqrt(t));
    const float rate = std::max(static_cast<float>(*o.epsilon_2), size) * rho;
    parallel_for(u.count, kTensorGrain, [&](std::int64_t begin, std::int64_t end) {
      descend(part_of(u, begin, end - begin), rate, divisor);
    });
  }

  void visit_own_state(StateVisitor& visitor) override {
    rows_.visit(visitor, "optimizer/rows");
    columns_.visit(visitor, "optimizer/columns");
  }

  // Variable by variable r, c and v; Keras keeps an unused zero for r and c where there is no matrix.
  void add_rule_variables(const FlatParameters& parameters,
                          std::vector<OptimizerVariable>& variables) override {
    std::size_t index = 0;
    for (const Parameter& parameter : parameters.parameters()) {
      if (!parameter.trainable) continue;
      const auto dims = parameter.shape.dims();
      if (dims.size() >= 2) {
        std::vector<std::int64_t> without_row(dims.begin(), dims.end());
        without_row.erase(without_row.end() - 2);
        variables.push_back({"r", parameter.name, Shape(dims.first(dims.size() - 1)), rows_.piece(index)});
        variables.push_back({"c", parameter.name, Shape(without_row), columns_.piece(index)});
      } else {
        variables.push_back({"r", parameter.name, {}, nullptr});
        variables.push_back({"c", parameter.name, {}, nullptr});
      }
      add_slot_variable(parameter, 0, variables);
      ++index;
    }
  }

  OwnLayout rows_, columns_;
  Buffer row_means_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adafactor(const char* name, const OptimizerOptions& options) {
  return std::make_unique<Adafactor>(name, options);
}

}  // namespace ktrain
