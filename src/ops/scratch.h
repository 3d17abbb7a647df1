#pragma once

#include <cstddef>

namespace ktrain {

/// What a piece of scratch memory holds; one value of each lives at a time.
enum class ScratchUse {
  kPrimitive,
  kPackedGradient,
  kGradientSums,
  kActivationGradient,
  kMiddleGradient,
  kTwoRows,
  kActivationRows,
  kSequenceGradient,
  kMaskedSequence,
  kCount
};

/// At least `bytes` of memory of the calling thread, aligned to 64 bytes; it keeps its content until the next
/// call of this thread with the same `use`. It grows to the largest request and stays: later calls allocate
/// nothing, and all layers share what is hot in the cache.
void* scratch(ScratchUse use, std::size_t bytes);

}  // namespace ktrain
