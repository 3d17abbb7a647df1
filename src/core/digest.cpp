#include "core/digest.h"

#include <xxhash.h>

namespace ktrain {

Digest::Digest()
    : state_(XXH3_createState(), [](void* p) { XXH3_freeState(static_cast<XXH3_state_t*>(p)); }) {
  XXH3_64bits_reset(static_cast<XXH3_state_t*>(state_.get()));
}

void Digest::add(const void* data, std::size_t bytes) {
  XXH3_64bits_update(static_cast<XXH3_state_t*>(state_.get()), data, bytes);
}

std::uint64_t Digest::value() const {
  return XXH3_64bits_digest(static_cast<XXH3_state_t*>(state_.get()));
}

std::string hex(std::uint64_t digest) {
  std::string digits(16, '0');
  for (int i = 15; i >= 0; --i, digest >>= 4) digits[i] = "0123456789abcdef"[digest & 15];
  return digits;
}

}  // namespace ktrain
