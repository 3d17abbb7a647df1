#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrain/core/buffer.h"
#include "ktrain/core/dtype.h"
#include "ktrain/optim/optimizer_options.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

class StateVisitor;
struct OptimizerUpdate;

/// A variable of Keras's optimizer: what its files hold.
struct OptimizerVariable {
  std::string name;       ///< Keras's: "momentum", "u_product"
  std::string parameter;  ///< the path of the variable that it belongs to; "" for the optimizer's own
  Shape shape;
  void* data = nullptr;  ///< null: Keras keeps an unused zero here
  DType dtype = DType::kFloat32;
};

/// An update rule with its state (keras.optimizers), for the most part in flat slots parallel to the
/// trainable values. The same bits on every rank for the same gradients. In float32, as Keras.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Keras's class name: "SGD", "Adam", …
  const std::string& class_name() const { return class_name_; }
  /// The options with the class's defaults filled in.
  const OptimizerOptions& options() const { return options_; }
  /// Under a schedule: of the latest step.
  double learning_rate() const { return learning_rate_; }
  /// Throws Error{kConfiguration} under a schedule, as in Keras.
  void set_learning_rate(double learning_rate);
  /// Of a ramp: what the learning rate is multiplied with in the steps to come, 1 at first. No state.
  void set_learning_rate_factor(double factor) { learning_rate_factor_ = factor; }
  double learning_rate_factor() const { return learning_rate_factor_; }
  /// Goes on with the numbers of another optimizer of the same class, and its learning rate or schedule. What
  /// decides which state there is (AMSGrad, momentum or not, accumulation, use_ema) must be the same.
  void take_hyper_parameters(const Optimizer& other, const FlatParameters& parameters);
  /// Steps done so far: Keras's counter. With gradient accumulation fewer were updates.
  std::int64_t iterations() const { return iterations_; }
  void set_iterations(std::int64_t iterations) { iterations_ = iterations; }

  /// True when the rule needs all of a tensor at once (Lamb, Adafactor, Muon).
  virtual bool whole_tensor() const { return false; }

  /// Names of the slots ("average", "gradient_accumulator", then the rule's: "momentum", "velocity"); each is
  /// a float per trainable element.
  std::span<const std::string> slot_names() const { return slot_names_; }
  /// Slot `index`, known after bind.
  std::span<float> slot(std::size_t index);

  /// Keras's optimizer variables in its order, without the iteration and the learning rate, which come first.
  /// After bind to these parameters; valid as long as the optimizer.
  std::vector<OptimizerVariable> variables(const FlatParameters& parameters);

  /// Takes the state as at the beginning, for these parameters; once, before the first step.
  void bind(const FlatParameters& parameters);

  /// One step with these gradients, which are only read: accumulation, clipping, weight decay, the rule, the
  /// moving average, iterations + 1. `gradient_norm` is the norm of all gradients for a caller that has it. A
  /// schedule is read at `schedule_iteration`, the iteration when it is absent. Allocates nothing.
  void step(FlatParameters& parameters, std::optional<double> gradient_norm = std::nullopt,
            std::optional<double> schedule_iteration = std::nullopt);

  /// What Keras does at the end of fit: with use_ema the trainable values become their moving average.
  void finalize(FlatParameters& parameters);

  void visit_state(StateVisitor& visitor);

 protected:
  struct Slots {
    std::vector<std::string> names;
    std::size_t interleaved =
        0;              ///< Keras stores the first so many variable by variable (Adam: m0, v0, m1, v1, …)
    float initial = 0;  ///< of the first slot
  };
  /// `options` with the defaults filled in.
  Optimizer(std::string class_name, const OptimizerOptions& options, Slots slots);

  /// The rule on any range of elements (or on a piece of a tensor); called on several threads.
  virtual void update(const OptimizerUpdate&) const {}
  /// The rule of a whole_tensor optimizer; `index` counts the trainable parameters.
  virtual void update_tensor(const OptimizerUpdate&, const Parameter&, std::size_t index);

  virtual void bind_own(const FlatParameters&) {}
  virtual void begin_first_step(FlatParameters&) {}
  /// Before the rule is applied for the `t`-th time.
  virtual void begin_update(std::int64_t /*t*/) {}
  virtual void visit_own_state(StateVisitor&) {}
  virtual double weight_decay_of(const Parameter& parameter) const;
  virtual void add_rule_variables(const FlatParameters& parameters,
                                  std::vector<OptimizerVariable>& variables);

  void add_slot_variable(const Parameter& parameter, std::size_t rule_slot,
                         std::vector<OptimizerVariable>& variables);
  /// Slot of the rule, in its order.
  float* rule_slot(std::size_t index) { return slots_[first_rule_slot_ + index].data<float>(); }

 private:
  /// Elements that are updated alike.
  struct Segment {
    Range range;
    float weight_decay;
    std::size_t parameter;  ///< the first of them, in parameters()
    std::size_t index;      ///< the same among the trainable ones
  };
  void make_segments(const FlatParameters& parameters);
  std::int64_t accumulation() const { return options_.gradient_accumulation_steps.value_or(1); }
  const float* accumulate(FlatParameters& parameters);
  void update_all(FlatParameters& parameters, const float* gradients, std::optional<double> gradient_norm);
  void update_segment(FlatParameters& parameters, const Segment& segment, const float* gradients,
                      float scale);
  void update_average(FlatParameters& parameters);
  void add_block(const FlatParameters& parameters, std::size_t slot,
                 std::vector<OptimizerVariable>& variables);

  std::string class_name_;
  OptimizerOptions options_;
  std::vector<std::string> slot_names_;
  std::size_t first_rule_slot_ = 0;
  std::size_t interleaved_slots_;
  float initial_;
  double learning_rate_;
  double learning_rate_factor_ = 1;
  std::int64_t iterations_ = 0;
  std::int64_t slot_elements_ = 0;
  std::vector<Buffer> slots_;
  std::vector<Segment> segments_;
};

/// By Keras's class name, any case, with arguments of its own behind it: "adam",
/// "ftrl:beta=0.1,epsilon=1e-5"; items of a list have slashes between them. Throws Error{kUsage} for an
/// unknown name or what does not parse, Error{kConfiguration} for an option out of its range, one that the
/// optimizer does not have or one given twice.
std::unique_ptr<Optimizer> make_optimizer(const std::string& specification,
                                          const OptimizerOptions& options = {});

/// The names that make_optimizer knows.
std::vector<std::string> optimizer_names();

/// The norm of all gradients. Throws Error{kNonFinite} naming the variable and the element when a gradient is
/// not finite.
double finite_gradient_norm(FlatParameters& parameters);

}  // namespace ktrain
