#include "comm/mpi/mpi_tree_sum.h"

#include <algorithm>

#include "comm/tree_reduce.h"
#include "core/check.h"

namespace ktrain {
namespace {

void grow(std::vector<std::byte>& memory, std::int64_t bytes) {
  memory.resize(std::max(memory.size(), static_cast<std::size_t>(bytes)));
}

}  // namespace

void MpiTreeSum::begin(const TreeShares& tree, int rank, void* data, std::int64_t count, std::int64_t stride,
                       DType dtype) {
  tree_ = &tree;
  rank_ = rank;
  data_ = static_cast<std::byte*>(data);
  count_ = count;
  stride_ = stride;
  dtype_ = dtype;
  round_ = Round::kParts;
}

const std::vector<MpiTreeSum::Message>& MpiTreeSum::next_round() {
  messages_.clear();
  switch (round_) {
    case Round::kParts:
      exchange_parts();
      round_ = Round::kAddition;
      break;
    case Round::kAddition:
      add_up();
      exchange_results();
      round_ = messages_.empty() ? Round::kNone : Round::kResults;
      break;
    case Round::kResults:
    case Round::kNone:
      round_ = Round::kNone;
      break;
  }
  return messages_;
}

Range MpiTreeSum::slice(int rank) const {
  constexpr std::int64_t kLine = 16;  // so that slices begin at the same place in a vector
  const auto element = static_cast<std::int64_t>(size_of(dtype_));
  if (count_ * element <= kWholeBytes) return {0, count_};
  const auto bound = [&](int r) {
    return r == tree_->size() ? count_ : count_ / tree_->size() * r / kLine * kLine;
  };
  return {bound(rank), bound(rank + 1)};
}

std::byte* MpiTreeSum::plane(int index, std::int64_t first) const {
  return data_ + (index * stride_ + first) * static_cast<std::int64_t>(size_of(dtype_));
}

void MpiTreeSum::exchange_parts() {
  const auto element = static_cast<std::int64_t>(size_of(dtype_));
  const std::int64_t own = slice(rank_).size();
  first_received_.assign(static_cast<std::size_t>(tree_->size()), 0);
  std::int64_t planes = 0;
  for (int peer = 0; peer < tree_->size(); ++peer) {
    first_received_[static_cast<std::size_t>(peer)] = planes;
    if (peer != rank_) planes += tree_->planes(peer);
  }
  grow(received_, planes * own * element);
  for (int peer = 0; peer < tree_->size(); ++peer) {
    if (peer == rank_) continue;
    std::byte* to = received_.data() + first_received_[static_cast<std::size_t>(peer)] * own * element;
    for (int p = 0; p < tree_->planes(peer) && own > 0; ++p, to += own * element) {
      messages_.push_back({peer, to, own, true});
    }
    const Range theirs = slice(peer);
    for (int p = 0; p < tree_->planes(rank_) && theirs.size() > 0; ++p) {
      messages_.push_back({peer, plane(p, theirs.begin), theirs.size(), false});
    }
  }
}

// In pieces that stay in the first-level cache.
void MpiTreeSum::add_up() {
  constexpr std::int64_t kPiece = 2048;
  const auto element = static_cast<std::int64_t>(size_of(dtype_));
  const Range own = slice(rank_);
  grow(stack_, tree_->height() * kPiece * element);
  for (std::int64_t first = 0; first < own.size(); first += kPiece) {
    const std::int64_t count = std::min(kPiece, own.size() - first);
    reduce_along(*tree_, stack_.data(), count, dtype_, [&](const TreeShares::Part& part) -> const std::byte* {
      if (part.rank == rank_) return plane(part.plane, own.begin + first);
      const std::int64_t index = first_received_[static_cast<std::size_t>(part.rank)] + part.plane;
      return received_.data() + (index * own.size() + first) * element;
    });
    std::copy_n(stack_.data(), count * element, plane(0, own.begin + first));
  }
}

void MpiTreeSum::exchange_results() {
  const Range own = slice(rank_);
  if (own.size() == count_) return;  // everybody has everything
  for (int peer = 0; peer < tree_->size(); ++peer) {
    if (peer == rank_) continue;
    const Range theirs = slice(peer);
    if (theirs.size() > 0) messages_.push_back({peer, plane(0, theirs.begin), theirs.size(), true});
    if (own.size() > 0) messages_.push_back({peer, plane(0, own.begin), own.size(), false});
  }
}

}  // namespace ktrain
