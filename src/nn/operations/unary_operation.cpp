#include <cmath>

#include "core/check.h"
#include "nn/layers/build_checks.h"
#include "nn/operations/elementwise.h"
#include "nn/refuse.h"
#include "ops/map.h"
#include "ops/vector_math.h"

namespace ktrain {
namespace {

constexpr float kTwoOverRootPi = 1.12837916709551257F;

struct Options {
  UnaryKind kind;
  float low;
  float high;
};

/// visitor(value, slope): the function and its derivative, both of x.
template <typename Visitor>
void visit_smooth(const Options& o, const Visitor& visitor) {
  namespace vm = vector_math;
  switch (o.kind) {
    case UnaryKind::kNegative:
      return visitor([](float x) { return -x; }, [](float) { return -1.0F; });
    case UnaryKind::kAbsolute:
      return visitor([](float x) { return std::fabs(x); },
                     [](float x) { return x > 0   ? 1.0F
                                          : x < 0 ? -1.0F
                                                  : 0.0F; });
    case UnaryKind::kExp:
      return visitor([](float x) { return vm::exp(x); }, [](float x) { return vm::exp(x); });
    case UnaryKind::kExpm1:
      return visitor([](float x) { return std::expm1(x); }, [](float x) { return vm::exp(x); });
    case UnaryKind::kLog:
      return visitor([](float x) { return std::log(x); }, [](float x) { return 1 / x; });
    case UnaryKind::kLog1p:
      return visitor([](float x) { return std::log1p(x); }, [](float x) { return 1 / (1 + x); });
    case UnaryKind::kSqrt:
      return visitor([](float x) { return std::sqrt(x); }, [](float x) { return 0.5F / std::sqrt(x); });
    case UnaryKind::kRsqrt:
      return visitor([](float x) { return 1 / std::sqrt(x); },
                     [](float x) { return -0.5F / (x * std::sqrt(x)); });
    case UnaryKind::kSquare:
      return visitor([](float x) { return x * x; }, [](float x) { return 2 * x; });
    case UnaryKind::kReciprocal:
      return visitor([](float x) { return 1 / x; }, [](float x) { return -1 / (x * x); });
    case UnaryKind::kSin:
      return visitor([](float x) { return std::sin(x); }, [](float x) { return std::cos(x); });
    case UnaryKind::kCos:
      return visitor([](float x) { return std::cos(x); }, [](float x) { return -std::sin(x); });
    case UnaryKind::kErf:
      return visitor([](float x) { return std::erf(x); },
                     [](float x) { return kTwoOverRootPi * vm::exp(-x * x); });
    case UnaryKind::kClip:
      return visitor([low = o.low, high = o.high](float x) { return x < low    ? low
                                                                    : x > high ? high
                                                                               : x; },
                     [low = o.low, high = o.high](float x) { return x < low || x > high ? 0.0F : 1.0F; });
    default:
      KTRAIN_CHECK(false, "unary ", static_cast<int>(o.kind));
  }
}

template <typename Visitor>
void visit_steps(UnaryKind kind, const Visitor& visitor) {
  switch (kind) {
    case UnaryKind::kSign:
      return visitor([](float x) { return x > 0 ? 1.0F : x < 0 ? -1.0F : x; });
    case UnaryKind::kFloor:
      return visitor([](float x) { return std::floor(x); });
    case UnaryKind::kCeil:
      return visitor([](float x) { return std::ceil(x); });
    case UnaryKind::kRound:
      return visitor([](float x) { return std::nearbyint(x); });
    case UnaryKind::kTruncate:
      return visitor([](float x) { return std::trunc(x); });
    case UnaryKind::kNotZero:
      return visitor([](float x) { return x != 0 ? 1.0F : 0.0F; });
    case UnaryKind::kIsZero:
      return visitor([](float x) { return x == 0 ? 1.0F : 0.0F; });
    default:
      KTRAIN_CHECK(false, "unary ", static_cast<int>(kind));
  }
}

bool is_smooth(UnaryKind kind) {
  return kind < UnaryKind::kSign;
}

class UnaryKernel final : public LayerKernel {
 public:
  explicit UnaryKernel(const Options& options) : options_(options) {}

  void forward(const Forward& call) override {
    const float* x = call.inputs[0].data<float>();
    float* y = call.outputs[0].data<float>();
    const std::int64_t count = call.outputs[0].elements();
    const auto apply = [&](const auto& value, const auto&...) { map(x, y, count, kCostlyGrain, value); };
    if (is_smooth(options_.kind)) {
      visit_smooth(options_, apply);
    } else {
      visit_steps(options_.kind, apply);
    }
  }

  void backward(const Backward& call) override {
    if (call.input_gradients[0].empty()) return;
    const float* dy = call.output_gradients[0].data<float>();
    visit_smooth(options_, [&](const auto&, const auto& slope) {
      map(call.inputs[0].data<float>(), dy, call.input_gradients[0].data<float>(),
          call.input_gradients[0].elements(), kCostlyGrain, [&](float x, float g) { return g * slope(x); });
    });
  }

 private:
  Options options_;
};

class UnaryOperation final : public Layer {
 public:
  UnaryOperation(const std::string& name, const std::string& class_name, const Options& options)
      : Layer(name, class_name), options_(options) {}

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const Shape& input = single_input(*this, inputs);
    set_built();
    return {input};
  }
  bool is_differentiable() const override { return is_smooth(options_.kind); }
  std::unique_ptr<LayerKernel> prepare(std::int64_t, std::span<const Shape>, bool, std::uint32_t) override {
    return std::make_unique<UnaryKernel>(options_);
  }

 private:
  Options options_;
};

}  // namespace

std::unique_ptr<Layer> make_unary_operation(const std::string& name, const std::string& class_name,
                                            UnaryKind kind, float low, float high) {
  return std::make_unique<UnaryOperation>(name, class_name, Options{kind, low, high});
}

}  // namespace ktrain
