#include "data/sampler.h"

#include <numeric>
#include <utility>

#include "core/check.h"
#include "data/permutation.h"
#include "data/strata.h"

namespace ktrain {

Sampler::Sampler(std::int64_t size, std::uint64_t seed, bool shuffle, std::shared_ptr<const Strata> strata)
    : size_(size), seed_(seed), shuffle_(shuffle), strata_(std::move(strata)) {
  KTRAIN_CHECK(size >= 1, "size ", size);
}

std::int64_t Sampler::index(std::int64_t epoch, std::int64_t position) const {
  std::int64_t found;
  indices(epoch, position, {&found, 1});
  return found;
}

void Sampler::indices(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const {
  const auto count = static_cast<std::int64_t>(out.size());
  KTRAIN_CHECK(0 <= first_position && first_position + count <= size_, first_position, " + ", count, " of ",
               size_);
  if (strata_) return strata_->indices(epoch, first_position, out);
  std::iota(out.begin(), out.end(), first_position);
  if (!shuffle_ || out.empty()) return;
  const Permutation permutation(static_cast<std::uint64_t>(size_),
                                RandomStream(seed_, "sample order", 0, static_cast<std::uint64_t>(epoch)));
  for (std::int64_t& entry : out) {
    entry = static_cast<std::int64_t>(permutation(static_cast<std::uint64_t>(entry)));
  }
}

}  // namespace ktrain
