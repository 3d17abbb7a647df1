#include "optim/schedule_classes.h"

#include <algorithm>
#include <numbers>

#include "core/names.h"

namespace ktrain {
namespace {

using O = ScheduleOptions;
constexpr double kNone = std::numeric_limits<double>::infinity();

double part(const O& o, double x) {
  const double fraction = x / *o.decay_steps;
  return *o.staircase ? std::floor(fraction) : fraction;
}

double exponential(const O& o, double x) {
  return *o.initial_learning_rate * std::pow(*o.decay_rate, part(o, x));
}

double inverse_time(const O& o, double x) {
  return *o.initial_learning_rate / (1 + *o.decay_rate * part(o, x));
}

double piecewise_constant(const O& o, double x) {
  const auto bound = std::ranges::lower_bound(o.boundaries, x);
  return o.values[static_cast<std::size_t>(bound - o.boundaries.begin())];
}

double polynomial(const O& o, double x) {
  double steps = *o.decay_steps;
  if (*o.cycle) {
    steps *= x == 0 ? 1 : std::ceil(x / steps);
  } else {
    x = std::min(x, steps);
  }
  const double end = *o.end_learning_rate;
  return (*o.initial_learning_rate - end) * std::pow(1 - x / steps, *o.power) + end;
}

double cosine(double fraction, double height, double alpha) {
  return (1 - alpha) * height * 0.5 * (1 + std::cos(std::numbers::pi * fraction)) + alpha;
}

double cosine_decay(const O& o, double x) {
  const double steps = *o.decay_steps, warmup = o.warmup_target ? *o.warmup_steps : 0;
  x = std::min(x, steps + warmup);
  const double start = *o.initial_learning_rate;
  if (x < warmup) return (*o.warmup_target - start) * (x / warmup) + start;
  return o.warmup_target.value_or(start) * cosine((x - warmup) / steps, 1, *o.alpha);
}

double cosine_decay_restarts(const O& o, double x) {
  const double periods = x / *o.first_decay_steps, longer = *o.t_mul;
  double restarts = std::floor(periods);
  double fraction = periods - restarts;
  if (longer != 1) {
    restarts = std::floor(std::log(1 - periods * (1 - longer)) / std::log(longer));
    const double before = (1 - std::pow(longer, restarts)) / (1 - longer);
    fraction = (periods - before) / std::pow(longer, restarts);
  }
  return *o.initial_learning_rate * cosine(fraction, std::pow(*o.m_mul, restarts), *o.alpha);
}

const std::vector<ScheduleClass>& classes() {
  static const std::vector<ScheduleClass> all = {
      {"ExponentialDecay",
       "ExponentialDecay",
       {{"initial_learning_rate", &O::initial_learning_rate},
        {"decay_steps", &O::decay_steps},
        {"decay_rate", &O::decay_rate},
        {"staircase", &O::staircase, 0}},
       exponential},
      {"PiecewiseConstantDecay",
       "PiecewiseConstant",
       {{"boundaries", &O::boundaries}, {"values", &O::values}},
       piecewise_constant},
      {"PolynomialDecay",
       "PolynomialDecay",
       {{"initial_learning_rate", &O::initial_learning_rate},
        {"decay_steps", &O::decay_steps},
        {"end_learning_rate", &O::end_learning_rate, 0.0001},
        {"power", &O::power, 1},
        {"cycle", &O::cycle, 0}},
       polynomial},
      {"InverseTimeDecay",
       "InverseTimeDecay",
       {{"initial_learning_rate", &O::initial_learning_rate},
        {"decay_steps", &O::decay_steps},
        {"decay_rate", &O::decay_rate},
        {"staircase", &O::staircase, 0}},
       inverse_time},
      {"CosineDecay",
       "CosineDecay",
       {{"initial_learning_rate", &O::initial_learning_rate},
        {"decay_steps", &O::decay_steps},
        {"alpha", &O::alpha, 0},
        {"warmup_target", &O::warmup_target, kNone},
        {"warmup_steps", &O::warmup_steps, 0}},
       cosine_decay},
      {"CosineDecayRestarts",
       "SGDRDecay",
       {{"initial_learning_rate", &O::initial_learning_rate},
        {"first_decay_steps", &O::first_decay_steps},
        {"t_mul", &O::t_mul, 2},
        {"m_mul", &O::m_mul, 1},
        {"alpha", &O::alpha, 0}},
       cosine_decay_restarts},
  };
  return all;
}

struct IsGiven {
  const ScheduleOptions& options;
  template <typename T>
  bool operator()(std::optional<T> ScheduleOptions::*member) const {
    return (options.*member).has_value();
  }
  bool operator()(std::vector<double> ScheduleOptions::*member) const { return !(options.*member).empty(); }
};

}  // namespace

bool ScheduleArgument::given(const ScheduleOptions& options) const {
  return std::visit(IsGiven{options}, member);
}

const ScheduleClass* find_schedule_class(std::string_view name) {
  const std::string wanted = snake_case(name);
  const auto found =
      std::ranges::find_if(classes(), [&](const auto& one) { return snake_case(one.name) == wanted; });
  return found == classes().end() ? nullptr : &*found;
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const ScheduleClass& one : classes()) names.push_back(snake_case(one.name));
  return names;
}

}  // namespace ktrain
