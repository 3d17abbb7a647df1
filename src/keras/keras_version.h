#pragma once

namespace ktrain {

/// The version of Keras whose form ktrain's own files have: one that later ones read, too.
inline constexpr const char* kKerasVersion = "3.3.3";

}  // namespace ktrain
