#include "io/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <system_error>

#include "core/descriptor.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::string reason() {
  return std::generic_category().message(errno);
}

// A rename is durable once the folder is. Some file systems cannot sync a folder and say EINVAL.
bool sync_folder_of(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  Descriptor descriptor(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return descriptor.valid() && (::fsync(descriptor.get()) == 0 || errno == EINVAL);
}

int open_aside(const std::string& file, const std::string& partial) {
  std::error_code missing;
  if (std::filesystem::is_directory(file, missing)) {
    errno = EISDIR;
    return -1;
  }
  return ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

}  // namespace

DurableFile::DurableFile(std::string file)
    : file_(std::move(file)), partial_(file_ + kPartialSuffix), out_(open_aside(file_, partial_)) {
  if (!out_.valid()) fail();
}

DurableFile::~DurableFile() {
  if (out_.valid()) ::unlink(partial_.c_str());
}

void DurableFile::fail() const {
  throw Error(ExitCode::kIo, text("cannot write ", file_, ": ", reason()));
}

void DurableFile::append(std::span<const std::byte> bytes) {
  if (!write_all(out_.get(), bytes)) fail();
}

void DurableFile::commit() {
  if (::fsync(out_.get()) != 0 || ::rename(partial_.c_str(), file_.c_str()) != 0) fail();
  out_.close();  // synced: nothing is left to be lost
  if (!sync_folder_of(file_)) {
    throw Error(ExitCode::kIo, text("cannot sync the folder of ", file_, ": ", reason()));
  }
}

void write_durably(const std::string& file, std::span<const std::byte> bytes) {
  DurableFile out(file);
  out.append(bytes);
  out.commit();
}

void make_folders(const std::string& folder) {
  std::error_code missing;
  if (folder.empty() || std::filesystem::is_directory(folder, missing)) return;
  make_folders(std::filesystem::path(folder).parent_path().string());
  const bool there = ::mkdir(folder.c_str(), 0777) == 0 || std::filesystem::is_directory(folder, missing);
  if (!there || !sync_folder_of(folder)) {
    throw Error(ExitCode::kIo, text("cannot make the folder ", folder, ": ", reason()));
  }
}

std::vector<std::byte> read_file(const std::string& file) {
  return read_prefix(file, std::numeric_limits<std::size_t>::max());
}

std::vector<std::byte> read_prefix(const std::string& file, std::size_t size) {
  const auto fail = [&]() -> Error {
    return {ExitCode::kNoInput, text("cannot read ", file, ": ", reason())};
  };
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!in.valid() || ::fstat(in.get(), &status) != 0) throw fail();
  std::vector<std::byte> bytes(std::min<std::uint64_t>(size, static_cast<std::uint64_t>(status.st_size)));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(in.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw fail();
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace ktrain
