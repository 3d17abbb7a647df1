#include "comm/node/copied_memory.h"

#include <algorithm>
#include <utility>

#include "core/descriptor.h"

namespace ktrain {

struct CopiedMemory::Source {
  explicit Source(std::int64_t bytes) : file(MemoryFile::make(bytes)), descriptor(file.descriptor) {
    if (descriptor.valid()) data = map_memory(descriptor.get(), bytes, true);
  }
  ~Source() {
    if (data != nullptr) unmap_memory(data, file.bytes);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// What is written here from now on is not seen in copies.
  bool part() { return map_memory(descriptor.get(), file.bytes, false, data) != nullptr; }

  MemoryFile file;
  Descriptor descriptor;
  std::byte* data = nullptr;
};

Buffer CopiedMemory::make(std::int64_t bytes) {
  if (bytes == 0) return {};
  const auto source = std::make_shared<Source>(bytes);
  if (source->data == nullptr) return {};
  sources_.push_back(source);
  return {source->data, static_cast<std::size_t>(bytes), [source](void*) {}};
}

Buffer CopiedMemory::copy(Communicator& group, Buffer own, int root, bool& copied) {
  MemoryFile file;
  std::shared_ptr<Source> source;
  if (group.rank() == root) {
    std::erase_if(sources_, [](const auto& made) { return made.expired(); });
    const auto found =
        std::ranges::find_if(sources_, [&](const auto& made) { return made.lock()->data == own.address(); });
    if (found != sources_.end()) source = found->lock();
    if (source && source->part()) file = source->file;
  }
  group.broadcast(std::as_writable_bytes(std::span(&file, 1)), root);

  std::byte* data = nullptr;
  if (group.rank() != root && file.bytes == static_cast<std::int64_t>(own.bytes())) {
    const Descriptor opened(file.open());
    if (opened.valid()) data = map_memory(opened.get(), file.bytes, false);
  }
  Buffer copy(data, own.bytes(), [bytes = file.bytes](void* memory) { unmap_memory(memory, bytes); });
  const bool has = group.rank() == root ? file.descriptor >= 0 : data != nullptr;
  copied = group.all_reduce<std::int64_t>(has ? 1 : 0, ReduceOp::kMin) != 0;
  return copied && group.rank() != root ? std::move(copy) : std::move(own);
}

}  // namespace ktrain
