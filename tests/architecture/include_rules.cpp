#include "architecture/include_rules.h"

#include <map>
#include <regex>
#include <set>

namespace ktrain::architecture {
namespace {

using Folders = std::set<std::string>;

const Folders kBelowTrain = {"core",  "tensor", "comm", "io",       "ops",     "nn",
                             "optim", "keras",  "data", "parallel", "scaling", "checkpoint"};

/// Each folder of src/ and the folders it may include besides itself.
const std::map<std::string, Folders> kMayInclude = {
    {"core", {}},
    {"tensor", {"core"}},
    {"comm", {"core"}},
    {"io", {"core"}},
    {"ops", {"core", "tensor"}},
    {"nn", {"core", "tensor", "ops"}},
    {"optim", {"core", "tensor", "ops"}},
    {"keras", {"core", "tensor", "io", "nn", "optim"}},
    {"data", {"core", "tensor", "io", "ops"}},
    {"parallel", {"core", "tensor", "comm"}},
    {"scaling", {"core"}},
    {"checkpoint", {"core", "io"}},
    {"train", kBelowTrain},
    {"rebatch", {"core", "tensor", "keras", "nn", "optim", "scaling"}},
    {"bench", {"core", "tensor", "comm", "parallel", "train"}},
    {"report", {"core"}},
    {"config", {"core"}},
};

/// Headers of plain structs that a folder may include beyond the table.
const std::map<std::string, std::regex> kPlainStructs = {
    {"report", std::regex("ktrain/train/events\\.h")},
    {"config", std::regex(".*_options\\.h")},
    {"keras",
     std::regex("ktrain/ops/(activation|image|window)\\.h")},  // plain values that layer options hold
};

/// Libraries by the start of their headers' names, and the folders that may see them.
const std::map<std::string, Folders> kLibraries = {
    {"omp.h", {"core"}},
    {"oneapi/tbb", {"core", "data"}},
    {"tbb/", {"core", "data"}},
    {"xxhash.h", {"core"}},
    {"mpi.h", {"comm"}},
    {"nccl.h", {"comm"}},
    {"cuda_runtime", {"comm"}},
    {"hdf5", {"io"}},
    {"zlib.h", {"io"}},
    {"png.h", {"io"}},
    {"jpeglib.h", {"io"}},
    {"jerror.h", {"io"}},
    {"dnnl", {"ops"}},
    {"oneapi/dnnl", {"ops"}},
    {"nlohmann/", {"keras"}},
    {"fmt/", {"report"}},
    {"google/protobuf", {"report"}},
    {"boost/program_options", {"config"}},
};

/// The C++ library has no dot in its names; the operating system's headers are these.
const std::regex kSystem(
    R"([a-z_]+|(sys/[a-z]+|unistd|fcntl|sched|dirent|termios|glob|fnmatch|pthread|execinfo)\.h)");

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

struct Place {
  std::string folder;
  bool is_public;
};

/// "include/ktrain/nn/layer.h" and "src/nn/layer.cpp" are both in nn.
Place place_of(const std::string& path) {
  static const std::regex pattern(R"((include/ktrain|src)/([^/]+)/.*)");
  std::smatch match;
  if (!std::regex_match(path, match, pattern)) return {"", false};
  return {match[2], match[1] == "include/ktrain"};
}

bool may_see_library(const std::string& folder, const std::string& header) {
  for (const auto& [start, folders] : kLibraries) {
    if (starts_with(header, start)) return folders.contains(folder);
  }
  return false;
}

/// What is wrong with `#include <header>` there; empty if nothing.
std::string judge_library(const Place& place, const std::string& header) {
  if (std::regex_match(header, kSystem)) return "";
  if (place.is_public) return "a public header includes <" + header + ">";
  if (may_see_library(place.folder, header)) return "";
  return place.folder + " may not see <" + header + ">";
}

/// What is wrong with `#include "header"` there; empty if nothing.
std::string judge_folder(const Place& place, const std::string& header) {
  const bool is_public = starts_with(header, "ktrain/");
  const std::string inside = is_public ? header.substr(7) : header;
  const std::string folder = inside.substr(0, inside.find('/'));
  if (folder == inside) return "\"" + header + "\" does not name its folder";
  if (place.is_public && !is_public) return "a public header includes the private \"" + header + "\"";
  if (folder == place.folder || place.folder == "app") return "";
  const auto row = kMayInclude.find(place.folder);
  if (row == kMayInclude.end()) return "the folder " + place.folder + " is not in the table of includes";
  if (row->second.contains(folder)) return "";
  const auto plain = kPlainStructs.find(place.folder);
  if (plain != kPlainStructs.end() && std::regex_match(header, plain->second)) return "";
  return place.folder + " may not include \"" + header + "\"";
}

}  // namespace

std::vector<std::string> include_breaches(const SourceFile& file) {
  static const std::regex include(R"(\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<std::string> breaches;
  const Place place = place_of(file.path);
  if (place.folder.empty()) return breaches;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_match(file.lines[i], match, include)) continue;
    const std::string wrong =
        match[1] == "<" ? judge_library(place, match[2]) : judge_folder(place, match[2]);
    if (!wrong.empty()) breaches.push_back(file.path + ":" + std::to_string(i + 1) + ": " + wrong);
  }
  return breaches;
}

}  // namespace ktrain::architecture
