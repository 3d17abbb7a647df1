#include "comm/threads/thread_group.h"

#include <algorithm>

#include "core/check.h"
#include "ktrain/core/error.h"

namespace ktrain {

int ThreadGroup::start(int rank, std::int64_t number, const ThreadCall& call) {
  KTRAIN_CHECK(0 <= call.root && call.root < size(), "root ", call.root, " of ", size());
  const std::lock_guard lock(roster_->mutex);
  Collective& collective = find_or_open(number);
  for (std::size_t other = 0; other < collective.calls.size(); ++other) {
    KTRAIN_CHECK(!collective.present[other] || same_collective(collective.calls[other], call), "rank ", rank,
                 " started another collective than rank ", other, ": ", name_of_call(collective));
  }
  collective.calls[static_cast<std::size_t>(rank)] = call;
  collective.present[static_cast<std::size_t>(rank)] = true;
  if (++collective.arrived == size()) {
    carry_out(collective.calls);
    if (call.kind == ThreadCall::Kind::kDuplicate) collective.made = std::make_shared<ThreadGroup>(roster_);
  }
  return static_cast<int>(&collective - table_.data());
}

ThreadGroup::Collective& ThreadGroup::find_or_open(std::int64_t number) {
  auto found = std::ranges::find(table_, number, &Collective::number);
  if (found != table_.end()) return *found;
  found = std::ranges::find(table_, std::int64_t{-1}, &Collective::number);
  if (found == table_.end()) found = table_.insert(found, Collective{});
  found->number = number;
  found->arrived = found->collected = 0;
  found->calls.assign(static_cast<std::size_t>(size()), {});
  found->present.assign(static_cast<std::size_t>(size()), false);
  return *found;
}

bool ThreadGroup::test(int slot) {
  const std::lock_guard lock(roster_->mutex);
  KTRAIN_CHECK(0 <= slot && slot < std::ssize(table_) && table_[static_cast<std::size_t>(slot)].number >= 0,
               "slot ", slot, " is not a collective under way");
  Collective& collective = table_[static_cast<std::size_t>(slot)];
  if (collective.arrived == size()) {
    if (++collective.collected == size()) collective.number = -1;
    return true;
  }
  for (std::size_t rank = 0; rank < collective.present.size(); ++rank) {
    if (collective.present[rank] || !roster_->ended[rank]) continue;
    throw CommError(text("rank ", rank, " ended before it joined: ", name_of_call(collective)));
  }
  return false;
}

std::string ThreadGroup::describe(int slot) const {
  const std::lock_guard lock(roster_->mutex);
  return name_of_call(table_[static_cast<std::size_t>(slot)]);
}

std::string ThreadGroup::name_of_call(const Collective& collective) const {
  const auto any = std::ranges::find(collective.present, true) - collective.present.begin();
  std::string name = ktrain::describe(collective.calls[static_cast<std::size_t>(any)]) + " without rank";
  for (std::size_t rank = 0; rank < collective.present.size(); ++rank) {
    if (!collective.present[rank]) name += text(" ", rank);
  }
  return name;
}

std::shared_ptr<ThreadGroup> ThreadGroup::duplicate(int slot) const {
  const std::lock_guard lock(roster_->mutex);
  return table_[static_cast<std::size_t>(slot)].made;
}

}  // namespace ktrain
