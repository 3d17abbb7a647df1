#pragma once

#include <hdf5.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "core/text.h"
#include "ktrain/core/dtype.h"
#include "ktrain/core/error.h"

namespace ktrain {

/// An HDF5 identifier with its owner; closed by the function given.
class H5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  H5Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~H5Handle() {
    if (valid()) close_(id_);
  }
  H5Handle(H5Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  H5Handle& operator=(H5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }

  bool valid() const { return id_ >= 0; }
  operator hid_t() const {
    return id_;
  }  // NOLINT(google-explicit-constructor): an H5Handle is used as its identifier

 private:
  hid_t id_;
  Close close_;
};

/// The type that memory and our files (little-endian machines) hold a DType in.
hid_t h5_type(DType dtype);

/// Strings of variable length, UTF-8, as h5py stores Python strings.
H5Handle h5_string_type();

/// A name for a file in memory. HDF5 takes two such files of one name for one file, and looks on disk for the
/// name.
inline std::string unique_h5_name() {
  static std::atomic<std::int64_t> count = 0;
  return text("/dev/null/ktrain-", ++count);
}

/// HDF5 prints its error stack unless told not to.
inline void silence_h5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

[[noreturn]] inline void h5_error(const std::string& file, const std::string& path, const std::string& what) {
  throw Error(ExitCode::kData, text(file, ": '", path, "' ", what));
}

/// `handle`, or an error when HDF5 could not make it.
inline H5Handle h5_require(H5Handle handle, const std::string& file, const std::string& path,
                           const char* what) {
  if (!handle.valid()) h5_error(file, path, what);
  return handle;
}

}  // namespace ktrain
