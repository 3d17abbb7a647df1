#include <algorithm>
#include <utility>

#include "core/check.h"
#include "ktrain/nn/layers/activity_regularization.h"
#include "ktrain/nn/layers/flatten.h"
#include "ktrain/nn/layers/identity.h"
#include "ktrain/nn/layers/reshape.h"
#include "nn/layers/build_checks.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

/// A layer whose output is its input under another shape.
class View : public Layer {
 public:
  using Layer::Layer;

  std::vector<Shape> build(std::span<const Shape> inputs) final {
    const Shape output = view_of(single_input(*this, inputs));
    set_built();
    return {output};
  }
  bool passes_through(bool) const final { return true; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) final {
    KTRAIN_CHECK(false, name(), " passes through and has no kernel");
    return nullptr;
  }

 private:
  virtual Shape view_of(const Shape& input) const = 0;
};

class Identity final : public View {
 public:
  using View::View;

 private:
  Shape view_of(const Shape& input) const override { return input; }
};

class Flatten final : public View {
 public:
  Flatten(const std::string& name, bool trainable) : View(name, "Flatten", trainable) {}

 private:
  Shape view_of(const Shape& input) const override { return {input.elements()}; }
};

class Reshape final : public View {
 public:
  Reshape(const std::string& name, const ReshapeOptions& options, bool trainable)
      : View(name, "Reshape", trainable), target_(options.target_shape) {
    if (target_.size() >= static_cast<std::size_t>(Shape::kMaxRank)) {
      refuse(*this, "target_shape has ", target_.size(), " dimensions; at most ", Shape::kMaxRank - 1);
    }
    if (std::ranges::count(target_, -1) > 1) refuse(*this, "target_shape has more than one -1");
    for (const std::int64_t dim : target_) {
      if (dim < -1) refuse(*this, "target_shape has a dimension of ", dim);
    }
  }

 private:
  Shape view_of(const Shape& input) const override {
    Shape output{std::span(target_)};
    std::int64_t known = 1;
    for (const std::int64_t dim : target_) known *= dim == -1 ? 1 : dim;
    for (int axis = 0; axis < output.rank(); ++axis) {
      if (output[axis] == -1) output[axis] = known == 0 ? 0 : input.elements() / known;
    }
    if (output.elements() != input.elements()) {
      refuse(*this, "samples of shape ", input, " do not fit target_shape ", Shape{std::span(target_)});
    }
    return output;
  }

  std::vector<std::int64_t> target_;
};

}  // namespace

std::unique_ptr<Layer> make_identity(const std::string& name, bool trainable) {
  return std::make_unique<Identity>(name, "Identity", trainable);
}

std::unique_ptr<Layer> make_activity_regularization(const std::string& name, bool trainable) {
  return std::make_unique<Identity>(name, "ActivityRegularization", trainable);
}

std::unique_ptr<Layer> make_flatten(const std::string& name, bool trainable) {
  return std::make_unique<Flatten>(name, trainable);
}

std::unique_ptr<Layer> make_reshape(const std::string& name, const ReshapeOptions& options, bool trainable) {
  return std::make_unique<Reshape>(name, options, trainable);
}

}  // namespace ktrain
