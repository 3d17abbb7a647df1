#include "ktrain/nn/layers/multi_head_attention.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "nn/layers/moved_axes.h"
#include "nn/layers/multi_head_attention_kernel.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

/// Fills a kernel (in…, out…) as the matrix that it is: its fans are those of its two sides.
class MatrixInitializer final : public Initializer {
 public:
  MatrixInitializer(std::shared_ptr<const Initializer> initializer, std::int64_t in)
      : initializer_(std::move(initializer)), in_(in) {}

  void fill(const Shape& shape, std::span<float> values, const RandomStream& random) const override {
    initializer_->fill({in_, shape.elements() / in_}, values, random);
  }

 private:
  std::shared_ptr<const Initializer> initializer_;
  std::int64_t in_;
};

class MultiHeadAttention final : public Layer {
 public:
  MultiHeadAttention(const std::string& name, MultiHeadAttentionOptions options, bool trainable)
      : Layer(name, options.class_name, trainable), options_(std::move(options)) {
    if (options_.key_value_heads == 0) options_.key_value_heads = options_.num_heads;
    if (options_.value_dim == 0) options_.value_dim = options_.key_dim;
    for (const std::int64_t size :
         {options_.num_heads, options_.key_value_heads, options_.key_dim, options_.value_dim}) {
      if (size < 1) refuse(*this, "heads and their sizes must be at least 1, not ", size);
    }
    if (options_.num_heads % options_.key_value_heads != 0) {
      refuse(*this, options_.num_heads, " query heads are no multiple of ", options_.key_value_heads,
             " key and value heads");
    }
    if (!(options_.dropout >= 0 && options_.dropout <= 1)) {
      refuse(*this, "dropout ", options_.dropout, " is not in [0, 1]");
    }
    if (options_.sliding_window && *options_.sliding_window < 1)
      refuse(*this, "sliding_window must be positive");
  }

  std::vector<Shape> build(std::span<const Shape> inputs) override {
    const std::vector<int> axes = attended_axes(inputs);
    const Shape& query = inputs[0];
    const Shape& key = inputs[options_.key < 0 ? 1 : static_cast<std::size_t>(options_.key)];
    const std::int64_t heads = options_.num_heads, pairs = options_.key_value_heads;
    project("query", "query_dense", {query[-1]}, {heads, options_.key_dim});
    project("key", "key_dense", {key[-1]}, {pairs, options_.key_dim});
    if (options_.use_gate) gate(query[-1]);
    project("value", "value_dense", {inputs[1][-1]}, {pairs, options_.value_dim});
    project("attention_output", "output_dense", {heads, options_.value_dim}, output_features(query));
    set_built();
    std::vector<Shape> outputs{output_shape(query)};
    if (options_.return_attention_scores) outputs.push_back(scores_shape(axes, query, inputs[1]));
    return outputs;
  }

  bool has_activity_penalty() const override { return options_.activity_regularizer.active(); }

  std::unique_ptr<LayerKernel> prepare(std::int64_t rows, std::span<const Shape> inputs, bool training,
                                       std::uint32_t call) override {
    const std::vector<int> axes = attended_axes(inputs);
    const auto count = static_cast<int>(axes.size());
    std::vector<Shape> shapes(inputs.begin(), inputs.end());
    if (side_by_side(axes)) {
      return std::make_unique<MultiHeadAttentionKernel>(*this, options_, shapes,
                                                        HeadAxes{axes.front(), count}, rows, call, training);
    }
    std::vector<int> order = axes_at_back(axes, inputs[0].rank() - 1);
    order.push_back(inputs[0].rank() - 1);
    const auto moved = static_cast<std::size_t>(std::max(1, options_.key) + 1);
    for (std::size_t i = 0; i < moved; ++i) shapes[i] = moved_sample(inputs[i], order);
    auto kernel = std::make_unique<MultiHeadAttentionKernel>(
        *this, options_, shapes, HeadAxes{inputs[0].rank() - 1 - count, count}, rows, call, training);
    return make_moved_axes_kernel(std::move(kernel), rows, inputs.first(moved), output_shape(inputs[0]),
                                  order);
  }

 private:
  static std::int64_t product(std::span<const std::int64_t> dims) {
    return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies());
  }

  void project(const char* name, const std::string& object, std::vector<std::int64_t> in,
               const std::vector<std::int64_t>& out) {
    const auto or_default = [](const std::shared_ptr<const Initializer>& given, const char* fallback) {
      return given ? given : make_initializer(fallback);
    };
    const std::int64_t inputs = product(in);
    in.insert(in.end(), out.begin(), out.end());
    declare({.name = std::string(name) + "/kernel",
             .shape = Shape(std::span(std::as_const(in))),
             .trainable = true,
             .initializer = std::make_shared<MatrixInitializer>(
                 or_default(options_.kernel_initializer, "GlorotUniform"), inputs),
             .regularizer = options_.kernel_regularizer,
             .object = options_.object_prefix + object,
             .constraint = options_.kernel_constraint});
    if (!options_.use_bias) return;
    declare({.name = std::string(name) + "/bias",
             .shape = Shape(std::span(out)),
             .trainable = true,
             .initializer = or_default(options_.bias_initializer, "Zeros"),
             .regularizer = options_.bias_regularizer,
             .object = options_.object_prefix + object,
             .constraint = options_.bias_constraint});
  }

  void gate(std::int64_t features) {
    // Keras's attribute has the underscore in both classes.
    project("gate", options_.object_prefix.empty() ? "_gate_dense" : "gate_dense", {features},
            {options_.num_heads, options_.value_dim});
  }

  std::vector<std::int64_t> output_features(const Shape& query) const {
    return options_.output_shape.empty() ? std::vector{query[-1]} : options_.output_shape;
  }

  Shape output_shape(const Shape& query) const {
    std::vector<std::int64_t> dims(query.dims().begin(), query.dims().end() - 1);
    for (const std::int64_t dim : output_features(query)) dims.push_back(dim);
    return Shape(std::span(std::as_const(dims)));
  }

  /// The axes of a sample that are attended over, in the order given.
  std::vector<int> attended_axes(std::span<const Shape> inputs) const {
    if (inputs.size() < 2) refuse(*this, "takes at least a query and a value");
    const Shape &query = inputs[0], &value = inputs[1];
    if (query.rank() < 2 || query.rank() != value.rank()) {
      refuse(*this, "query ", query, " and value ", value, " do not fit: sequences of features");
    }
    std::vector<int> axes;
    for (const int axis : options_.attention_axes) {
      axes.push_back(from_front(axis, query));
      const bool twice = std::ranges::count(axes, axes.back()) > 1;
      if (axes.back() < 0 || axes.back() > query.rank() - 2 || twice) {
        refuse(*this, "attention_axes do not fit ", query);
      }
    }
    for (int axis = 0; options_.attention_axes.empty() && axis < query.rank() - 1; ++axis)
      axes.push_back(axis);
    check_shapes(inputs, axes);
    return axes;
  }

  /// The axis of the sample; negative ones count from before the features.
  static int from_front(int axis, const Shape& sample) { return axis < 0 ? axis + sample.rank() : axis - 1; }

  void check_shapes(std::span<const Shape> inputs, const std::vector<int>& axes) const {
    const Shape &query = inputs[0], &value = inputs[1];
    for (int axis = 0; axis < query.rank() - 1; ++axis) {
      const bool attended = std::ranges::find(axes, axis) != axes.end();
      if (!attended && query[axis] != value[axis])
        refuse(*this, "query ", query, " and value ", value, " do not fit");
    }
    if (options_.key >= 0) {
      Shape key = inputs[static_cast<std::size_t>(options_.key)];
      if (key.rank() == value.rank()) key[-1] = value[-1];
      if (key != value) refuse(*this, "key and value ", value, " do not fit");
    }
    const bool plain = query.rank() == 2;
    const bool masked = options_.query_mask >= 0 || options_.value_mask >= 0 || options_.key_mask >= 0 ||
                        options_.attention_mask >= 0 || options_.use_causal_mask || options_.sliding_window;
    if (masked && !plain)
      refuse(*this, "masks are supported for sequences (steps, features) only, not ", query);
    check_mask(inputs, options_.query_mask, query);
    check_mask(inputs, options_.value_mask, value);
    check_mask(inputs, options_.key_mask, value);
    if (options_.attention_mask >= 0) {
      check_attention_mask(inputs[static_cast<std::size_t>(options_.attention_mask)], query[0], value[0]);
    }
  }

  void check_mask(std::span<const Shape> inputs, int mask, const Shape& of) const {
    if (mask < 0) return;
    const Shape& shape = inputs[static_cast<std::size_t>(mask)];
    if (shape != Shape{of[0]}) refuse(*this, "a mask ", shape, " does not fit ", of);
  }

  void check_attention_mask(const Shape& mask, std::int64_t queries, std::int64_t keys) const {
    const auto fits = [](std::int64_t size, std::int64_t full) { return size == 1 || size == full; };
    const bool heads = mask.rank() == 2 || (mask.rank() == 3 && fits(mask[0], options_.num_heads));
    if (!heads || !fits(mask[-2], queries) || !fits(mask[-1], keys)) {
      refuse(*this, "attention_mask ", mask, " does not fit ", queries, " queries and ", keys, " keys");
    }
  }

  Shape scores_shape(const std::vector<int>& axes, const Shape& query, const Shape& value) const {
    std::vector<std::int64_t> dims;
    for (int axis = 0; axis < query.rank() - 1; ++axis) {
      if (std::ranges::find(axes, axis) == axes.end()) dims.push_back(query[axis]);
    }
    dims.push_back(options_.num_heads);
    for (const Shape* shape : {&query, &value}) {
      for (const int axis : axes) dims.push_back((*shape)[axis]);
    }
    return Shape(std::span(std::as_const(dims)));
  }

  MultiHeadAttentionOptions options_;
};

}  // namespace

std::unique_ptr<Layer> make_multi_head_attention(const std::string& name,
                                                 const MultiHeadAttentionOptions& options, bool trainable) {
  return std::make_unique<MultiHeadAttention>(name, options, trainable);
}

}  // namespace ktrain
