#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "io/hdf5.h"
#include "io/hdf5/attribute.h"
#include "io/hdf5/convert.h"
#include "io/hdf5/group.h"
#include "io/hdf5/stored.h"
#include "io/hdf5/superblock.h"
#include "io/mapped_file.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

// Nested models of Keras add three groups each.
constexpr std::size_t kDeepestPath = 200;

std::string shape_of(std::span<const std::int64_t> dims) {
  return shape_text(std::vector<std::uint64_t>(dims.begin(), dims.end()));
}

std::vector<std::int64_t> dims_of(const H5Space& space) {
  if (space.null) return {0};
  return {space.dims.begin(), space.dims.end()};
}

constexpr std::uint64_t kPieceBytes = std::uint64_t{4} << 20;

/// Rows [begin, end) into `data`, as they come together, in pieces; `mapped`, which may be null, releases
/// what has been read.
void convert_rows(H5Stored& stored, std::uint64_t begin, std::uint64_t end, DType dtype, void* data,
                  const MappedFile* mapped) {
  if (stored.row_bytes() == 0) return;
  const H5Type& type = stored.dataset().type;
  const std::uint64_t piece = std::max<std::uint64_t>(1, kPieceBytes / stored.row_bytes());
  auto* to = static_cast<std::byte*>(data);
  while (begin < end) {
    const std::span<const std::byte> bytes = stored.rows_from(begin, std::min(end, begin + piece));
    const std::uint64_t count = bytes.size() / type.bytes;
    convert_numbers(type, bytes, count, dtype, to);
    to += count * size_of(dtype);
    begin += bytes.size() / stored.row_bytes();
    if (mapped != nullptr) mapped->release(bytes);
  }
}

/// The parts of a path, without empty ones.
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (parts.size() > kDeepestPath) malformed("lies deeper than ", kDeepestPath, " groups");
  return parts;
}

void require_hard(const H5Link& link, std::string_view path) {
  switch (link.kind) {
    case H5Link::Kind::kHard:
      return;
    case H5Link::Kind::kSoft:
      malformed("is behind the soft link '", path, "', and ktrain follows hard links only");
    case H5Link::Kind::kExternal:
      malformed("is behind the external link '", path, "', and ktrain follows hard links only");
    default:
      malformed("is behind '", path, "', a link of a kind that ktrain does not follow");
  }
}

}  // namespace

std::int64_t H5Array::elements() const {
  return static_cast<std::int64_t>(h5_product(std::vector<std::uint64_t>(dims.begin(), dims.end())));
}

struct H5Reader::File {
  /// A group's members, and the one path that leads to it.
  struct KnownGroup {
    std::string path;
    H5Group members;
  };

  std::string name;
  std::vector<std::byte> memory;             ///< the bytes, where they are this object's
  std::shared_ptr<const MappedFile> mapped;  ///< or the file that holds them
  H5Image image;
  std::map<std::uint64_t, KnownGroup> groups;  ///< by header address, those already read
  std::set<std::uint64_t> no_groups;           ///< header addresses of other objects
  std::map<std::string, H5Stored> datasets;    ///< by path, those already read

  explicit File(std::string file) : name(std::move(file)) {}

  void open(std::span<const std::byte> bytes) {
    try {
      image = open_h5_image(bytes);
    } catch (const FormatError& error) {
      throw Error(ExitCode::kData, text(name, ": the file ", error.what()));
    }
  }

  /// Headers lie between the values, and each touch of one brings in what is around it.
  void release() const {
    if (mapped) mapped->release(mapped->bytes());
  }

  /// What `action` returns; its errors name the file and `path`.
  template <typename Action>
  auto at(const std::string& path, const Action& action) {
    try {
      return action();
    } catch (const FormatError& error) {
      throw Error(ExitCode::kData, text(name, ": '", path, "' ", error.what()));
    }
  }

  /// The members of the group whose header is at `address`; null for other objects. A group with two paths
  /// would make a walk endless, or as good as: each has one.
  const H5Group* group(std::uint64_t address, std::string_view path) {
    const auto known = groups.find(address);
    if (known != groups.end()) {
      if (known->second.path != path)
        malformed("is the group '", known->second.path, "' under a second name");
      return &known->second.members;
    }
    // Asked again for every object of a file, which would bring it back into memory.
    if (no_groups.contains(address)) return nullptr;
    const H5ObjectHeader header = read_object_header(image, address);
    if (!is_group_header(header)) {
      no_groups.insert(address);
      return nullptr;
    }
    KnownGroup read{std::string(path), read_group(image, header)};
    return &groups.emplace(address, std::move(read)).first->second.members;
  }

  /// The address of an object's header; nothing where a part of the path is missing.
  std::optional<std::uint64_t> find(std::string_view path) {
    std::uint64_t address = image.root;
    std::string so_far;
    for (const std::string_view part : parts_of(path)) {
      const H5Group* members = group(address, so_far);
      if (members == nullptr) return std::nullopt;
      const auto member = members->find(part);
      if (member == members->end()) return std::nullopt;
      so_far.append(so_far.empty() ? "" : "/").append(part);
      require_hard(member->second, so_far);
      address = member->second.object;
    }
    return address;
  }

  /// As find(), for a group; null where it is none, or missing.
  const H5Group* find_group(std::string_view path) {
    const std::optional<std::uint64_t> address = find(path);
    if (!address) return nullptr;
    std::string canonical;
    for (const std::string_view part : parts_of(path))
      canonical.append(canonical.empty() ? "" : "/").append(part);
    return group(*address, canonical);
  }

  std::uint64_t address(const std::string& path) {
    const std::optional<std::uint64_t> address = find(path);
    if (!address) malformed("is missing");
    return *address;
  }

  H5ObjectHeader header(const std::string& path) { return read_object_header(image, address(path)); }

  /// A dataset, whose header is read once.
  H5Stored& stored(const std::string& path) {
    const auto known = datasets.find(path);
    if (known != datasets.end()) return known->second;
    const H5ObjectHeader object = header(path);
    if (!is_dataset_header(object)) malformed("is not a dataset");
    no_groups.insert(address(path));
    return datasets.emplace(path, H5Stored(image, object)).first->second;
  }

  /// One of numbers.
  H5Stored& numbers(const std::string& path) {
    H5Stored& found = stored(path);
    const H5Type& type = found.dataset().type;
    if (!type.dtype()) malformed("has a type that ktrain does not read: ", type.name());
    return found;
  }
};

H5Reader::H5Reader(const std::string& file) : file_(std::make_unique<File>(file)) {
  file_->mapped = std::make_shared<const MappedFile>(file);
  file_->open(file_->mapped->bytes());
}

H5Reader::H5Reader(const std::string& file, std::vector<std::byte> image)
    : file_(std::make_unique<File>(file)) {
  file_->memory = std::move(image);
  file_->open(file_->memory);
}

H5Reader::H5Reader(const std::string& file, std::span<const std::byte> image,
                   std::shared_ptr<const MappedFile> mapped)
    : file_(std::make_unique<File>(file)) {
  file_->mapped = std::move(mapped);
  file_->open(image);
}

H5Reader::~H5Reader() = default;
H5Reader::H5Reader(H5Reader&&) noexcept = default;
H5Reader& H5Reader::operator=(H5Reader&&) noexcept = default;

const std::string& H5Reader::file() const {
  return file_->name;
}

bool H5Reader::exists(const std::string& path) const {
  return file_->at(path, [&] { return file_->find(path).has_value(); });
}

bool H5Reader::is_group(const std::string& path) const {
  return file_->at(path, [&] { return file_->find_group(path) != nullptr; });
}

std::vector<std::string> H5Reader::list(const std::string& group) const {
  return file_->at(group, [&] {
    const H5Group* members = file_->find_group(group);
    if (members == nullptr) malformed(file_->find(group) ? "is not a group" : "is missing");
    std::vector<std::string> names;
    for (const auto& [name, link] : *members) names.push_back(name);
    file_->release();
    return names;
  });
}

H5Array H5Reader::info(const std::string& dataset) const {
  return file_->at(dataset, [&] {
    const H5Dataset& found = file_->numbers(dataset).dataset();
    return H5Array{*found.type.dtype(), dims_of(found.space)};
  });
}

void H5Reader::read(const std::string& dataset, void* data, DType dtype,
                    std::span<const std::int64_t> dims) const {
  file_->at(dataset, [&] {
    H5Stored& stored = file_->numbers(dataset);
    if (const auto actual = dims_of(stored.dataset().space); !std::ranges::equal(actual, dims)) {
      malformed("has the shape ", shape_of(actual), ", not ", shape_of(dims));
    }
    convert_rows(stored, 0, stored.rows(), dtype, data, file_->mapped.get());
    file_->release();
  });
}

void H5Reader::read_rows(const std::string& dataset, std::int64_t begin, std::int64_t end, void* data,
                         DType dtype) const {
  file_->at(dataset, [&] {
    H5Stored& stored = file_->numbers(dataset);
    const std::vector<std::int64_t> dims = dims_of(stored.dataset().space);
    if (dims.empty() || begin < 0 || begin >= end || end > dims[0]) {
      malformed("has the shape ", shape_of(dims), ", not rows ", begin, " to ", end);
    }
    convert_rows(stored, static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end), dtype, data,
                 nullptr);
  });
}

std::vector<std::string> H5Reader::read_strings(const std::string& dataset) const {
  return file_->at(dataset, [&]() -> std::vector<std::string> {
    H5Stored& stored = file_->stored(dataset);
    const H5Dataset& found = stored.dataset();
    if (found.space.elements() == 0) return {};
    if (!found.type.is_string()) malformed("does not hold strings");
    return ktrain::read_strings(file_->image, found.type, found.space, stored.all());
  });
}

bool H5Reader::has_attribute(const std::string& object, const std::string& name) const {
  return file_->at(object,
                   [&] { return find_attribute(file_->image, file_->header(object), name).has_value(); });
}

std::vector<std::string> H5Reader::attribute_strings(const std::string& object,
                                                     const std::string& name) const {
  return file_->at(text(object, "@", name), [&]() -> std::vector<std::string> {
    const auto found = find_attribute(file_->image, file_->header(object), name);
    if (!found) malformed("is missing");
    if (found->space.elements() == 0) return {};
    if (!found->type.is_string()) malformed("does not hold strings");
    return ktrain::read_strings(file_->image, found->type, found->space, found->data);
  });
}

std::string H5Reader::attribute(const std::string& object, const std::string& name) const {
  const std::vector<std::string> strings = attribute_strings(object, name);
  if (strings.size() != 1) {
    throw Error(ExitCode::kData, text(file_->name, ": '", object, "@", name, "' is not one string"));
  }
  return strings.front();
}

}  // namespace ktrain
