#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "ktrain/core/error.h"

/// A reader at work on one input, in libFuzzer's form: it may end in an Error and in nothing else.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace ktrain::fuzz {

/// Sound files of the format, small ones, that inputs are made from.
std::vector<std::string> corpus();

inline std::span<const std::byte> bytes_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

/// How often `reads` ended well: inputs that reach a reader's depths.
inline std::uint64_t readings_without_error = 0;

/// Runs a reader. An Error of another code than the file's or the configuration's is a finding.
template <typename Action>
bool reads(const Action& action) {
  try {
    action();
    ++readings_without_error;
    return true;
  } catch (const Error& error) {
    if (error.code() != ExitCode::kData && error.code() != ExitCode::kConfiguration) {
      std::fprintf(stderr, "wrong exit code: %s\n", error.what());
      std::abort();
    }
    return false;
  }
}

/// The bytes as a file, for readers that open one; it lies in memory and is replaced by the next.
std::string as_file(std::span<const std::byte> bytes);

/// A file of the tree, "tests/io/fixtures/x.h5".
std::string tree_file(const std::string& path);

}  // namespace ktrain::fuzz
