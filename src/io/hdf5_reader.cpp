#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

#include "io/durable_file.h"
#include "io/hdf5.h"
#include "io/hdf5_handle.h"

namespace ktrain {
namespace {

// Deflate, the best compressor that HDF5 files come with, shrinks 1032 times at most.
constexpr std::uint64_t kLargestRatio = 1032;
// A claim below this that nothing is stored for (an unwritten dataset, all fill values) costs nothing.
constexpr std::uint64_t kSmallBytes = std::uint64_t{1} << 20;

std::optional<DType> type_holding(hid_t type) {
  const H5T_class_t type_class = H5Tget_class(type);
  const std::size_t size = H5Tget_size(type);
  if (type_class == H5T_FLOAT && size <= 8) return size <= 4 ? DType::kFloat32 : DType::kFloat64;
  if (type_class == H5T_ENUM && size == 1) return DType::kUint8;  // h5py's bool
  if (type_class != H5T_INTEGER || size > 8) return std::nullopt;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  if (size == 1 && !is_signed) return DType::kUint8;
  return size <= 2 || (size == 4 && is_signed) ? DType::kInt32 : DType::kInt64;
}

std::vector<std::int64_t> dims_of(hid_t space) {
  std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space), 0)));
  H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  return {sizes.begin(), sizes.end()};
}

std::string shape_text(std::span<const std::int64_t> dims) {
  std::string out = "(";
  for (const std::int64_t dim : dims) out += text(out.size() > 1 ? ", " : "", dim);
  return out + ")";
}

/// Reads `count` strings of `type` through `fetch(memory type, memory)`, which is false on failure.
std::optional<std::vector<std::string>> strings_of(hid_t type, hid_t space, std::size_t count,
                                                   const std::function<bool(hid_t, void*)>& fetch) {
  std::vector<std::string> strings(count);
  if (H5Tis_variable_str(type) > 0) {
    std::vector<char*> pointers(count, nullptr);
    if (!fetch(type, pointers.data())) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) strings[i] = pointers[i] == nullptr ? "" : pointers[i];
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
    return strings;
  }
  const std::size_t size = H5Tget_size(type);
  std::string characters(count * size, '\0');
  if (!fetch(type, characters.data())) return std::nullopt;
  const char padding = H5Tget_strpad(type) == H5T_STR_SPACEPAD ? ' ' : '\0';
  for (std::size_t i = 0; i < count; ++i) {
    const std::string padded = characters.substr(i * size, size);
    strings[i] = padded.substr(0, padded.find_last_not_of(padding) + 1);
  }
  return strings;
}

}  // namespace

std::int64_t H5Array::elements() const {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

struct H5Reader::File {
  std::string name;
  H5Handle access;  // how the file is opened
  H5Handle links;   // how paths are followed
  H5Handle file{H5I_INVALID_HID, H5Fclose};

  explicit File(const std::string& file_name)
      : name(file_name),
        access((silence_h5(), H5Pcreate(H5P_FILE_ACCESS)), H5Pclose),
        links(H5Pcreate(H5P_LINK_ACCESS), H5Pclose) {
    const H5L_elink_traverse_t refuse = [](const char*, const char*, const char*, const char*, unsigned*,
                                           hid_t, void*) -> herr_t { return -1; };
    H5Pset_elink_cb(links, refuse, nullptr);
  }

  void open(const std::string& h5_name) {
    file = H5Handle(H5Fopen(h5_name.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
    if (!file.valid()) throw Error(ExitCode::kData, text(name, ": not an HDF5 file, or a damaged one"));
  }

  H5Handle object(const std::string& path) const {
    return h5_require({H5Oopen(file, path.empty() ? "/" : path.c_str(), links), H5Oclose}, name, path,
                      "is missing");
  }

  H5Handle dataset(const std::string& path) const {
    H5Handle opened = object(path);
    if (H5Iget_type(opened) != H5I_DATASET) h5_error(name, path, "is not a dataset");
    const H5Handle creation(H5Dget_create_plist(opened), H5Pclose);
    if (H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) > 0) {
      h5_error(name, path, "keeps its values in another file");
    }
    return opened;
  }

  /// The dims of a dataset whose storage can hold what they claim, checked before anybody allocates.
  std::vector<std::int64_t> dims(hid_t opened, const std::string& path) const {
    const H5Handle space(H5Dget_space(opened), H5Sclose);
    const H5Handle type(H5Dget_type(opened), H5Tclose);
    const std::vector<std::int64_t> sizes = dims_of(space);
    const std::uint64_t stored = H5Dget_storage_size(opened);
    const std::uint64_t limit = std::max(stored * kLargestRatio, kSmallBytes);
    std::uint64_t bytes = H5Tget_size(type);
    if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) bytes = 0;
    for (const std::int64_t size : sizes) {
      if (bytes > 0 && static_cast<std::uint64_t>(size) > limit / bytes) {
        h5_error(name, path, text("claims the shape ", shape_text(sizes), " but stores ", stored, " bytes"));
      }
      bytes *= static_cast<std::uint64_t>(size);
    }
    return sizes;
  }
};

H5Reader::H5Reader(const std::string& file) : file_(std::make_unique<File>(file)) {
  // HDF5 says no more than "unable to open"; whether the file is there is the system's to say.
  read_prefix(file, 0);
  // Locks fail on network file systems, and a finished file needs none.
  H5Pset_file_locking(file_->access, false, true);
  file_->open(file);
}

H5Reader::H5Reader(const std::string& file, std::span<const std::byte> image)
    : file_(std::make_unique<File>(file)) {
  H5Pset_fapl_core(file_->access, image.size(), false);
  // HDF5 copies the image and takes a pointer to mutable bytes all the same.
  H5Pset_file_image(file_->access, const_cast<std::byte*>(image.data()), image.size());
  file_->open(unique_h5_name());
}

H5Reader::~H5Reader() = default;
H5Reader::H5Reader(H5Reader&&) noexcept = default;
H5Reader& H5Reader::operator=(H5Reader&&) noexcept = default;

const std::string& H5Reader::file() const {
  return file_->name;
}

bool H5Reader::exists(const std::string& path) const {
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    if (end > 0 && H5Lexists(file_->file, path.substr(0, end).c_str(), file_->links) <= 0) return false;
  }
  return path.empty() || path == "/" || H5Oexists_by_name(file_->file, path.c_str(), file_->links) > 0;
}

bool H5Reader::is_group(const std::string& path) const {
  return exists(path) && H5Iget_type(file_->object(path)) == H5I_GROUP;
}

std::vector<std::string> H5Reader::list(const std::string& group) const {
  const H5Handle opened = file_->object(group);
  H5G_info_t members;
  if (H5Gget_info(opened, &members) < 0) h5_error(file_->name, group, "is not a group");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < members.nlinks; ++i) {
    const auto name_into = [&](char* out, std::size_t size) {
      return H5Lget_name_by_idx(opened, ".", H5_INDEX_NAME, H5_ITER_INC, i, out, size, H5P_DEFAULT);
    };
    const ssize_t length = name_into(nullptr, 0);
    if (length < 0) h5_error(file_->name, group, "has a member that cannot be read");
    std::string name(static_cast<std::size_t>(length), '\0');
    name_into(name.data(), name.size() + 1);
    names.push_back(std::move(name));
  }
  return names;
}

H5Array H5Reader::info(const std::string& dataset) const {
  const H5Handle opened = file_->dataset(dataset);
  const H5Handle type(H5Dget_type(opened), H5Tclose);
  const std::optional<DType> dtype = type_holding(type);
  if (!dtype) h5_error(file_->name, dataset, "has a type that ktrain does not read");
  return {*dtype, file_->dims(opened, dataset)};
}

void H5Reader::read(const std::string& dataset, void* data, DType dtype,
                    std::span<const std::int64_t> dims) const {
  const H5Array array = info(dataset);
  if (!std::equal(dims.begin(), dims.end(), array.dims.begin(), array.dims.end())) {
    h5_error(file_->name, dataset,
             text("has the shape ", shape_text(array.dims), ", not ", shape_text(dims)));
  }
  const H5Handle opened = file_->dataset(dataset);
  if (H5Dread(opened, h5_type(dtype), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
    h5_error(file_->name, dataset, "cannot be read");
  }
}

void H5Reader::read_rows(const std::string& dataset, std::int64_t begin, std::int64_t end, void* data,
                         DType dtype) const {
  const H5Handle opened = file_->dataset(dataset);
  const std::vector<std::int64_t> dims = file_->dims(opened, dataset);
  if (dims.empty() || begin < 0 || begin >= end || end > dims[0]) {
    h5_error(file_->name, dataset,
             text("has the shape ", shape_text(dims), ", not rows ", begin, " to ", end));
  }
  std::vector<hsize_t> start(dims.size()), count(dims.begin(), dims.end());
  start[0] = static_cast<hsize_t>(begin);
  count[0] = static_cast<hsize_t>(end - begin);
  const H5Handle file_space(H5Dget_space(opened), H5Sclose);
  const H5Handle memory_space(H5Screate_simple(static_cast<int>(dims.size()), count.data(), nullptr),
                              H5Sclose);
  if (H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dread(opened, h5_type(dtype), memory_space, file_space, H5P_DEFAULT, data) < 0) {
    h5_error(file_->name, dataset, text("rows ", begin, " to ", end - 1, " cannot be read"));
  }
}

std::vector<std::string> H5Reader::read_strings(const std::string& dataset) const {
  const H5Handle opened = file_->dataset(dataset);
  const auto count = H5Array{DType::kUint8, file_->dims(opened, dataset)}.elements();
  const H5Handle type(H5Dget_type(opened), H5Tclose);
  const H5Handle space(H5Dget_space(opened), H5Sclose);
  if (count == 0) return {};
  if (H5Tget_class(type) != H5T_STRING) h5_error(file_->name, dataset, "does not hold strings");
  auto strings =
      strings_of(type, space, static_cast<std::size_t>(count), [&](hid_t memory_type, void* memory) {
        return H5Dread(opened, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, memory) >= 0;
      });
  if (!strings) h5_error(file_->name, dataset, "cannot be read");
  return std::move(*strings);
}

bool H5Reader::has_attribute(const std::string& object, const std::string& name) const {
  return H5Aexists(file_->object(object), name.c_str()) > 0;
}

std::vector<std::string> H5Reader::attribute_strings(const std::string& object,
                                                     const std::string& name) const {
  const std::string path = text(object, "@", name);
  const H5Handle opened = h5_require({H5Aopen(file_->object(object), name.c_str(), H5P_DEFAULT), H5Aclose},
                                     file_->name, path, "is missing");
  const H5Handle type(H5Aget_type(opened), H5Tclose);
  const H5Handle space(H5Aget_space(opened), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (count <= 0) return {};
  if (H5Tget_class(type) != H5T_STRING) h5_error(file_->name, path, "does not hold strings");
  auto strings =
      strings_of(type, space, static_cast<std::size_t>(count),
                 [&](hid_t memory_type, void* memory) { return H5Aread(opened, memory_type, memory) >= 0; });
  if (!strings) h5_error(file_->name, path, "cannot be read");
  return std::move(*strings);
}

std::string H5Reader::attribute(const std::string& object, const std::string& name) const {
  const std::vector<std::string> strings = attribute_strings(object, name);
  if (strings.size() != 1) h5_error(file_->name, text(object, "@", name), "is not one string");
  return strings.front();
}

}  // namespace ktrain
