#include "io/npz.h"

#include <zip.h>

#include <memory>
#include <string_view>

#include "core/text.h"
#include "io/mapped_file.h"
#include "io/npy.h"
#include "ktrain/core/buffer.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::string_view kSuffix = ".npy";
constexpr zip_uint64_t kMaxDeflateRatio = 1032;  // zlib's technical notes

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using Stream = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(ExitCode::kData, text(name, ": ", why));
}

Archive open_archive(const MappedFile& file) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file.bytes().data(), file.bytes().size(), 0, &error);
  zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive == nullptr) {
    const std::string why = zip_error_strerror(&error);
    zip_source_free(source);
    zip_error_fini(&error);
    refuse(file.path(), text("not a readable NPZ file: ", why));
  }
  return {archive, zip_discard};
}

/// The member's size, once it is sure that so much can be in the file.
std::size_t believable_size(zip_t* archive, zip_uint64_t index, std::size_t file_bytes,
                            const std::string& name) {
  zip_stat_t status;
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(archive, index, 0, &status) != 0 || (status.valid & kNeeded) != kNeeded) {
    refuse(name, "damaged: the size is unknown");
  }
  if (status.comp_size > file_bytes || status.size / kMaxDeflateRatio > status.comp_size) {
    refuse(name,
           text("damaged: ", status.size, " bytes cannot lie in ", status.comp_size, " of ", file_bytes));
  }
  return status.size;
}

StoredArray read_member(zip_t* archive, zip_uint64_t index, std::size_t file_bytes, const std::string& name) {
  const std::size_t size = believable_size(archive, index, file_bytes, name);
  const Stream stream(zip_fopen_index(archive, index, 0), zip_fclose);
  if (!stream) refuse(name, text("cannot be unpacked: ", zip_strerror(archive)));
  auto memory = std::make_shared<Buffer>(size + 1);  // one more than promised, so that the end is seen
  std::size_t filled = 0;
  zip_int64_t count = 1;
  while (count > 0 && filled <= size) {
    count = zip_fread(stream.get(), memory->data<std::byte>() + filled, size + 1 - filled);
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  if (count < 0) refuse(name, text("damaged: ", zip_file_strerror(stream.get())));
  return parse_npy({memory->data<std::byte>(), filled}, name, memory);
}

}  // namespace

std::vector<NpzMember> read_npz(const std::string& path) {
  const MappedFile file(path);
  const Archive archive = open_archive(file);
  std::vector<NpzMember> members;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* raw = zip_get_name(archive.get(), index, 0);
    std::string name = raw == nullptr ? "" : raw;
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    members.push_back(
        {name, read_member(archive.get(), index, file.bytes().size(), text(path, ": array '", name, "'"))});
  }
  if (members.empty()) refuse(path, "holds no arrays");
  return members;
}

}  // namespace ktrain
