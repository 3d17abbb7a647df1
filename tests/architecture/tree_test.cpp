// The rules, held against the tree.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "architecture/include_rules.h"
#include "architecture/text_rules.h"

namespace ktrain::architecture {
namespace {

namespace fs = std::filesystem;

SourceFile read(const fs::path& root, const fs::path& path) {
  SourceFile file{fs::relative(path, root).generic_string(), {}};
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
  return file;
}

std::vector<SourceFile> read_tree() {
  const fs::path root = KTRAIN_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const char* folder : {"src", "include", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension == ".h" || extension == ".cpp") files.push_back(read(root, entry.path()));
    }
  }
  return files;
}

const std::vector<SourceFile>& tree() {
  static const auto files = read_tree();
  return files;
}

TEST(Tree, IsFound) {
  EXPECT_GT(tree().size(), 100u);
}

TEST(Tree, IncludesFollowTheTable) {
  for (const auto& file : tree()) {
    for (const auto& breach : include_breaches(file)) ADD_FAILURE() << breach;
  }
}

TEST(Tree, TextFollowsTheRules) {
  for (const auto& file : tree()) {
    for (const auto& breach : text_breaches(file)) ADD_FAILURE() << breach;
  }
}

TEST(Tree, OneFileNamesTheMpiWorld) {
  std::vector<std::string> paths;
  for (const auto& file : tree()) {
    if (file.path.compare(0, 6, "tests/") != 0 && names_mpi_world(file)) paths.push_back(file.path);
  }
  EXPECT_EQ(paths, std::vector<std::string>{"src/comm/mpi/mpi_session.cpp"});
}

}  // namespace
}  // namespace ktrain::architecture
