#pragma once

#include <memory>

#include "ktrain/nn/loss.h"

namespace ktrain {

/// keras.losses.Circle (Sun et al., arXiv 2002.10857, the weights not detached, as Keras has it). With
/// d = max(1 - e_i e_k, 0) between the embeddings e of two samples, m the margin and g gamma, sample i has
///   softplus(log sum over k of its class of exp(-g max(m + d, 0) (m - d))
///            + log sum over k of others of exp(g max(1 + m - d, 0) (1 - m - d))),
/// where k = i counts only without remove_diagonal. A sample of value 0, such as one without any other of its
/// class, is masked. Predictions (D,), targets one class each.
std::unique_ptr<Loss> circle(const LossOptions& options);

}  // namespace ktrain
