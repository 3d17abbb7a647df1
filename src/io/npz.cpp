#include "io/npz.h"

#include <string_view>

#include "core/text.h"
#include "io/npy.h"
#include "io/zip.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::string_view kSuffix = ".npy";

StoredArray read_member(const ZipReader& zip, const std::string& member, const std::string& name) {
  if (const auto stored = zip.stored(member)) {
    zip.check(member);
    return parse_npy(*stored, name, zip.owner());
  }
  const auto memory = std::make_shared<const std::vector<std::byte>>(zip.read(member));
  return parse_npy(*memory, name, memory);
}

std::vector<NpzMember> read_members(const ZipReader& zip) {
  std::vector<NpzMember> members;
  for (const std::string& member : zip.names()) {
    if (!member.ends_with(kSuffix)) continue;
    const std::string name = member.substr(0, member.size() - kSuffix.size());
    members.push_back({name, read_member(zip, member, text(zip.file(), ": array '", name, "'"))});
  }
  if (members.empty()) throw Error(ExitCode::kData, text(zip.file(), ": holds no arrays"));
  return members;
}

}  // namespace

std::vector<NpzMember> read_npz(const std::string& path) {
  return read_members(ZipReader(path));
}

std::vector<NpzMember> parse_npz(std::span<const std::byte> file, const std::string& name) {
  return read_members(ZipReader(name, file));
}

}  // namespace ktrain
