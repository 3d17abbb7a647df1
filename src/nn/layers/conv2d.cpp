#include "ktrain/nn/layers/conv2d.h"

#include "nn/layers/convolution_layer.h"
#include "nn/refuse.h"

namespace ktrain {
namespace {

ConvolutionLayer::Options common(const Conv2DOptions& o) {
  return {.kernel_size = o.kernel_size,
          .strides = o.strides,
          .padding = o.padding,
          .dilation_rate = o.dilation_rate,
          .activation = o.activation,
          .use_bias = o.use_bias,
          .kernel_initializer = o.kernel_initializer,
          .bias_initializer = o.bias_initializer,
          .kernel_regularizer = o.kernel_regularizer,
          .bias_regularizer = o.bias_regularizer,
          .kernel_constraint = o.kernel_constraint,
          .bias_constraint = o.bias_constraint};
}

class Conv2D : public ConvolutionLayer {
 public:
  Conv2D(const std::string& name, const Conv2DOptions& options, bool trainable)
      : ConvolutionLayer(name, "Conv2D", common(options), trainable),
        filters_(options.filters),
        groups_(options.groups) {
    if (filters_ < 1) refuse(*this, "filters must be at least 1, not ", filters_);
    if (groups_ < 1) refuse(*this, "groups must be at least 1, not ", groups_);
    if (filters_ % groups_ != 0) refuse(*this, filters_, " filters cannot be cut into ", groups_, " groups");
  }

 protected:
  Channels connect(std::int64_t in) const override {
    if (in % groups_ != 0) refuse(*this, in, " input channels cannot be cut into ", groups_, " groups");
    const auto [height, width] = options().kernel_size;
    return {.groups = groups_, .out = filters_, .kernel = {height, width, in / groups_, filters_}};
  }

 private:
  std::int64_t filters_;
  std::int64_t groups_;
};

}  // namespace

std::unique_ptr<Layer> make_conv2d(const std::string& name, const Conv2DOptions& options, bool trainable) {
  return std::make_unique<Conv2D>(name, options, trainable);
}

}  // namespace ktrain
