#pragma once

#include <zlib.h>

#include <string>
#include <string_view>
#include <vector>

namespace ktrain::testing {

/// `content` deflated; `window` is zlib's: 15 + 16 makes a gzip file, -15 the raw stream of a zip member.
inline std::string deflated(std::string_view content, int window) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string gzipped(std::string_view content) {
  return deflated(content, 15 + 16);
}

struct ZipMember {
  std::string name;
  std::string content;
  bool deflate = false;
};

/// `count` little-endian bytes of `value`.
inline std::string little(std::size_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> 8 * i & 255);
  return bytes;
}

/// A zip file (PKWARE's APPNOTE.TXT 4.3): local headers with data, central directory, end record.
inline std::string zipped(const std::vector<ZipMember>& members) {
  std::string file, directory;
  for (const ZipMember& member : members) {
    const std::string data = member.deflate ? deflated(member.content, -15) : member.content;
    const auto* bytes = reinterpret_cast<const Bytef*>(member.content.data());
    const std::string common =
        little(20, 2) + little(0, 2) + little(member.deflate ? 8 : 0, 2) + little(0, 4) +
        little(crc32(0, bytes, static_cast<uInt>(member.content.size())), 4) + little(data.size(), 4) +
        little(member.content.size(), 4) + little(member.name.size(), 2) + little(0, 2);
    directory += "PK\1\2" + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2) +
                 little(0, 4) + little(file.size(), 4) + member.name;
    file += "PK\3\4" + common + member.name + data;
  }
  return file + directory + "PK\5\6" + little(0, 2) + little(0, 2) + little(members.size(), 2) +
         little(members.size(), 2) + little(directory.size(), 4) + little(file.size(), 4) + little(0, 2);
}

}  // namespace ktrain::testing
