#include <array>
#include <cstddef>

#include "core/check.h"
#include "io/hdf5.h"
#include "io/hdf5_handle.h"

namespace ktrain {
namespace {

// The core driver grows its memory by this much at a time.
constexpr std::size_t kGrowth = std::size_t{1} << 20;

H5Handle make_file(const std::string& name) {
  silence_h5();
  const H5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  const H5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_fapl_core(access, kGrowth, false);
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  H5Pset_obj_track_times(creation, false);
  return h5_require({H5Fcreate(unique_h5_name().c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose}, name,
                    "/", "cannot be made in memory");
}

H5Handle make_space(std::span<const std::int64_t> dims) {
  if (dims.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> sizes(dims.begin(), dims.end());
  return {H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose};
}

}  // namespace

hid_t h5_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return H5T_NATIVE_FLOAT;
    case DType::kFloat64:
      return H5T_NATIVE_DOUBLE;
    case DType::kInt32:
      return H5T_NATIVE_INT32;
    case DType::kInt64:
      return H5T_NATIVE_INT64;
    case DType::kUint8:
      return H5T_NATIVE_UINT8;
    default:
      KTRAIN_CHECK(false, name_of(dtype), " in HDF5");
      return H5I_INVALID_HID;
  }
}

H5Handle h5_string_type() {
  H5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

struct H5Writer::File {
  std::string name;
  H5Handle file;
  H5Handle links{H5Pcreate(H5P_LINK_CREATE), H5Pclose};
  H5Handle datasets{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};

  explicit File(const std::string& file_name) : name(file_name), file(make_file(file_name)) {
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_char_encoding(links, H5T_CSET_UTF8);
    H5Pset_obj_track_times(datasets, false);
  }

  void dataset(const std::string& path, hid_t type, std::span<const std::int64_t> dims, const void* data) {
    const H5Handle space = make_space(dims);
    const H5Handle made =
        h5_require({H5Dcreate2(file, path.c_str(), type, space, links, datasets, H5P_DEFAULT), H5Dclose},
                   name, path, "cannot be made");
    if (H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
      h5_error(name, path, "cannot be written");
  }

  void attribute(const std::string& path, const std::string& attribute, std::span<const std::int64_t> dims,
                 std::span<const char* const> values) {
    const H5Handle object =
        h5_require({H5Oopen(file, path.empty() ? "/" : path.c_str(), H5P_DEFAULT), H5Oclose}, name, path,
                   "is not there to have an attribute");
    const H5Handle type = h5_string_type();
    const H5Handle space = make_space(dims);
    const H5Handle made =
        h5_require({H5Acreate2(object, attribute.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose},
                   name, path, "cannot have another attribute");
    if (!values.empty() && H5Awrite(made, type, values.data()) < 0) {
      h5_error(name, path, text("attribute '", attribute, "' cannot be written"));
    }
  }
};

H5Writer::H5Writer(const std::string& file) : file_(std::make_unique<File>(file)) {}
H5Writer::~H5Writer() = default;
H5Writer::H5Writer(H5Writer&&) noexcept = default;
H5Writer& H5Writer::operator=(H5Writer&&) noexcept = default;

void H5Writer::group(const std::string& path) {
  if (path.empty()) return;
  const H5Handle there(H5Gopen2(file_->file, path.c_str(), H5P_DEFAULT), H5Gclose);
  if (there.valid()) return;
  h5_require({H5Gcreate2(file_->file, path.c_str(), file_->links, H5P_DEFAULT, H5P_DEFAULT), H5Gclose},
             file_->name, path, "cannot be made");
}

void H5Writer::write(const std::string& dataset, const void* data, DType dtype,
                     std::span<const std::int64_t> dims) {
  file_->dataset(dataset, h5_type(dtype), dims, data);
}

void H5Writer::write_string(const std::string& dataset, const std::string& value) {
  const H5Handle type = h5_string_type();
  const char* pointer = value.c_str();
  file_->dataset(dataset, type, {}, &pointer);
}

void H5Writer::attribute(const std::string& object, const std::string& name, const std::string& value) {
  file_->attribute(object, name, {}, std::array{value.c_str()});
}

void H5Writer::attribute(const std::string& object, const std::string& name,
                         std::span<const std::string> values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  file_->attribute(object, name, std::array{static_cast<std::int64_t>(values.size())}, pointers);
}

std::vector<std::byte> H5Writer::image(std::size_t header_bytes) {
  H5Fflush(file_->file, H5F_SCOPE_GLOBAL);
  const ssize_t size = H5Fget_file_image(file_->file, nullptr, 0);
  if (size <= 0) h5_error(file_->name, "/", "cannot be turned into bytes");
  std::vector<std::byte> bytes(header_bytes + static_cast<std::size_t>(size));
  if (H5Fget_file_image(file_->file, bytes.data() + header_bytes, bytes.size() - header_bytes) != size) {
    h5_error(file_->name, "/", "cannot be turned into bytes");
  }
  return bytes;
}

}  // namespace ktrain
