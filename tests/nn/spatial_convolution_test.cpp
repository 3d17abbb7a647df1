#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.h"
#include "ktrain/nn/layers/conv.h"
#include "ktrain/nn/layers/conv_transpose.h"
#include "ktrain/nn/layers/depthwise_conv.h"
#include "ktrain/nn/layers/separable_conv.h"
#include "nn/layer_run.h"
#include "nn/products.h"
#include "support/expect_error.h"

namespace ktrain::testing {
namespace {

constexpr double kTolerance = 3e-6;

std::vector<double> with_bias(std::vector<double> y, const Tensor& bias) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += bias.span<float>()[i % bias.span<float>().size()];
  return y;
}

/// The gradient of a bias; its parts may cancel, so that it is measured against the sum of their sizes.
void expect_channel_sums(const Tensor& gradient, const Tensor& dy) {
  const auto channels = gradient.span<float>().size();
  std::vector<double> sums(channels);
  std::vector<double> sizes(channels);
  for (std::size_t i = 0; i < dy.span<float>().size(); ++i) {
    sums[i % channels] += double{dy.span<float>()[i]};
    sizes[i % channels] += std::abs(double{dy.span<float>()[i]});
  }
  for (std::size_t c = 0; c < channels; ++c) {
    EXPECT_NEAR(gradient.span<float>()[c], sums[c], 1e-6 * sizes[c]) << c;
  }
}

/// A layer with the variables kernel and bias against its products.
void expect_products(std::unique_ptr<Layer> layer, const Shape& sample, const Shape& output,
                     const Products& all, std::int64_t rows) {
  LayerRun run(std::move(layer), sample);
  ASSERT_EQ(run.output_sample(), output);
  const Tensor x = pattern(sample.batched(rows), 1);
  const Tensor dy = pattern(output.batched(rows), 2);
  const auto result = run.run(x, dy);
  const Tensor& kernel = run.parameter(0);
  const auto xs = x.span<float>();
  const auto ks = kernel.span<float>();
  const auto dys = dy.span<float>();
  const auto y = sum(all, &Product::y, dys.size(), &Product::x, xs, &Product::kernel, ks);
  const auto dx = sum(all, &Product::x, xs.size(), &Product::y, dys, &Product::kernel, ks);
  const auto dk = sum(all, &Product::kernel, ks.size(), &Product::y, dys, &Product::x, xs);
  EXPECT_LT(difference(result.output.span<float>(), with_bias(y, run.parameter(1))), kTolerance);
  EXPECT_LT(difference(result.input_gradient.span<float>(), dx), kTolerance);
  EXPECT_LT(difference(result.parameter_gradients[0].span<float>(), dk), kTolerance);
  expect_channel_sums(result.parameter_gradients[1], dy);
}

/// in, out
constexpr std::pair<int, int> kChannels[] = {{3, 5}, {1, 1}, {16, 16}, {17, 3}, {3, 64}};

struct Slide {
  int stride = 1;
  int dilation = 1;
};
constexpr Slide kSlides[] = {{1, 1}, {2, 1}, {3, 1}, {1, 2}};

/// All combinations for the first of kChannels alone.
bool worth_trying(int in, int out, Slide slide, Padding padding) {
  const bool plain = slide.stride == slide.dilation || slide.stride == 2;
  return (in == 3 && out == 5) || (plain && padding == Padding::kSame);
}

/// Keras's padding arithmetic.
ReferenceAxis direct(int n, int k, Slide slide, Padding padding) {
  const auto [s, d] = slide;
  const int extent = (k - 1) * d + 1;
  if (padding == Padding::kValid) return correlate(n, k, s, d, 0, (n - extent) / s + 1);
  if (padding == Padding::kCausal) return correlate(n, k, s, d, extent - 1, (n - 1) / s + 1);
  const int output = (n + s - 1) / s;
  return correlate(n, k, s, d, std::max((output - 1) * s + extent - n, 0) / 2, output);
}

TEST(Conv1D, IsKerasFormula) {
  for (const Padding padding : {Padding::kValid, Padding::kSame, Padding::kCausal}) {
    for (const auto& [in, out] : kChannels) {
      for (const Slide slide : kSlides) {
        if (!worth_trying(in, out, slide, padding)) continue;
        const ReferenceAxis axis = direct(11, 3, slide, padding);
        expect_products(
            make_conv1d("c", {.filters = out,
                              .kernel_size = {3},
                              .strides = {slide.stride},
                              .padding = padding,
                              .dilation_rate = {slide.dilation}}),
            {11, in}, {static_cast<std::int64_t>(axis.output), out},
            products(3, {axis}, grouped(static_cast<std::size_t>(in), static_cast<std::size_t>(out), 1)), 3);
      }
    }
  }
}

TEST(Conv1D, CutsChannelsIntoGroups) {
  const ReferenceAxis axis = direct(10, 4, {}, Padding::kSame);
  expect_products(
      make_conv1d("c", {.filters = 12, .kernel_size = {4}, .padding = Padding::kSame, .groups = 4}), {10, 8},
      {10, 12}, products(2, {axis}, grouped(8, 12, 4)), 2);
}

TEST(Conv3D, IsKerasFormula) {
  for (const Padding padding : {Padding::kValid, Padding::kSame}) {
    for (const auto& [in, out] : kChannels) {
      for (const Slide slide : {Slide{1, 1}, {2, 1}, {1, 2}}) {
        if (!worth_trying(in, out, slide, padding)) continue;
        const std::vector<ReferenceAxis> axes{direct(5, 2, slide, padding), direct(6, 3, slide, padding),
                                              direct(4, 1, slide, padding)};
        const auto size = [&](std::size_t axis) { return static_cast<std::int64_t>(axes[axis].output); };
        expect_products(
            make_conv3d("c", {.filters = out,
                              .kernel_size = {2, 3, 1},
                              .strides = each_axis<3>(slide.stride),
                              .padding = padding,
                              .dilation_rate = each_axis<3>(slide.dilation)}),
            {5, 6, 4, in}, {size(0), size(1), size(2), out},
            products(2, axes, grouped(static_cast<std::size_t>(in), static_cast<std::size_t>(out), 1)), 2);
      }
    }
  }
  const std::vector<ReferenceAxis> axes(3, direct(4, 3, {}, Padding::kSame));
  expect_products(
      make_conv3d("c", {.filters = 6, .kernel_size = {3, 3, 3}, .padding = Padding::kSame, .groups = 3}),
      {4, 4, 4, 9}, {4, 4, 4, 6}, products(2, axes, grouped(9, 6, 3)), 2);
}

TEST(DepthwiseConv, TakesStridesTogetherWithDilation) {
  for (const auto& [in, multiplier] : {std::pair{3, 2}, {16, 1}, {17, 3}}) {
    const auto out = static_cast<std::size_t>(in * multiplier);
    for (const Slide slide : {Slide{1, 1}, {2, 1}, {1, 2}, {2, 3}}) {
      for (const Padding padding : {Padding::kValid, Padding::kSame}) {
        const ReferenceAxis axis = direct(13, 3, slide, padding);
        const auto steps = static_cast<std::int64_t>(axis.output);
        const auto channels = grouped(static_cast<std::size_t>(in), out, static_cast<std::size_t>(in));
        expect_products(make_depthwise_conv1d("d", {.kernel_size = {3},
                                                    .strides = {slide.stride},
                                                    .padding = padding,
                                                    .depth_multiplier = multiplier,
                                                    .dilation_rate = {slide.dilation}}),
                        {13, in}, {steps, in * multiplier}, products(2, {axis}, channels), 2);
        expect_products(make_depthwise_conv2d("d", {.kernel_size = {3, 3},
                                                    .strides = {slide.stride, slide.stride},
                                                    .padding = padding,
                                                    .depth_multiplier = multiplier,
                                                    .dilation_rate = {slide.dilation, slide.dilation}}),
                        {13, 13, in}, {steps, steps, in * multiplier}, products(1, {axis, axis}, channels),
                        1);
      }
    }
  }
}

/// Keras's rule: the full result, cropped in front, then cut or filled with zeros to its length.
ReferenceAxis transposed_axis(int n, int k, Slide slide, Padding padding, int output_padding) {
  const auto [s, d] = slide;
  const int extent = (k - 1) * d + 1;
  const bool given = output_padding >= 0;
  if (padding == Padding::kValid) {
    return scatter(n, k, s, d, 0, (n - 1) * s + (given ? extent + output_padding : std::max(extent, s)));
  }
  const int total = given ? extent + extent % 2 - 2 + output_padding : s + extent - 2;
  const int crop = extent - 1 - std::min((total + 1) / 2, extent - 1);
  return scatter(n, k, s, d, crop, given ? (n - 1) * s + extent % 2 + output_padding : n * s);
}

TEST(ConvTranspose, IsKerasFormulaInOneDimension) {
  for (const Padding padding : {Padding::kValid, Padding::kSame}) {
    for (const int kernel : {1, 2, 3, 4}) {
      for (const Slide slide : {Slide{1, 1}, {2, 1}, {3, 1}, {1, 2}}) {
        for (int output_padding = -1; output_padding < slide.stride; ++output_padding) {
          const ReferenceAxis axis = transposed_axis(6, kernel, slide, padding, output_padding);
          Conv1DTransposeOptions options{.filters = 5,
                                         .kernel_size = {kernel},
                                         .strides = {slide.stride},
                                         .padding = padding,
                                         .dilation_rate = {slide.dilation}};
          if (output_padding >= 0) options.output_padding = {output_padding};
          expect_products(make_conv1d_transpose("t", options), {6, 3},
                          {static_cast<std::int64_t>(axis.output), 5}, products(2, {axis}, transposed(3, 5)),
                          2);
        }
      }
    }
  }
}

TEST(ConvTranspose, IsKerasFormulaInMoreDimensions) {
  for (const Padding padding : {Padding::kValid, Padding::kSame}) {
    for (const auto& [in, out] : kChannels) {
      for (const Slide slide : kSlides) {
        if (!worth_trying(in, out, slide, padding)) continue;
        const ReferenceAxis a = transposed_axis(3, 3, slide, padding, -1);
        const ReferenceAxis b = transposed_axis(4, 2, slide, padding, -1);
        const auto size = [](const ReferenceAxis& axis) { return static_cast<std::int64_t>(axis.output); };
        const auto channels = transposed(static_cast<std::size_t>(in), static_cast<std::size_t>(out));
        expect_products(make_conv2d_transpose("t", {.filters = out,
                                                    .kernel_size = {3, 2},
                                                    .strides = each_axis<2>(slide.stride),
                                                    .padding = padding,
                                                    .dilation_rate = each_axis<2>(slide.dilation)}),
                        {3, 4, in}, {size(a), size(b), out}, products(2, {a, b}, channels), 2);
        expect_products(make_conv3d_transpose("t", {.filters = out,
                                                    .kernel_size = {3, 2, 2},
                                                    .strides = each_axis<3>(slide.stride),
                                                    .padding = padding,
                                                    .dilation_rate = each_axis<3>(slide.dilation)}),
                        {3, 4, 4, in}, {size(a), size(b), size(b), out}, products(1, {a, b, b}, channels), 1);
      }
    }
  }
}

TEST(SeparableConv, IsADepthwiseThenAPointwiseConvolution) {
  for (const auto& [in, multiplier, filters] : {std::tuple{3, 2, 5}, {16, 1, 32}, {17, 1, 3}}) {
    const auto middle_channels = static_cast<std::size_t>(in * multiplier);
    for (const Slide slide : {Slide{1, 1}, {2, 1}, {1, 2}}) {
      const ReferenceAxis axis = direct(8, 3, slide, Padding::kSame);
      const auto n = static_cast<std::int64_t>(axis.output);
      const Products depthwise =
          products(2, {axis, axis},
                   grouped(static_cast<std::size_t>(in), middle_channels, static_cast<std::size_t>(in)));
      const Products pointwise = products(2 * axis.output * axis.output, {},
                                          grouped(middle_channels, static_cast<std::size_t>(filters), 1));
      LayerRun run(make_separable_conv2d("s", {.filters = filters,
                                               .kernel_size = {3, 3},
                                               .strides = each_axis<2>(slide.stride),
                                               .padding = Padding::kSame,
                                               .dilation_rate = each_axis<2>(slide.dilation),
                                               .depth_multiplier = multiplier}),
                   {8, 8, in});
      ASSERT_EQ(run.output_sample(), (Shape{n, n, filters}));
      const Tensor x = pattern({2, 8, 8, in}, 1);
      const Tensor dy = pattern(run.output_sample().batched(2), 2);
      const auto result = run.run(x, dy);
      const auto xs = x.span<float>();
      const auto dys = dy.span<float>();
      const auto k0 = run.parameter(0).span<float>();
      const auto k1 = run.parameter(1).span<float>();
      const std::size_t middle_size = 2 * axis.output * axis.output * middle_channels;
      const auto middle = sum(depthwise, &Product::y, middle_size, &Product::x, xs, &Product::kernel, k0);
      const auto y = sum(pointwise, &Product::y, dys.size(), &Product::x, middle, &Product::kernel, k1);
      const auto gradient = sum(pointwise, &Product::x, middle_size, &Product::y, dys, &Product::kernel, k1);
      EXPECT_LT(difference(result.output.span<float>(), with_bias(y, run.parameter(2))), kTolerance);
      EXPECT_LT(
          difference(result.input_gradient.span<float>(),
                     sum(depthwise, &Product::x, xs.size(), &Product::y, gradient, &Product::kernel, k0)),
          kTolerance);
      EXPECT_LT(
          difference(result.parameter_gradients[0].span<float>(),
                     sum(depthwise, &Product::kernel, k0.size(), &Product::y, gradient, &Product::x, xs)),
          kTolerance);
      EXPECT_LT(
          difference(result.parameter_gradients[1].span<float>(),
                     sum(pointwise, &Product::kernel, k1.size(), &Product::y, dys, &Product::x, middle)),
          kTolerance);
      expect_channel_sums(result.parameter_gradients[2], dy);
    }
  }
}

Tensor first_rows(const Tensor& tensor, std::int64_t rows) {
  Tensor result(tensor.shape().sample().batched(rows));
  std::copy_n(tensor.span<float>().begin(), result.span<float>().size(), result.span<float>().begin());
  return result;
}

/// Outputs and input gradients of a row have the same bits among 8 rows and among 3, on one thread and on
/// two.
void expect_rows_alone(std::unique_ptr<Layer> layer, const Shape& sample) {
  LayerRun run(std::move(layer), sample);
  const Tensor x = pattern(sample.batched(8), 1);
  const Tensor dy = pattern(run.output_sample().batched(8), 2);
  const int before = thread_count();
  set_thread_count(2);
  const auto all = run.run(x, dy);
  set_thread_count(1);
  const auto three = run.run(first_rows(x, 3), first_rows(dy, 3));
  set_thread_count(before);
  const Tensor y = first_rows(all.output, 3);
  const Tensor dx = first_rows(all.input_gradient, 3);
  EXPECT_EQ(difference(three.output.span<float>(), y.span<float>()), 0);
  EXPECT_EQ(difference(three.input_gradient.span<float>(), dx.span<float>()), 0);
}

TEST(Convolutions, RowsDoNotDependOnTheirNumber) {
  for (const std::int64_t channels : {3, 16}) {
    expect_rows_alone(make_conv1d("c", {.filters = 16, .kernel_size = {3}, .padding = Padding::kCausal}),
                      {12, channels});
    expect_rows_alone(make_conv3d("c", {.filters = 16, .kernel_size = {3, 3, 3}}), {5, 6, 7, channels});
    expect_rows_alone(make_conv1d_transpose("t", {.filters = 5, .kernel_size = {3}, .strides = {2}}),
                      {12, channels});
    expect_rows_alone(
        make_conv2d_transpose(
            "t", {.filters = 16, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = Padding::kSame}),
        {7, 9, channels});
    expect_rows_alone(
        make_conv3d_transpose("t", {.filters = 16, .kernel_size = {2, 2, 2}, .strides = {2, 2, 2}}),
        {3, 4, 5, channels});
    expect_rows_alone(make_separable_conv2d("s", {.filters = 16, .kernel_size = {3, 3}}), {7, 9, channels});
  }
}

TEST(ConvTranspose, HasAnActivation) {
  const Conv2DTransposeOptions linear{.filters = 4, .kernel_size = {3, 3}, .strides = {2, 2}};
  Conv2DTransposeOptions relu = linear;
  relu.activation = {.kind = ActivationKind::kRelu};
  const Tensor x = pattern({2, 4, 5, 3}, 1);
  const Tensor before = LayerRun(make_conv2d_transpose("t", linear), {4, 5, 3}).forward(x);
  const Tensor after = LayerRun(make_conv2d_transpose("t", relu), {4, 5, 3}).forward(x);
  for (std::size_t i = 0; i < after.span<float>().size(); ++i) {
    EXPECT_EQ(after.span<float>()[i], std::max(before.span<float>()[i], 0.0F));
  }
}

template <typename Make>
void refuses(const Make& make, const char* class_name, const char* why) {
  expect_error(
      ExitCode::kConfiguration, [&] { make(); }, "'c'", class_name, why);
}

TEST(Convolutions, RefuseWhatKerasRefuses) {
  refuses([] { make_conv1d("c", {.filters = 0}); }, "Conv1D", "filters");
  refuses([] { make_conv3d("c", {.filters = 2, .kernel_size = {1, 0, 1}}); }, "Conv3D", "kernel_size");
  refuses([] { make_conv3d("c", {.filters = 2, .padding = Padding::kCausal}); }, "Conv3D", "causal");
  refuses([] { make_conv1d("c", {.filters = 2, .strides = {2}, .dilation_rate = {2}}); }, "Conv1D",
          "dilation");
  refuses(
      [] {
        make_conv2d_transpose("c", {.filters = 2, .strides = {2, 2}, .dilation_rate = {1, 2}});
      },
      "Conv2DTranspose", "dilation");
  refuses(
      [] {
        make_conv2d_transpose("c", {.filters = 2, .strides = {2, 1}, .output_padding = {{1, 1}}});
      },
      "Conv2DTranspose", "output_padding");
  refuses([] { make_conv1d_transpose("c", {.filters = 2, .output_padding = {{-1}}}); }, "Conv1DTranspose",
          "output_padding");
  refuses([] { make_separable_conv1d("c", {.filters = 2, .depth_multiplier = 0}); }, "SeparableConv1D",
          "depth_multiplier");
  const Shape flat{4};
  refuses([&] { make_conv1d("c", {.filters = 2})->build(std::span(&flat, 1)); }, "Conv1D", "(steps, C)");
  const Shape small{1, 2, 3, 1};
  refuses(
      [&] {
        make_conv3d("c", {.filters = 2, .kernel_size = {1, 3, 3}})->build(std::span(&small, 1));
      },
      "Conv3D", "(1, 2, 3, 1)");
  // Keras: (n - 1) stride + ke mod 2 + output_padding = 0
  refuses(
      [&] {
        const Shape one{1, 3};
        make_conv1d_transpose(
            "c", {.filters = 2, .kernel_size = {2}, .padding = Padding::kSame, .output_padding = {{0}}})
            ->build(std::span(&one, 1));
      },
      "Conv1DTranspose", "(1, 3)");
}

}  // namespace
}  // namespace ktrain::testing
