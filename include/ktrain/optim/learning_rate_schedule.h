#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ktrain {

/// The arguments of every schedule, with Keras 3's names and meaning; each schedule has its own. An absent
/// value means the Keras class's default.
struct ScheduleOptions {
  std::optional<double> initial_learning_rate = {};  ///< all but PiecewiseConstantDecay
  std::optional<double> decay_steps = {};
  std::optional<double> decay_rate = {};         ///< ExponentialDecay, InverseTimeDecay
  std::optional<bool> staircase = {};            ///< ExponentialDecay, InverseTimeDecay
  std::optional<double> end_learning_rate = {};  ///< PolynomialDecay
  std::optional<double> power = {};              ///< PolynomialDecay
  std::optional<bool> cycle = {};                ///< PolynomialDecay
  std::optional<double> alpha = {};              ///< CosineDecay, CosineDecayRestarts
  std::optional<double> warmup_target = {};      ///< CosineDecay
  std::optional<double> warmup_steps = {};       ///< CosineDecay
  std::optional<double> first_decay_steps = {};  ///< CosineDecayRestarts
  std::optional<double> t_mul = {};              ///< CosineDecayRestarts
  std::optional<double> m_mul = {};              ///< CosineDecayRestarts
  std::vector<double> boundaries = {};           ///< PiecewiseConstantDecay
  std::vector<double> values = {};               ///< PiecewiseConstantDecay
  std::optional<std::string> name = {};
};

/// A learning rate as a function of the iteration (keras.optimizers.schedules), which may lie between two
/// steps. With x = iteration, D = decay_steps and lr = initial_learning_rate: ExponentialDecay:
/// lr·decay_rate^(x/D), x/D rounded down with `staircase`; PiecewiseConstantDecay: values[i] up to and with
/// boundaries[i], the last value beyond; PolynomialDecay: (lr - end)(1 - min(x, D)/D)^power + end; with
/// `cycle` D is the next multiple of D from x on; InverseTimeDecay: lr / (1 + decay_rate·x/D), x/D rounded
/// down with `staircase`; CosineDecay: lr((1 - alpha)(1 + cos(pi·x/D))/2 + alpha) (Loshchilov and Hutter,
/// arXiv:1608.03983), with a warmup_target first a line to it over warmup_steps and the cosine from there;
/// CosineDecayRestarts: the cosine again and again, each t_mul times as long and m_mul times as high as the
/// one before.
class LearningRateSchedule {
 public:
  /// Throws Error{kConfiguration} for a class that there is not, an argument that it does not have, one that
  /// it lacks or one out of its range.
  LearningRateSchedule(const std::string& class_name, const ScheduleOptions& options);

  /// Keras's: "CosineDecay".
  const std::string& class_name() const { return class_name_; }
  /// With the class's defaults filled in.
  const ScheduleOptions& options() const { return options_; }

  double at(double iteration) const { return formula_(options_, iteration); }

 private:
  std::string class_name_;
  ScheduleOptions options_;
  double (*formula_)(const ScheduleOptions&, double iteration);
};

/// From "cosine_decay:decay_steps=1000,alpha=0.1": the class in snake case or Keras's spelling, its arguments
/// with commas between them, the items of a list with slashes. An initial learning rate that is not among
/// them is taken from `learning_rate`. Throws Error{kUsage} for what does not parse.
std::shared_ptr<const LearningRateSchedule> make_learning_rate_schedule(
    const std::string& specification, std::optional<double> learning_rate = {});

}  // namespace ktrain
