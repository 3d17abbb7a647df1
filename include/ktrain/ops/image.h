#pragma once

namespace ktrain {

/// How an image that is resized or moved is computed from its pixels (`interpolation` of keras.layers).
/// Moving knows the first two.
enum class Interpolation { kNearest, kBilinear, kBicubic, kLanczos3, kLanczos5 };

/// What stands beyond an image (`fill_mode` of keras.layers), for the row a b c d:
enum class FillMode {
  kConstant,  ///< k k k | a b c d | k k k
  kMirror,    ///< d c b | a b c d | c b a
  kNearest,   ///< a a a | a b c d | d d d
  kReflect,   ///< c b a | a b c d | d c b
  kWrap       ///< b c d | a b c d | a b c
};

}  // namespace ktrain
