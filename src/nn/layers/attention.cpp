#include "ktrain/nn/layers/attention.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"
#include "nn/layers/attention_core.h"
#include "nn/layers/attention_masks.h"
#include "nn/refuse.h"
#include "ops/bias.h"

namespace ktrain {
namespace {

bool is_dot(const AttentionOptions& options) {
  return options.score_mode == ScoreMode::kDot;
}

class AttentionKernel final : public LayerKernel {
 public:
  AttentionKernel(const Layer& layer, const AttentionOptions& options, const AttentionSize& size,
                  std::uint32_t call, bool training)
      : layer_(layer),
        options_(options),
        size_(size),
        core_(size, MaskRule::kSubtract, {layer.name(), call, options.seed, options.dropout}, size.outer,
              training),
        allowed_(size, options.use_causal_mask, std::nullopt),
        dot_(size),
        tanh_(size),
        weights_(Shape{size.key_width}) {
    if (!training) return;
    if (options.masked) masked_gradient_ = Tensor(Shape{size.outer, size.queries, size.value_width});
    if (is_dot(options)) {
      scale_gradients_.resize(static_cast<std::size_t>(size.outer));
      return;
    }
    query_gradient_ = Tensor(Shape{size.outer, size.queries, size.key_width});
    key_gradient_ = Tensor(Shape{size.outer, size.keys, size.key_width});
    weight_gradients_ = Tensor(Shape{size.outer, size.key_width});
    scale_gradients_.resize(static_cast<std::size_t>(size.outer));
  }

  void forward(const Forward& call) override {
    AttentionScores& scores = bind(call.inputs);
    output_ = call.outputs[0].data<float>();
    core_.forward(call.step, scores, call.inputs[1].data<float>(), allowed(call.inputs), output_);
    if (options_.masked) zero_masked_queries(call.inputs, output_);
    if (options_.return_attention_scores) {
      std::copy_n(core_.probabilities(), size_.outer * size_.scores(), call.outputs[1].data<float>());
    }
  }

  void backward(const Backward& call) override {
    AttentionScores& scores = bind(call.inputs);
    const bool own_key = options_.has_key;
    const TensorView dvalue = call.input_gradients[1];
    const TensorView dkey = call.input_gradients[own_key ? 2 : 1];
    // Without a key of its own the value's gradient is a sum of two.
    if (!own_key && !dvalue.empty() && shared_.shape().rank() == 0) shared_ = Tensor(dvalue.shape());
    float* to_value = address(dvalue);
    float* to_key = !own_key && !dvalue.empty() ? shared_.span<float>().data() : address(dkey);
    set_gradients(call, address(call.input_gradients[0]), to_key);
    const bool returned = options_.return_attention_scores && !call.output_gradients[1].empty();
    const float* dscores = returned ? call.output_gradients[1].data<float>() : nullptr;
    const float* doutput = output_gradient(call);
    if (doutput == nullptr && to_value != nullptr) std::fill_n(to_value, dvalue.elements(), 0.0F);
    core_.backward(scores, call.inputs[1].data<float>(), allowed(call.inputs), doutput, dscores, to_value);
    finish_gradients(call, to_key);
    if (!own_key && to_value != nullptr) {
      for (std::int64_t i = 0; i < dvalue.elements(); ++i) to_value[i] += to_key[i];
    }
  }

 private:
  static float* address(TensorView view) { return view.empty() ? nullptr : view.data<float>(); }
  float parameter(std::size_t index) const { return *layer_.parameters()[index].data<float>(); }
  std::size_t masks_at() const { return options_.has_key ? 3 : 2; }

  AllowedPositions allowed(std::span<const ConstTensorView> inputs) {
    return options_.masked ? allowed_.of({}, inputs[masks_at() + 1], {}, {}) : allowed_.of({}, {}, {}, {});
  }

  AttentionScores& bind(std::span<const ConstTensorView> inputs) {
    const auto* query = inputs[0].data<float>();
    const auto* key = inputs[options_.has_key ? 2 : 1].data<float>();
    if (is_dot(options_)) {
      dot_.query = query;
      dot_.key = key;
      dot_.scale = options_.use_scale ? parameter(0) : 1;
      return dot_;
    }
    const bool additive = options_.score_mode == ScoreMode::kAdditive;
    const auto weights = weights_.span<float>();
    if (additive && options_.use_scale) {
      std::ranges::copy(layer_.parameters()[0].span<float>(), weights.begin());
    } else {
      std::ranges::fill(weights, additive ? 1.0F : parameter(options_.use_scale ? 1 : 0));
    }
    tanh_.query = query;
    tanh_.key = key;
    tanh_.weights = weights.data();
    tanh_.factor = options_.use_scale && !additive ? parameter(0) : 1;
    return tanh_;
  }

  void zero_masked_queries(std::span<const ConstTensorView> inputs, float* values) const {
    const auto* mask = inputs[masks_at()].data<float>();
    for (std::int64_t i = 0; i < size_.outer * size_.queries; ++i) {
      if (mask[i] == 0) std::fill_n(values + i * size_.value_width, size_.value_width, 0.0F);
    }
  }

  const float* output_gradient(const Backward& call) {
    if (call.output_gradients[0].empty()) return nullptr;
    const auto* gradient = call.output_gradients[0].data<float>();
    if (!options_.masked) return gradient;
    std::copy_n(gradient, size_.outer * size_.queries * size_.value_width,
                masked_gradient_.span<float>().data());
    zero_masked_queries(call.inputs, masked_gradient_.span<float>().data());
    return masked_gradient_.span<float>().data();
  }

  void set_gradients(const Backward& call, float* query, float* key) {
    if (is_dot(options_)) {
      dot_.query_gradient = query;
      dot_.key_gradient = key;
      const bool wanted = options_.use_scale && !call.parameter_gradients[0].empty();
      dot_.scale_gradients = wanted ? scale_gradients_.data() : nullptr;
      return;
    }
    tanh_.query_gradient = query_gradient_.span<float>().data();
    tanh_.key_gradient = key_gradient_.span<float>().data();
    tanh_.weight_gradients = weight_gradients_.span<float>().data();
    tanh_.factor_gradients = scale_gradients_.data();
  }

  void finish_gradients(const Backward& call, float* key) {
    const auto scale = [&] {
      return static_cast<float>(std::accumulate(scale_gradients_.begin(), scale_gradients_.end(), 0.0));
    };
    const auto& wanted = call.parameter_gradients;
    if (is_dot(options_)) {
      if (options_.use_scale && !wanted[0].empty()) *wanted[0].data<float>() = scale();
      return;
    }
    if (float* query = address(call.input_gradients[0])) {
      std::ranges::copy(query_gradient_.span<float>(), query);
    }
    if (key != nullptr) std::ranges::copy(key_gradient_.span<float>(), key);
    const auto* rows = weight_gradients_.span<float>().data();
    if (options_.score_mode == ScoreMode::kAdditive) {
      if (options_.use_scale && !wanted[0].empty()) {
        bias_gradient(rows, wanted[0].data<float>(), size_.outer, size_.key_width);
      }
      return;
    }
    const std::size_t at = options_.use_scale ? 1 : 0;
    if (options_.use_scale && !wanted[0].empty()) *wanted[0].data<float>() = scale();
    if (wanted[at].empty()) return;
    const auto values = weight_gradients_.span<float>();
    *wanted[at].data<float>() = static_cast<float>(std::accumulate(values.begin(), values.end(), 0.0));
  }

  const Layer& layer_;
  AttentionOptions options_;
  AttentionSize size_;
  AttentionCore core_;
  AttentionMasks allowed_;
  DotScores dot_;
  TanhScores tanh_;
  Tensor weights_;
  float* output_ = nullptr;
  Tensor masked_gradient_;
  Tensor shared_;
  Tensor query_gradient_;
  Tensor key_gradient_;
  Tensor weight_gradients_;
  std::vector<double> scale_gradients_;
};

class Attention final : public Layer {
 public:
  Attention(const std::string& name, const std::string& class_name, const AttentionOptions& options,
            bool trainable)
      : Layer(name, class_name, trainable), options_(options) {
    if (!(options.dropout >= 0 && options.dropout <= 1)) {
      refuse(*this, "dropout ", options.dropout, " is not in [0, 1]");
    }
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    check(inputs);
    const auto scalar = [&](const char* name) {
      declare({.name = name,
               .shape = Shape{},
               .trainable = true,
               .initializer = make_initializer("Ones"),
               .regularizer = {}});
    };
    if (options_.use_scale && options_.score_mode == ScoreMode::kAdditive) {
      declare({.name = "scale",
               .shape = Shape{inputs[0][1]},
               .trainable = true,
               .initializer = make_initializer("GlorotUniform"),
               .regularizer = {}});
    } else if (options_.use_scale) {
      scalar("scale");
    }
    if (options_.score_mode == ScoreMode::kConcat) scalar("concat_score_weight");
    set_built();
    std::vector<Shape> outputs{{inputs[0][0], inputs[1][1]}};
    if (options_.return_attention_scores) outputs.push_back({inputs[0][0], inputs[1][0]});
    return outputs;
  }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override {
    const AttentionSize size{.outer = rows,
                             .queries = inputs[0][0],
                             .keys = inputs[1][0],
                             .key_width = inputs[0][1],
                             .value_width = inputs[1][1]};
    return std::make_unique<AttentionKernel>(*this, options_, size, call, training);
  }

 private:
  void check(std::span<const Shape> inputs) const {
    const std::size_t tensors = options_.has_key ? 3 : 2;
    const std::size_t most = tensors * (options_.masked ? 2 : 1);
    if (inputs.size() < tensors || inputs.size() > most) {
      refuse(*this, "takes query, value and perhaps a key, not ", inputs.size(), " inputs");
    }
    for (std::size_t i = 0; i < tensors; ++i) {
      if (inputs[i].rank() != 2) refuse(*this, "takes sequences (steps, features), not ", inputs[i]);
    }
    const Shape& key = inputs[options_.has_key ? 2 : 1];
    if (key[1] != inputs[0][1] || key[0] != inputs[1][0]) {
      refuse(*this, "query ", inputs[0], ", value ", inputs[1], " and key ", key, " do not fit");
    }
    if (!options_.masked) return;
    if (inputs.size() < tensors + 2 || inputs[tensors] != Shape{inputs[0][0]} ||
        inputs[tensors + 1] != Shape{inputs[1][0]}) {
      refuse(*this, "needs a mask (steps,) for its query and one for its value");
    }
  }

  AttentionOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_attention(const std::string& name, const std::string& class_name,
                                      const AttentionOptions& options, bool trainable) {
  return std::make_unique<Attention>(name, class_name, options, trainable);
}

}  // namespace ktrain
