#pragma once

#include <cstdint>
#include <span>
#include <vector>

// Arithmetic per channel on contiguous (…, C) arrays of float32. They are walked in lines that hold whole
// groups of C elements and are at least kMinimumWidth wide, so that few channels make long vectors too.
namespace ktrain {

class ChannelLines {
 public:
  static constexpr std::int64_t kMinimumWidth = 64;

  explicit ChannelLines(std::int64_t channels)
      : channels_(channels), width_((kMinimumWidth + channels - 1) / channels * channels) {}

  std::int64_t channels() const { return channels_; }
  /// Elements of a line.
  std::int64_t width() const { return width_; }

 private:
  std::int64_t channels_;
  std::int64_t width_;
};

/// Sums over all elements of a channel, in float64, in an order that the element count alone decides.
class ChannelSums {
 public:
  /// For arrays of up to `most_elements`.
  ChannelSums(std::int64_t most_elements, std::int64_t channels);

  /// sum_u[c] = sum of u, sum_uv[c] = sum of u v over the `elements` of which every C-th is of channel c. One
  /// pass over memory; u may be v.
  void compute(const float* u, const float* v, std::int64_t elements, std::span<double> sum_u,
               std::span<double> sum_uv);

 private:
  double* piece(std::int64_t index);

  ChannelLines lines_;
  std::vector<double> partial_;  ///< per piece: a line of sums of u, a line of sums of u v
};

/// y = (x - shift) scale + offset with coefficients per channel. The shift keeps the digits of an x whose
/// mean is large against its spread.
class ChannelAffine {
 public:
  explicit ChannelAffine(std::int64_t channels);

  struct Coefficients {
    float shift = 0;
    float scale = 1;
    float offset = 0;
    float gain = 0;  ///< of the second array
  };
  void set(std::int64_t channel, const Coefficients& coefficients);

  /// y = (x - shift) scale + offset; y may be x where both are float32.
  void apply(const float* x, float* y, std::int64_t elements) const;
  void apply(const std::uint8_t* x, float* y, std::int64_t elements) const;
  /// y = (x - shift) scale + (z gain + offset); y may be x or z.
  void apply(const float* x, const float* z, float* y, std::int64_t elements) const;

 private:
  template <typename T>
  void apply_to(const T* x, float* y, std::int64_t elements) const;

  ChannelLines lines_;
  // A line each.
  std::vector<float> shift_, scale_, offset_, gain_;
};

}  // namespace ktrain
