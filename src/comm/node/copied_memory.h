#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "comm/node/memory_file.h"
#include "ktrain/comm/communicator.h"

namespace ktrain {

/// Memory that one rank fills and that its neighbours then have copies of which cost nothing until they are
/// written: the system copies a page when somebody writes it.
class CopiedMemory {
 public:
  /// Zeroed memory of this rank that copies can be taken of; null where the system refuses it.
  Buffer make(std::int64_t bytes);

  /// `own` with the content of `root`'s, where that was made here and all ranks can open it; else `own` as it
  /// was, and false in `copied`, on every rank. Collective; the same size on every rank.
  Buffer copy(Communicator& group, Buffer own, int root, bool& copied);

 private:
  struct Source;

  /// This rank's memory, as long as it is there.
  std::vector<std::weak_ptr<Source>> sources_;
};

}  // namespace ktrain
