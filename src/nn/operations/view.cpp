#include "nn/operations/view.h"

#include <utility>

#include "core/check.h"
#include "nn/layers/build_checks.h"

namespace ktrain {
namespace {

class RuledView final : public Layer {
 public:
  RuledView(const std::string& name, const std::string& class_name, ViewRule rule)
      : Layer(name, class_name), rule_(std::move(rule)) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    const Shape output = rule_(*this, input);
    KTRAIN_CHECK(output.elements() == input.elements(), name(), " ", input, " -> ", output);
    set_built();
    return {output};
  }
  bool passes_through(bool) const override { return true; }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    KTRAIN_CHECK(false, name(), " passes through and has no kernel");
    return nullptr;
  }

 private:
  ViewRule rule_;
};

}  // namespace

std::unique_ptr<Layer> make_view(const std::string& name, const std::string& class_name, ViewRule rule) {
  return std::make_unique<RuledView>(name, class_name, std::move(rule));
}

}  // namespace ktrain
