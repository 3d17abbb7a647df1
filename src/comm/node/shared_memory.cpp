#include "comm/node/shared_memory.h"

#include <unistd.h>

#include <algorithm>

#include "comm/node/memory_file.h"
#include "core/check.h"
#include "core/descriptor.h"

namespace ktrain {

std::shared_ptr<SharedMemory> SharedMemory::make(Communicator& group, std::int64_t bytes_per_rank) {
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  const std::int64_t stride = std::max<std::int64_t>((bytes_per_rank + page - 1) / page, 1) * page;
  const std::int64_t bytes = stride * group.size();

  const bool owns = group.rank() == 0;
  MemoryFile file = owns ? MemoryFile::make(bytes) : MemoryFile{};
  const Descriptor made(file.descriptor);
  group.broadcast(std::as_writable_bytes(std::span(&file, 1)));
  const bool same_size = file.bytes == bytes;

  const Descriptor opened(owns || !same_size ? -1 : file.open());
  const int descriptor = owns ? made.get() : opened.get();
  const bool has_pages = descriptor >= 0 && make_pages(descriptor, group.rank() * stride, stride);
  const std::shared_ptr<SharedMemory> memory(new SharedMemory(
      has_pages ? map_memory(descriptor, bytes, true) : nullptr, bytes_per_rank, stride, bytes));
  // Until then rank 0's descriptor stays open.
  const bool shared = group.all_reduce<std::int64_t>(memory->data_ != nullptr ? 1 : 0, ReduceOp::kMin) != 0;
  KTRAIN_CHECK(same_size, "rank 0 shares ", file.bytes, " bytes, rank ", group.rank(), " ", bytes);
  return shared ? memory : nullptr;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) unmap_memory(data_, bytes_);
}

}  // namespace ktrain
