#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "core/descriptor.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error(ExitCode::kNoInput, text("cannot read ", path, ": ", why));
}

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_(path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) refuse(path, reason(errno));
  if (S_ISDIR(status.st_mode)) refuse(path, reason(EISDIR));
  if (!S_ISREG(status.st_mode)) refuse(path, "not a regular file");
  if (status.st_size == 0) return;  // nothing can be mapped
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) refuse(path, reason(errno));
  data_ = static_cast<const std::byte*>(memory);
  size_ = size;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::release(std::span<const std::byte> part) const {
  const auto begin = reinterpret_cast<std::uintptr_t>(data_), end = begin + size_;
  const auto first = reinterpret_cast<std::uintptr_t>(part.data()), last = first + part.size();
  if (part.empty() || first < begin || last > end) return;
  const std::uintptr_t before = first % static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  ::madvise(const_cast<std::byte*>(part.data()) - before, part.size() + before, MADV_DONTNEED);
}

}  // namespace ktrain
