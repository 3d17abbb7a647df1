#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// keras.losses.CTC: -log of the probability that logits (time, classes) spell the labels, summed over all
/// ways to do so with blanks (class 0) and repetitions (Graves et al. 2006). Targets (length,) hold as many
/// labels as are not 0, then zeros.
std::unique_ptr<Loss> ctc();

}  // namespace ktrain
