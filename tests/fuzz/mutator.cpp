#include "fuzz/mutator.h"

#include <algorithm>

namespace ktrain::fuzz {
namespace {

constexpr std::size_t kLongestPiece = 64;

}  // namespace

std::uint64_t Mutator::below(std::uint64_t limit) {
  return limit == 0 ? 0 : random_() % limit;
}

std::string Mutator::input(std::uint64_t index) {
  if (index < corpus_.size()) return corpus_[index];
  random_.seed(seed_ * 0x9E3779B97F4A7C15 + index);
  std::string bytes = corpus_[below(corpus_.size())];
  for (std::uint64_t changes = 1 + below(6); changes > 0; --changes) change(bytes);
  return bytes;
}

void Mutator::change(std::string& bytes) {
  if (bytes.empty()) return insert_piece(bytes);
  const std::size_t at = below(bytes.size());
  switch (below(10)) {
    case 0:
    case 1:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      break;
    case 2:
      bytes[at] = static_cast<char>(below(256));
      break;
    case 3:
    case 4:
    case 5:
    case 6:
      replace_integer(bytes);
      break;
    case 7:
      bytes.erase(at, 1 + below(kLongestPiece));
      break;
    case 8:
      insert_piece(bytes);
      break;
    default:
      if (below(4) == 0) bytes.resize(at);
  }
}

std::uint64_t Mutator::interesting(std::uint64_t size) {
  switch (below(8)) {
    case 0:
      return 0;
    case 1:
      return ~std::uint64_t{0};
    case 2:
      return std::uint64_t{1} << below(64);
    case 3:
      return (std::uint64_t{1} << below(64)) - 1;
    case 4:
      return size - below(3) + 1;
    case 5:
      return below(16);
    default:
      return below(size);
  }
}

void Mutator::replace_integer(std::string& bytes) {
  const std::size_t width = std::size_t{1} << below(4);
  if (bytes.size() < width) return;
  std::size_t at = below(bytes.size() - width + 1);
  if (below(2) == 0) at -= at % width;
  const bool big_endian = below(4) == 0;
  std::uint64_t old = 0;
  for (std::size_t i = 0; i < width; ++i) {
    old |=
        static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + (big_endian ? width - 1 - i : i)]))
        << 8 * i;
  }
  const std::uint64_t value = below(3) == 0 ? old + below(5) - 2 : interesting(bytes.size());
  for (std::size_t i = 0; i < width; ++i) {
    bytes[at + (big_endian ? width - 1 - i : i)] = static_cast<char>(value >> 8 * i & 0xFF);
  }
}

void Mutator::insert_piece(std::string& bytes) {
  const std::string& other = below(2) == 0 ? bytes : corpus_[below(corpus_.size())];
  const std::size_t from = below(other.size());
  const std::string piece = other.substr(from, 1 + below(kLongestPiece));
  const std::size_t at = below(bytes.size() + 1);
  if (below(2) == 0) {
    bytes.insert(at, piece);
  } else {
    bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece);
  }
}

}  // namespace ktrain::fuzz
