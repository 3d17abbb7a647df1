#include "nn/layers/sample_normalization.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"
#include "nn/layers/sample_normalization_loops.h"

namespace ktrain {
namespace {

namespace loop = normalization_loop;

constexpr std::int64_t kPieceElements = 1 << 14;
constexpr std::int64_t kMostPieces = 64;
constexpr std::int64_t kMostSums = 1 << 22;

using loop::sum_of;

/// body(kStat, kParameter) with the two steps as compile-time numbers.
template <typename Body>
void with_steps(std::int64_t stat, std::int64_t parameter, const Body& body) {
  using Zero = std::integral_constant<int, 0>;
  using One = std::integral_constant<int, 1>;
  if (stat == 0) return parameter == 0 ? body(Zero(), Zero()) : body(Zero(), One());
  return parameter == 0 ? body(One(), Zero()) : body(One(), One());
}

class SampleNormalizationKernel final : public LayerKernel {
 public:
  SampleNormalizationKernel(const Layer& layer, const NormalizationLayout& layout,
                            const NormalizationRule& rule, const NormalizationVariables& variables)
      : layer_(layer),
        layout_(layout),
        rule_(rule),
        variables_(variables),
        stat_step_(layout.groups > 1 ? 1 : 0),
        parameters_(variables.gamma >= 0  ? elements_of(variables.gamma)
                    : variables.beta >= 0 ? elements_of(variables.beta)
                                          : 0) {
    const std::int64_t elements = layout.blocks * layout.lines * layout.line();
    const std::int64_t fitting =
        std::max<std::int64_t>(1, kMostSums / std::max<std::int64_t>(1, 2 * parameters_));
    pieces_ = std::clamp<std::int64_t>(elements / kPieceElements, 1,
                                       std::min({kMostPieces, fitting, layout.blocks}));
    ones_.assign(static_cast<std::size_t>(layout.element_step == 1 ? layout.line() : 1), 1.0F);
    zeros_.assign(ones_.size(), 0.0F);
    const auto statistics = static_cast<std::size_t>(layout.blocks * layout.groups);
    center_.resize(statistics);
    mean_.resize(statistics);
    inverse_.resize(statistics);
    lines_.resize(static_cast<std::size_t>(pieces_ * kLines * layout.line()));
    sums_.resize(static_cast<std::size_t>(pieces_ * 2 * parameters_));
  }

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    for_each_block([=, this](std::int64_t block, std::int64_t piece) {
      measure(x, block, piece);
      const loop::Statistics s = statistics(block, piece);
      for (std::int64_t l = 0; l < layout_.lines; ++l) {
        const std::int64_t at = (block * layout_.lines + l) * layout_.line();
        with_steps(stat_step_, layout_.element_step, [&](auto stat, auto parameter) {
          loop::apply<stat, parameter>(x + at, s, gamma(block, l), beta(block, l), y + at, layout_.line());
        });
      }
    });
  }

  void backward(const Backward& call) override {
    const float* x = call.inputs[0].data<float>();
    const float* dy = call.output_gradients[0].data<float>();
    float* dx = call.input_gradients[0].empty() ? nullptr : call.input_gradients[0].data<float>();
    const bool wants_parameters = wanted(call, variables_.gamma) || wanted(call, variables_.beta);
    std::ranges::fill(sums_, 0.0);
    for_each_block([=, this](std::int64_t block, std::int64_t piece) {
      if (wants_parameters) sum_parameter_gradients(x, dy, block, piece);
      if (dx != nullptr) differentiate(x, dy, dx, block, piece);
    });
    write_sums(call, variables_.gamma, 0);
    write_sums(call, variables_.beta, parameters_);
  }

 private:
  static constexpr std::int64_t kLines = 6;  ///< of working memory for each piece

  std::int64_t elements_of(int variable) const {
    return layer_.parameter_specs()[static_cast<std::size_t>(variable)].shape.elements();
  }
  static bool wanted(const Backward& call, int variable) {
    return variable >= 0 && !call.parameter_gradients[static_cast<std::size_t>(variable)].empty();
  }

  /// body(block, piece) on all threads. A piece's blocks follow from their number alone.
  template <typename Body>
  void for_each_block(const Body& body) const {
    parallel_for(pieces_, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t piece = first; piece < last; ++piece) {
        const std::int64_t end = layout_.blocks * (piece + 1) / pieces_;
        for (std::int64_t block = layout_.blocks * piece / pieces_; block < end; ++block) body(block, piece);
      }
    });
  }

  double* line(std::int64_t piece, std::int64_t index) {
    return lines_.data() + (piece * kLines + index) * layout_.line();
  }
  std::int64_t parameter_of(std::int64_t block, std::int64_t l) const {
    return block % layout_.period * layout_.block_step + l * layout_.line_step;
  }
  const float* variable(int index, const std::vector<float>& neutral, std::int64_t at) const {
    if (index < 0) return neutral.data();
    return layer_.parameters()[static_cast<std::size_t>(index)].data<float>() + at;
  }
  const float* gamma(std::int64_t block, std::int64_t l) const {
    return variable(variables_.gamma, ones_, parameter_of(block, l));
  }
  const float* beta(std::int64_t block, std::int64_t l) const {
    return variable(variables_.beta, zeros_, parameter_of(block, l));
  }

  /// Mean and inverse deviation of each group of a block.
  void measure(const float* x, std::int64_t block, std::int64_t piece) {
    double* sum = line(piece, 0);
    double* squares = line(piece, 1);
    std::fill_n(sum, layout_.line(), 0.0);
    std::fill_n(squares, layout_.line(), 0.0);
    for (std::int64_t l = 0; l < layout_.lines; ++l) {
      loop::add_moments(x + (block * layout_.lines + l) * layout_.line(), layout_.line(), sum, squares);
    }
    const double count = static_cast<double>(layout_.lines * layout_.width);
    for (std::int64_t g = 0; g < layout_.groups; ++g) {
      const auto at = static_cast<std::size_t>(block * layout_.groups + g);
      const double mean = rule_.about_mean ? sum_of(sum + g * layout_.width, layout_.width) / count : 0;
      const double about = sum_of(squares + g * layout_.width, layout_.width) - mean * mean * count;
      const double spread = std::max(about, 0.0) / (rule_.divides ? count : 1);
      mean_[at] = mean;
      center_[at] = rule_.subtracts_mean ? mean : 0;
      inverse_[at] = std::min(1 / std::sqrt(spread + rule_.epsilon), rule_.largest);
    }
  }

  /// A statistic for each element of a line, or the group's one.
  const double* spread(const std::vector<double>& values, std::int64_t block, double* to) const {
    const double* from = values.data() + block * layout_.groups;
    if (stat_step_ == 0) return from;
    for (std::int64_t g = 0; g < layout_.groups; ++g)
      std::fill_n(to + g * layout_.width, layout_.width, from[g]);
    return to;
  }
  loop::Statistics statistics(std::int64_t block, std::int64_t piece) {
    return {spread(center_, block, line(piece, 2)), spread(inverse_, block, line(piece, 3))};
  }

  void differentiate(const float* x, const float* dy, float* dx, std::int64_t block, std::int64_t piece) {
    const loop::Statistics s = statistics(block, piece);
    double* sum = line(piece, 0);
    double* product = line(piece, 1);
    std::fill_n(sum, layout_.line(), 0.0);
    std::fill_n(product, layout_.line(), 0.0);
    for (std::int64_t l = 0; l < layout_.lines; ++l) {
      const std::int64_t at = (block * layout_.lines + l) * layout_.line();
      with_steps(stat_step_, layout_.element_step, [&](auto stat, auto parameter) {
        loop::add_gradients<stat, parameter>(x + at, dy + at, s, gamma(block, l), sum, product,
                                             layout_.line());
      });
    }
    const double* slope = line(piece, 4);
    const double* shift = line(piece, 5);
    put_slopes(sum, product, block, line(piece, 4), line(piece, 5));
    const double* mean = spread(mean_, block, line(piece, 2));
    for (std::int64_t l = 0; l < layout_.lines; ++l) {
      const std::int64_t at = (block * layout_.lines + l) * layout_.line();
      with_steps(stat_step_, layout_.element_step, [&](auto stat, auto parameter) {
        loop::differentiate<stat, parameter>(x + at, dy + at, mean, s.inverse, slope, shift, gamma(block, l),
                                             dx + at, layout_.line());
      });
    }
  }

  // With S1 = sum of g and S2 = sum of g (x - c) over a group: dx = g i - (x - m) i^3 S2 / n - [c is m] i S1
  // / n. Where the inverse is cut off at `largest` it does not depend on x.
  void put_slopes(const double* sum, const double* product, std::int64_t block, double* slope,
                  double* shift) const {
    const double count = static_cast<double>(layout_.lines * layout_.width);
    for (std::int64_t g = 0; g < layout_.groups; ++g) {
      const double inverse = inverse_[static_cast<std::size_t>(block * layout_.groups + g)];
      const double s1 = sum_of(sum + g * layout_.width, layout_.width);
      const double s2 = sum_of(product + g * layout_.width, layout_.width);
      const double of_inverse = inverse < rule_.largest ? inverse * inverse * inverse * s2 : 0;
      const std::int64_t copies = stat_step_ == 0 ? 1 : layout_.width;
      std::fill_n(slope + g * copies, copies, of_inverse / (rule_.divides ? count : 1));
      std::fill_n(shift + g * copies, copies, rule_.subtracts_mean ? inverse * s1 / count : 0);
    }
  }

  void sum_parameter_gradients(const float* x, const float* dy, std::int64_t block, std::int64_t piece) {
    const loop::Statistics s = statistics(block, piece);
    double* sums = sums_.data() + piece * 2 * parameters_;
    for (std::int64_t l = 0; l < layout_.lines; ++l) {
      const std::int64_t at = (block * layout_.lines + l) * layout_.line();
      const std::int64_t place = parameter_of(block, l);
      const bool each = layout_.element_step == 1;
      double* of_gamma = each ? sums + place : line(piece, 0);
      double* of_beta = each ? sums + parameters_ + place : line(piece, 1);
      if (!each) std::fill_n(of_gamma, layout_.line(), 0.0);
      if (!each) std::fill_n(of_beta, layout_.line(), 0.0);
      with_steps(stat_step_, 0, [&](auto stat, auto) {
        loop::add_parameter_gradients<stat>(x + at, dy + at, s, of_gamma, of_beta, layout_.line());
      });
      if (each) continue;
      sums[place] += sum_of(of_gamma, layout_.line());
      sums[parameters_ + place] += sum_of(of_beta, layout_.line());
    }
  }

  void write_sums(const Backward& call, int variable, std::int64_t from) const {
    if (!wanted(call, variable)) return;
    const std::span<float> gradient =
        call.parameter_gradients[static_cast<std::size_t>(variable)].span<float>();
    for (std::int64_t i = 0; i < parameters_; ++i) {
      double sum = 0;
      for (std::int64_t p = 0; p < pieces_; ++p)
        sum += sums_[static_cast<std::size_t>(p * 2 * parameters_ + from + i)];
      gradient[static_cast<std::size_t>(i)] = static_cast<float>(sum);
    }
  }

  const Layer& layer_;
  NormalizationLayout layout_;
  NormalizationRule rule_;
  NormalizationVariables variables_;
  std::int64_t stat_step_;
  std::int64_t parameters_;  ///< elements of gamma, and of beta
  std::int64_t pieces_ = 1;
  std::vector<float> ones_;   ///< in place of a gamma
  std::vector<float> zeros_;  ///< in place of a beta
  // Of the latest forward, a number for each group of each block.
  std::vector<double> center_;
  std::vector<double> mean_;
  std::vector<double> inverse_;
  std::vector<double> lines_;
  std::vector<double> sums_;  ///< for each piece gamma's and beta's
};

}  // namespace

std::unique_ptr<LayerKernel> make_sample_normalization_kernel(const Layer& layer,
                                                              const NormalizationLayout& layout,
                                                              const NormalizationRule& rule,
                                                              const NormalizationVariables& variables) {
  return std::make_unique<SampleNormalizationKernel>(layer, layout, rule, variables);
}

}  // namespace ktrain
