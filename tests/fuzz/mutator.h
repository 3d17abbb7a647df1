#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ktrain::fuzz {

/// Makes damaged files from sound ones. Input `index` is a function of the corpus, the seed and the index
/// alone.
class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, std::uint64_t seed) : corpus_(std::move(corpus)), seed_(seed) {}

  /// One to six changes: flipped bits, other bytes, integers of 1 to 8 bytes in either byte order replaced by
  /// extreme ones, neighbours and places in the file, pieces cut out, doubled, moved or taken from another
  /// file, and the end cut off. The first inputs are the corpus itself.
  std::string input(std::uint64_t index);

 private:
  std::uint64_t below(std::uint64_t limit);
  std::uint64_t interesting(std::uint64_t size);
  void change(std::string& bytes);
  void replace_integer(std::string& bytes);
  void insert_piece(std::string& bytes);

  std::vector<std::string> corpus_;
  std::uint64_t seed_;
  std::mt19937_64 random_;
};

}  // namespace ktrain::fuzz
