#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ktrain/core/dtype.h"

namespace ktrain {

class MappedFile;

// HDF5 files as h5py reads and writes them. Paths are absolute or relative to the root:
// "layers/dense/vars/0"; "" is the root. One thread at a time: HDF5, which writes, keeps global state, and a
// reader remembers what it has read. Every error is Error{kData} that names the file and the path.

/// Type and shape of a dataset; no dims for a scalar.
struct H5Array {
  /// The smallest of float32, float64, uint8, int32 and int64 that holds the values of the stored type.
  DType dtype = DType::kFloat32;
  std::vector<std::int64_t> dims;
  std::int64_t elements() const;
};

/// An HDF5 file open for reading, by a parser of our own for what h5py and Keras write, safe on files from
/// strangers: every address, size and count is checked against the file before it is used, and nothing is
/// allocated that the file cannot fill (see require_backed() in hdf5/dataset.h).
///
/// Read are superblocks 0 to 3; groups of both kinds; contiguous, compact and chunked datasets under every
/// chunk index; the filters deflate, shuffle and fletcher32; integers, IEEE floats, bfloat16 as Keras marks
/// it, booleans, and strings. Refused by name are soft and external links, external storage, virtual
/// datasets, other filters and types, groups with two paths (circles among them), and paths deeper than 200
/// groups.
class H5Reader {
 public:
  /// Maps a file. Throws Error{kNoInput} when it cannot be opened, kData when it is not HDF5.
  explicit H5Reader(const std::string& file);
  /// Opens a file's bytes; `file` is its name for messages.
  H5Reader(const std::string& file, std::vector<std::byte> image);
  /// The same for bytes of the file `mapped`; null where they are the caller's, who keeps them as long.
  H5Reader(const std::string& file, std::span<const std::byte> image,
           std::shared_ptr<const MappedFile> mapped);
  ~H5Reader();
  H5Reader(H5Reader&&) noexcept;
  H5Reader& operator=(H5Reader&&) noexcept;

  const std::string& file() const;

  bool exists(const std::string& path) const;
  bool is_group(const std::string& path) const;
  /// Names of a group's members in byte order ("10" before "2").
  std::vector<std::string> list(const std::string& group) const;

  H5Array info(const std::string& dataset) const;
  /// Reads a dataset of exactly this shape, its values converted to `dtype`, into `data`. What a mapped file
  /// holds of it does not stay in memory.
  void read(const std::string& dataset, void* data, DType dtype, std::span<const std::int64_t> dims) const;
  template <typename T>
  std::vector<T> read(const std::string& dataset) const {
    const H5Array array = info(dataset);
    std::vector<T> values(static_cast<std::size_t>(array.elements()));
    read(dataset, values.data(), kDTypeOf<T>, array.dims);
    return values;
  }
  /// Rows [begin, end) of a dataset's first dimension, their values converted to `dtype`, into `data`: for
  /// datasets larger than memory.
  void read_rows(const std::string& dataset, std::int64_t begin, std::int64_t end, void* data,
                 DType dtype) const;
  /// Strings of fixed or variable length; one for a scalar, none for an empty array of any type.
  std::vector<std::string> read_strings(const std::string& dataset) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  /// As read_strings.
  std::vector<std::string> attribute_strings(const std::string& object, const std::string& name) const;
  /// A scalar string attribute.
  std::string attribute(const std::string& object, const std::string& name) const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// An HDF5 file made in memory: what it holds becomes bytes that the caller writes, so that a full disk is an
/// ordinary error (HDF5's own files cannot be closed after one). Oldest format, contiguous datasets, no time
/// stamps: the same calls give the same bytes. Groups on the way to a path are made. A path is written once.
class H5Writer {
 public:
  /// `file` is the name used in messages.
  explicit H5Writer(const std::string& file);
  ~H5Writer();
  H5Writer(H5Writer&&) noexcept;
  H5Writer& operator=(H5Writer&&) noexcept;

  /// Makes a group unless it is there.
  void group(const std::string& path);
  /// float32, float64, int32, int64 or uint8; no dims for a scalar.
  void write(const std::string& dataset, const void* data, DType dtype, std::span<const std::int64_t> dims);
  /// A scalar string of variable length, UTF-8, without zero bytes.
  void write_string(const std::string& dataset, const std::string& value);
  /// The same as an attribute of a group or dataset, which must be there; and an array of them.
  void attribute(const std::string& object, const std::string& name, const std::string& value);
  void attribute(const std::string& object, const std::string& name, std::span<const std::string> values);

  /// The file's bytes so far, after `header_bytes` zero bytes that the caller fills (HDF5 skips 512·2^k).
  std::vector<std::byte> image(std::size_t header_bytes = 0);

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace ktrain
