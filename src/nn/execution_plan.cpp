#include "nn/execution_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/check.h"
#include "nn/memory_plan.h"

namespace ktrain {
namespace {

using Action = ExecutionPlan::InputGradient::Action;

/// Time runs 0 … calls-1 forward, calls at the loss, then backward in the reverse order: backward of call i
/// is at 2·calls - i.
class Planner {
 public:
  Planner(const Model& model, std::int64_t rows, Gradients gradients)
      : model_(model),
        rows_(rows),
        training_(gradients != Gradients::kNone),
        of_inputs_(gradients == Gradients::kInputsAndVariables),
        calls_(static_cast<int>(model.calls().size())),
        value_root_(model.tensors().size()),
        gradient_root_(model.tensors().size(), -1) {
    plan_.values.resize(model.tensors().size());
    plan_.gradients.assign(model.tensors().size(), -1);
    plan_.calls.resize(model.calls().size());
    plan_.layer_runs_backward.resize(model.layers().size());
    for (std::size_t i = 0; i < model.outputs().size(); ++i) loss_tensors_.push_back(model.loss_tensor(i));
  }

  ExecutionPlan run() {
    find_value_roots();
    if (training_) {
      find_who_runs_backward();
      find_gradient_actions();
      find_layer_order();
    }
    place();
    return std::move(plan_);
  }

 private:
  static std::size_t at(int id) { return static_cast<std::size_t>(id); }
  const Model::Call& call(int i) const { return model_.calls()[at(i)]; }
  Layer& layer_of(int i) const { return model_.layer_of(call(i)); }
  int backward_time(int i) const { return 2 * calls_ - i; }
  int end() const { return training_ ? 2 * calls_ + 1 : calls_; }

  void find_value_roots() {
    for (std::size_t t = 0; t < value_root_.size(); ++t) value_root_[t] = static_cast<int>(t);
    for (int i = 0; i < calls_; ++i) {
      plan_.calls[at(i)].passes_through = layer_of(i).passes_through(training_);
      plan_.calls[at(i)].passes_gradient_through = layer_of(i).passes_gradient_through();
      if (plan_.calls[at(i)].passes_through)
        value_root_[at(call(i).outputs[0])] = value_root_[at(call(i).inputs[0])];
    }
  }

  bool any_input(int i, const std::vector<bool>& of) const {
    return std::ranges::any_of(call(i).inputs, [&](int input) { return of[at(input)]; });
  }

  bool any_output(int i, const std::vector<bool>& of) const {
    return std::ranges::any_of(call(i).outputs, [&](int output) { return of[at(output)]; });
  }

  /// A call runs backward when a trainable variable (or an input whose gradient is asked for) lies at or
  /// before it and what a loss is a function of behind it; a call without outputs is an end of its own.
  void find_who_runs_backward() {
    std::vector<bool> before(model_.tensors().size()), behind(model_.tensors().size());
    for (const int input : model_.inputs()) before[at(input)] = of_inputs_;
    for (int i = 0; i < calls_; ++i) {
      const auto specs = layer_of(i).parameter_specs();
      bool trainable = std::ranges::any_of(specs, [](const ParameterSpec& spec) { return spec.trainable; });
      for (const int input : call(i).inputs) {
        trainable = trainable || (before[at(input)] && layer_of(i).is_differentiable());
      }
      for (const int output : call(i).outputs) before[at(output)] = trainable;
    }
    for (const int tensor : loss_tensors_) behind[at(tensor)] = true;
    for (int i = calls_ - 1; i >= 0; --i) {
      const bool reaches = call(i).outputs.empty() || any_output(i, behind);
      if (!layer_of(i).is_differentiable() || !reaches) continue;
      for (const int input : call(i).inputs) behind[at(input)] = true;
    }
    for (std::size_t t = 0; t < before.size(); ++t) wanted_.push_back(before[t] && behind[t]);
    for (int i = 0; i < calls_; ++i) {
      plan_.calls[at(i)].runs_backward =
          call(i).outputs.empty() ? any_input(i, wanted_) : any_output(i, wanted_);
    }
  }

  /// Gradients of a tensor are written by whoever comes first in backward order (the loss before all), the
  /// others add.
  void find_gradient_actions() {
    std::vector<int> contributions(model_.tensors().size());
    std::vector<bool> written(model_.tensors().size());
    for (const int tensor : loss_tensors_) {
      KTRAIN_CHECK(!written[at(tensor)], "tensor ", tensor, " is an output twice");
      written[at(tensor)] = true;
      ++contributions[at(tensor)];
      if (wanted_[at(tensor)]) gradient_root_[at(tensor)] = tensor;
    }
    for (int i = 0; i < calls_; ++i) {
      if (!plan_.calls[at(i)].runs_backward) continue;
      if (!layer_of(i).is_differentiable()) continue;
      for (const int input : call(i).inputs) ++contributions[at(input)];
    }
    for (int i = calls_ - 1; i >= 0; --i) {
      auto& plan = plan_.calls[at(i)];
      plan.input_gradients.resize(call(i).inputs.size());
      if (!plan.runs_backward || !layer_of(i).is_differentiable()) continue;
      const bool through = plan.passes_through || plan.passes_gradient_through;
      for (std::size_t k = 0; k < call(i).inputs.size(); ++k) {
        const int input = call(i).inputs[k];
        if (!wanted_[at(input)]) continue;
        plan.input_gradients[k].action = through && contributions[at(input)] == 1 ? Action::kShare
                                         : written[at(input)]                     ? Action::kAdd
                                                                                  : Action::kWrite;
        written[at(input)] = true;
        const bool share = plan.input_gradients[k].action == Action::kShare;
        if (gradient_root_[at(input)] < 0) {
          gradient_root_[at(input)] = share ? gradient_root_[at(call(i).outputs[0])] : input;
        }
      }
    }
  }

  void find_layer_order() {
    std::map<int, int> first, last;
    for (int i = calls_ - 1; i >= 0; --i) {
      if (!plan_.calls[at(i)].runs_backward) continue;
      plan_.layer_runs_backward[at(call(i).layer)] = true;
      first.emplace(call(i).layer, i);
      last[call(i).layer] = i;
    }
    for (const auto& [layer, i] : first) plan_.calls[at(i)].first_of_layer = true;
    for (const auto& [layer, i] : last) plan_.calls[at(i)].last_of_layer = true;
  }

  std::int64_t bytes_of(int tensor) const {
    const std::int64_t elements = model_.tensors()[at(tensor)].sample_shape.elements();
    return rows_ * elements * static_cast<std::int64_t>(sizeof(float));
  }

  /// Extends the life of `root`'s block to include `time`.
  static void extend(std::map<int, Interval>& lives, int root, std::int64_t bytes, int time) {
    auto [life, is_new] = lives.try_emplace(root, Interval{bytes, time, time});
    life->second.first = std::min(life->second.first, time);
    life->second.last = std::max(life->second.last, time);
  }

  void live_values(std::map<int, Interval>& lives) const {
    for (int i = 0; i < calls_; ++i) {
      std::vector<int> used = call(i).inputs;
      used.insert(used.end(), call(i).outputs.begin(), call(i).outputs.end());
      for (const int tensor : used) {
        const int root = value_root_[at(tensor)];
        extend(lives, root, bytes_of(root), i);
        if (plan_.calls[at(i)].runs_backward) extend(lives, root, bytes_of(root), backward_time(i));
      }
    }
    std::vector<int> kept(model_.outputs().begin(), model_.outputs().end());
    kept.insert(kept.end(), loss_tensors_.begin(), loss_tensors_.end());
    for (const int tensor : kept) {
      const int root = value_root_[at(tensor)];
      extend(lives, root, bytes_of(root), end());
    }
    for (const int mask : model_.output_masks()) {
      if (mask != Model::kNoTensor)
        extend(lives, value_root_[at(mask)], bytes_of(value_root_[at(mask)]), end());
    }
    for (const int input : model_.inputs()) lives.erase(input);
  }

  void live_gradients(std::map<int, Interval>& lives) const {
    for (const int tensor : loss_tensors_) {
      if (wanted_[at(tensor)]) extend(lives, gradient_root_[at(tensor)], bytes_of(tensor), calls_);
    }
    for (const int input : model_.inputs()) {
      const int root = gradient_root_[at(input)];
      if (root >= 0) extend(lives, root, bytes_of(root), end());
    }
    for (int i = 0; i < calls_; ++i) {
      if (!plan_.calls[at(i)].runs_backward) continue;
      for (const int output : call(i).outputs) {
        const int root = gradient_root_[at(output)];
        if (root >= 0) extend(lives, root, bytes_of(root), backward_time(i));
      }
      for (const int input : call(i).inputs) {
        if (!wanted_[at(input)]) continue;
        const int root = gradient_root_[at(input)];
        extend(lives, root, bytes_of(root), backward_time(i));
      }
    }
  }

  void place() {
    std::map<int, Interval> values, gradients;
    live_values(values);
    if (training_) live_gradients(gradients);
    std::vector<Interval> intervals;
    for (const auto& [root, life] : values) intervals.push_back(life);
    for (const auto& [root, life] : gradients) intervals.push_back(life);
    std::vector<ExecutionPlan::InputGradient*> scratches;
    for (int i = 0; i < calls_; ++i) {
      if (plan_.calls[at(i)].passes_through || plan_.calls[at(i)].passes_gradient_through) continue;
      auto& actions = plan_.calls[at(i)].input_gradients;
      for (std::size_t k = 0; k < actions.size(); ++k) {
        if (actions[k].action != Action::kAdd) continue;
        intervals.push_back({bytes_of(call(i).inputs[k]), backward_time(i), backward_time(i)});
        scratches.push_back(&actions[k]);
      }
    }
    const MemoryPlan memory = plan_memory(intervals);
    plan_.bytes = memory.bytes;
    auto offset = memory.offsets.begin();
    std::map<int, std::int64_t> value_offset, gradient_offset;
    for (const auto& [root, life] : values) value_offset[root] = *offset++;
    for (const auto& [root, life] : gradients) gradient_offset[root] = *offset++;
    for (auto* scratch : scratches) scratch->scratch = *offset++;
    assign_places(value_offset, gradient_offset);
  }

  void assign_places(const std::map<int, std::int64_t>& values,
                     const std::map<int, std::int64_t>& gradients) {
    for (std::size_t t = 0; t < plan_.values.size(); ++t) {
      const auto input = std::ranges::find(model_.inputs(), value_root_[t]);
      if (input != model_.inputs().end()) {
        plan_.values[t].input = static_cast<int>(input - model_.inputs().begin());
      } else if (const auto value = values.find(value_root_[t]); value != values.end()) {
        plan_.values[t].offset = value->second;
      }
      if (gradient_root_[t] >= 0) plan_.gradients[t] = gradients.at(gradient_root_[t]);
    }
  }

  const Model& model_;
  std::int64_t rows_;
  bool training_;
  bool of_inputs_;
  int calls_;
  std::vector<int> loss_tensors_;   ///< what the losses of the outputs are functions of
  std::vector<int> value_root_;     ///< the tensor whose memory a tensor uses
  std::vector<int> gradient_root_;  ///< likewise for gradients; -1 without
  std::vector<bool> wanted_;        ///< whose gradient is needed
  ExecutionPlan plan_;
};

}  // namespace

ExecutionPlan plan_execution(const Model& model, std::int64_t rows, Gradients gradients) {
  return Planner(model, rows, gradients).run();
}

}  // namespace ktrain
