#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "data/image_reader.h"
#include "io/element.h"
#include "io/tf_example.h"
#include "ktrain/tensor/shape.h"

namespace ktrain {

/// How one feature of a tf.train.Example becomes an array: NAME:TYPE[SIZE,SIZE,…] in a specification, without
/// brackets for a single number.
struct FeatureFormat {
  std::string feature;
  /// The type of raw bytes, as NumPy names it ("uint8", "float32"); nothing for TYPE image, an encoded JPEG
  /// or PNG that is decoded and resized to [HEIGHT,WIDTH,CHANNELS].
  std::optional<ElementFormat> element;
  ImageFormat image;  ///< of TYPE image
  Shape shape;

  DType dtype() const { return element ? *dtype_of(*element) : DType::kFloat32; }
};

/// Nothing when `text` is not of that form.
std::optional<FeatureFormat> parse_feature_format(std::string_view text);

/// Reads the feature of an example into shape.elements() elements of dtype() at `to`. A list of bytes is one
/// string of raw little-endian elements, or an image; numbers of an Int64List become any type that holds
/// them, those of a FloatList float32 or float64. Throws Error{kData} naming `name` and the feature for
/// anything else, for a missing feature and for another number of values.
void read_feature(std::span<const std::byte> example, const FeatureFormat& format, const std::string& name,
                  void* to);

}  // namespace ktrain
