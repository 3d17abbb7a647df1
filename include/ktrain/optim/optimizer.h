#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrain/core/buffer.h"
#include "ktrain/optim/optimizer_options.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

class StateVisitor;

/// An update rule with its state in flat slots parallel to the trainable values (keras.optimizers). The same
/// bits on every rank for the same gradients. In float32, as Keras.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Keras's class name: "SGD", "Adam", …
  const std::string& class_name() const { return class_name_; }
  /// The options with the class's defaults filled in.
  const OptimizerOptions& options() const { return options_; }
  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double learning_rate) { learning_rate_ = learning_rate; }
  /// Updates done so far.
  std::int64_t iterations() const { return iterations_; }
  void set_iterations(std::int64_t iterations) { iterations_ = iterations; }

  /// Names of the slots in Keras's order ("momentum"; "momentum", "velocity"); each is a float per trainable
  /// element.
  std::span<const std::string> slot_names() const { return slot_names_; }
  /// Keras stores the first so many slots variable by variable (Adam: m0, v0, m1, v1, …), the others slot by
  /// slot.
  std::size_t interleaved_slots() const { return interleaved_slots_; }
  /// Slot `index`, known after bind.
  std::span<float> slot(std::size_t index);

  /// Takes the slots, zeroed, for these parameters; once, before the first step.
  void bind(const FlatParameters& parameters);

  /// One update of all trainable values: clipping, weight decay, the rule, iterations + 1. The gradients are
  /// only read. `gradient_norm` is the norm of all gradients for a caller that has it; global_clipnorm
  /// computes it otherwise.
  void step(FlatParameters& parameters, std::optional<double> gradient_norm = std::nullopt);

  void visit_state(StateVisitor& visitor);

 protected:
  struct Slots {
    std::vector<std::string> names;
    std::size_t interleaved = 0;
  };
  /// `options` with the defaults filled in.
  Optimizer(std::string class_name, const OptimizerOptions& options, Slots slots);

  /// What a rule works on: `count` elements from anywhere. A rule is element-wise and sees each gradient as
  /// clamp(g·gradient_scale, ±gradient_limit).
  struct Update {
    std::int64_t t;  ///< counts from 1
    float learning_rate;
    float weight_decay;  ///< w -= w·weight_decay·learning_rate comes first
    float gradient_scale;
    float gradient_limit;
    std::int64_t count;
    float* values;
    const float* gradients;
    std::array<float*, 3> slots;  ///< in the order of slot_names()
  };
  virtual void update(const Update& update) const = 0;

 private:
  void update_range(FlatParameters& parameters, Range range, float gradient_scale);

  std::string class_name_;
  OptimizerOptions options_;
  std::vector<std::string> slot_names_;
  std::size_t interleaved_slots_;
  double learning_rate_;
  std::int64_t iterations_ = 0;
  std::int64_t slot_elements_ = 0;
  std::vector<Buffer> slots_;
};

/// By Keras's class name, any case: sgd, adam, adamw, rmsprop. Throws Error{kUsage} for an unknown name,
/// Error{kConfiguration} for an option out of its range or one that the optimizer does not have.
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, const OptimizerOptions& options = {});

/// The norm of all gradients. Throws Error{kNonFinite} naming the variable and the element when a gradient is
/// not finite.
double finite_gradient_norm(FlatParameters& parameters);

}  // namespace ktrain
