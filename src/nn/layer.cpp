#include "ktrain/nn/layer.h"

#include <algorithm>
#include <utility>

#include "nn/refuse.h"

namespace ktrain {

void LayerKernel::forward_sums(const Forward&, std::span<double>) {}
void LayerKernel::backward_sums(const Backward&, std::span<double>) {}

Layer::Layer(std::string name, std::string class_name, bool trainable)
    : name_(std::move(name)), class_name_(std::move(class_name)), trainable_(trainable) {}

bool Layer::passes_through(bool) const {
  return false;
}
void Layer::end_step(const StepContext&, std::span<const double>) {}

void Layer::declare(ParameterSpec spec) {
  if (built_) return;
  if (std::ranges::any_of(spec.shape.dims(), [](std::int64_t dim) { return dim < 1; })) {
    refuse(*this, "its variable ", spec.name, " has the shape ", spec.shape);
  }
  if (const auto axis = misplaced_axis(spec.constraint, spec.shape)) {
    refuse(*this, "the constraint of ", spec.name, " ", spec.shape, " runs over axis ", *axis);
  }
  spec.trainable = spec.trainable && trainable_;
  specs_.push_back(std::move(spec));
}

}  // namespace ktrain
