#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct z_stream_s;

namespace ktrain {

/// Inflates gzip data (RFC 1952, several members too) piece by piece, so that the caller decides how much
/// memory it gets. Checks the stream's own checksums.
class GzipReader {
 public:
  /// True when `bytes` begin as gzip data do.
  static bool recognizes(std::span<const std::byte> bytes);

  /// `compressed` must stay; `name` is the file's, for messages.
  GzipReader(std::span<const std::byte> compressed, std::string name);

  /// Fills `out`; returns fewer bytes than it holds only at the end of the data. Throws Error{kData} for data
  /// that are damaged or end early.
  std::size_t read(std::span<std::byte> out);

  /// No deflate stream of this length can hold more bytes (zlib's technical notes: 1032 to 1).
  std::size_t max_bytes() const;

 private:
  void refill();
  void step();

  std::span<const std::byte> compressed_;
  std::size_t taken_ = 0;
  bool member_ended_ = false;
  std::string name_;
  std::unique_ptr<z_stream_s, void (*)(z_stream_s*)> stream_;
};

}  // namespace ktrain
