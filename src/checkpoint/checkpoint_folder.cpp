#include "checkpoint/checkpoint_folder.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "checkpoint/checkpoint.h"
#include "core/text.h"
#include "io/durable_file.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "checkpoint-";
constexpr std::string_view kSuffix = ".h5";

std::string file_name(std::int64_t position) {
  std::ostringstream out;
  out << kPrefix << std::setw(12) << std::setfill('0') << position << kSuffix;
  return out.str();
}

/// The position that a name says; nothing for other files, those being written included.
std::optional<std::int64_t> position_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  std::int64_t position = 0;
  const char* const end = name.data() + name.size() - kSuffix.size();
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, position);
  if (error != std::errc() || stop != end) return std::nullopt;
  return position;
}

bool is_leftover(const std::string& name) {
  return name.ends_with(kPartialSuffix) &&
         position_of(name.substr(0, name.size() - std::string_view(kPartialSuffix).size())).has_value();
}

std::map<std::int64_t, std::string> by_position(const std::string& folder) {
  std::map<std::int64_t, std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto position = position_of(entry.path().filename().string());
    if (position) files.emplace(*position, entry.path().string());
  }
  return files;
}

}  // namespace

CheckpointFolder::CheckpointFolder(std::string folder, int keep) : folder_(std::move(folder)), keep_(keep) {}

std::vector<std::string> CheckpointFolder::files() const {
  std::vector<std::string> names;
  for (const auto& [position, file] : by_position(folder_)) names.push_back(file);
  return names;
}

void CheckpointFolder::expect_no_run() const {
  const std::vector<std::string> present = files();
  if (present.empty()) return;
  throw Error(ExitCode::kConfiguration, text(folder_, " holds checkpoints of a run, up to ", present.back(),
                                             ": continue it with --resume, or choose another folder"));
}

std::string CheckpointFolder::save(std::int64_t position, std::span<const std::byte> bytes) const {
  make_folders(folder_);
  const std::string file = (fs::path(folder_) / file_name(position)).string();
  write_durably(file, bytes);
  remove_surplus(position);
  return file;
}

// A file that cannot be removed is a waste of space, no reason to end a run.
void CheckpointFolder::remove_surplus(std::int64_t position) const {
  std::error_code ignored;
  std::vector<fs::path> surplus;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (is_leftover(entry.path().filename().string())) surplus.push_back(entry.path());
  }
  const std::map<std::int64_t, std::string> files = by_position(folder_);
  int kept = 0;
  for (auto it = files.rbegin(); it != files.rend(); ++it) {
    if (it->first > position || ++kept > keep_) surplus.emplace_back(it->second);
  }
  for (const fs::path& file : surplus) fs::remove(file, ignored);
}

CheckpointFolder::Latest CheckpointFolder::latest() const {
  Latest latest;
  const std::map<std::int64_t, std::string> files = by_position(folder_);
  for (auto it = files.rbegin(); it != files.rend() && latest.file.empty(); ++it) {
    try {
      latest.bytes = read_file(it->second);
      const CheckpointReader whole(it->second, latest.bytes);
      latest.file = it->second;
    } catch (const Error& error) {
      latest.bytes.clear();
      latest.warnings.push_back(text("skipped ", error.what()));
    }
  }
  return latest;
}

}  // namespace ktrain
