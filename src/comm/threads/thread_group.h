#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "comm/threads/thread_call.h"

namespace ktrain {

/// Which ranks of a run have returned or thrown and will join no further collective; shared by a group and
/// its duplicates, and what guards them all.
struct Roster {
  explicit Roster(int ranks) : ended(static_cast<std::size_t>(ranks)) {}

  std::mutex mutex;
  std::vector<bool> ended;
};

/// Where ranks that are threads of one process meet: the k-th collective of each rank is the same one. The
/// rank that arrives last carries it out for all, in rank order, while the others' memory rests.
class ThreadGroup {
 public:
  explicit ThreadGroup(std::shared_ptr<Roster> roster) : roster_(std::move(roster)) {}

  int size() const { return static_cast<int>(roster_->ended.size()); }

  /// Brings rank `rank`'s part of its collective number `number`; its place in the table. Throws
  /// Error{kSoftware} when another rank started a different collective under that number.
  int start(int rank, std::int64_t number, const ThreadCall& call);
  /// True once the collective is complete, once for each rank. Throws CommError when a rank that it needs has
  /// ended.
  bool test(int slot);
  std::string describe(int slot) const;
  /// The group that the kDuplicate in this slot made; valid until this rank joins another duplicate.
  std::shared_ptr<ThreadGroup> duplicate(int slot) const;

 private:
  struct Collective {
    std::int64_t number = -1;
    int arrived = 0;
    int collected = 0;
    std::vector<ThreadCall> calls;
    std::vector<bool> present;
    std::shared_ptr<ThreadGroup> made;
  };

  Collective& find_or_open(std::int64_t number);
  std::string name_of_call(const Collective& collective) const;

  std::shared_ptr<Roster> roster_;
  std::vector<Collective> table_;
};

}  // namespace ktrain
