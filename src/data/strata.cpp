#include "data/strata.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"
#include "data/permutation.h"

namespace ktrain {
namespace {

Permutation permutation_of(std::int64_t size, const RandomStream& keys) {
  return {static_cast<std::uint64_t>(std::max<std::int64_t>(size, 1)), keys};
}

std::int64_t place_in(const Permutation& permutation, std::int64_t number) {
  return static_cast<std::int64_t>(permutation(static_cast<std::uint64_t>(number)));
}

}  // namespace

Strata::Strata(std::span<const std::uint32_t> classes, Stratify mode, std::uint64_t seed, bool shuffle)
    : mode_(mode), seed_(seed), shuffle_(shuffle), members_(classes.size()) {
  KTRAIN_CHECK(!classes.empty() && classes.size() < std::size_t{1} << 31 && mode != Stratify::kOff,
               classes.size());
  begins_.resize(std::size_t{*std::ranges::max_element(classes)} + 2);
  for (const std::uint32_t c : classes) ++begins_[c + 1];
  KTRAIN_CHECK(std::find(begins_.begin() + 1, begins_.end(), 0) == begins_.end(), "a class has no samples");
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  std::vector<std::int64_t> next(begins_.begin(), begins_.end() - 1);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    members_[static_cast<std::size_t>(next[classes[i]]++)] = static_cast<std::uint32_t>(i);
  }
}

void Strata::indices(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const {
  if (mode_ == Stratify::kProportional) {
    proportional(epoch, first_position, out);
  } else {
    balanced(epoch, first_position, out);
  }
}

void Strata::proportional(std::int64_t epoch, std::int64_t first_position,
                          std::span<std::int64_t> out) const {
  const auto classes = interleaving(epoch);
  for (std::int64_t& entry : out) {
    const Interleaving::Place place = classes->at(first_position++);
    entry = member(place.of, epoch, place.number);
  }
}

// The turns of all epochs are one sequence in which the classes follow each other in a circle; a class had
// `turns` before the epoch, which begins with class `first`. Within it the first `longer` classes, which get
// a turn more, stay before the others.
void Strata::balanced(std::int64_t epoch, std::int64_t first_position, std::span<std::int64_t> out) const {
  const std::int64_t count = class_count();
  const std::int64_t first = epoch % count * (size() % count) % count;
  const std::int64_t turns = epoch * (size() / count) + epoch * (size() % count) / count;
  const std::int64_t longer = size() % count;
  const RandomStream keys(seed_, "class order", 0, static_cast<std::uint64_t>(epoch));
  const Permutation among_longer = permutation_of(longer, keys);
  const Permutation among_others = permutation_of(count - longer, keys);
  for (std::int64_t& entry : out) {
    const std::int64_t position = first_position++;
    std::int64_t turn = position % count;
    if (shuffle_) {
      turn = turn < longer ? place_in(among_longer, turn) : longer + place_in(among_others, turn - longer);
    }
    const std::int64_t of = (first + turn) % count;
    const auto samples = begins_[static_cast<std::size_t>(of) + 1] - begins_[static_cast<std::size_t>(of)];
    const std::int64_t draw = turns + (of < first ? 1 : 0) + position / count;
    entry = member(of, draw / samples, draw % samples);
  }
}

std::int64_t Strata::member(std::int64_t of, std::int64_t cycle, std::int64_t number) const {
  const std::int64_t begin = begins_[static_cast<std::size_t>(of)];
  if (shuffle_) {
    const RandomStream keys(seed_, "samples of a class", static_cast<std::uint32_t>(of),
                            static_cast<std::uint64_t>(cycle));
    number = place_in(permutation_of(begins_[static_cast<std::size_t>(of) + 1] - begin, keys), number);
  }
  return members_[static_cast<std::size_t>(begin + number)];
}

std::shared_ptr<const Interleaving> Strata::interleaving(std::int64_t epoch) const {
  if (!shuffle_) epoch = 0;
  const std::lock_guard lock(mutex_);
  Epoch& kept = epochs_[static_cast<std::size_t>(epoch) % epochs_.size()];
  if (kept.number != epoch) {
    std::vector<std::int64_t> counts(begins_.begin() + 1, begins_.end());
    for (std::size_t c = 0; c < counts.size(); ++c) counts[c] -= begins_[c];
    const RandomStream random(seed_, "class interleaving", 0, static_cast<std::uint64_t>(epoch));
    kept = {epoch, std::make_shared<const Interleaving>(counts, shuffle_ ? &random : nullptr)};
  }
  return kept.classes;
}

}  // namespace ktrain
