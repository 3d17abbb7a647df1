#pragma once

namespace ktrain {

/// What a loss's name and options say.
struct LossOptions {
  bool from_logits = false;
  double label_smoothing = 0;
  double delta = 1;  ///< of Huber
};

}  // namespace ktrain
