#pragma once

namespace ktrain {

/// How the classes of samples decide on the order of an epoch.
enum class Stratify {
  kOff,           ///< not at all
  kProportional,  ///< each batch holds them as the dataset does, as nearly as whole samples allow
  kBalanced,      ///< each batch holds them in equal numbers: samples of rare ones are seen more often
};

}  // namespace ktrain
