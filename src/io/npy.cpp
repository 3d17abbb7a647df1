#include "io/npy.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/check.h"
#include "core/text.h"
#include "io/mapped_file.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kMagic = "\x93NUMPY"sv;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Error(ExitCode::kData, text(name, ": ", why));
}

/// The header's Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class Dictionary {
 public:
  Dictionary(std::string_view literal, const std::string& name) : rest_(literal), name_(name) {}

  void parse() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      value(key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!format || !fortran_order || !dims) refuse_header();
  }

  std::optional<ElementFormat> format;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> dims;

 private:
  [[noreturn]] void refuse_header() const { refuse(name_, "the NPY header cannot be understood"); }

  void value(std::string_view key) {
    if (key == "descr") {
      format = descr();
    } else if (key == "fortran_order") {
      fortran_order = boolean();
    } else if (key == "shape") {
      dims = tuple();
    } else {
      refuse_header();
    }
  }

  ElementFormat descr() {
    skip_space();
    if (rest_.starts_with('[')) refuse(name_, "structured arrays are not supported");
    const std::string_view code = quoted();
    ElementFormat parsed;
    const bool ordered = code.size() >= 3 && "<>|="sv.find(code[0]) != std::string_view::npos;
    const char* end = code.data() + code.size();
    if (!ordered || std::from_chars(code.data() + 2, end, parsed.bytes).ptr != end) {
      refuse(name_, text("elements of type '", code, "' are not supported"));
    }
    parsed.kind = code[1];
    parsed.big_endian = code[0] == '>';
    return parsed;
  }

  bool boolean() {
    if (accept_word("True")) return true;
    if (accept_word("False")) return false;
    refuse_header();
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> parsed;
    expect('(');
    while (!accept(')')) {
      skip_space();
      const auto [end, error] =
          std::from_chars(rest_.data(), rest_.data() + rest_.size(), parsed.emplace_back());
      if (error != std::errc()) refuse_header();
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return parsed;
  }

  std::string_view quoted() {
    skip_space();
    const char quote = rest_.empty() ? '\0' : rest_[0];
    const std::size_t end = quote == '\'' || quote == '"' ? rest_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) refuse_header();
    const std::string_view content = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return content;
  }

  bool accept_word(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool accept(char c) { return accept_word({&c, 1}); }
  void expect(char c) {
    if (!accept(c)) refuse_header();
  }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size())); }

  std::string_view rest_;
  const std::string& name_;
};

struct Prefix {
  std::size_t bytes;   ///< magic, version and length
  std::size_t header;  ///< bytes of the dictionary
};

Prefix parse_prefix(std::string_view file, const std::string& name) {
  if (!file.starts_with(kMagic) || file.size() < kMagic.size() + 2)
    refuse(name, "not an NPY file: wrong magic");
  const int version = static_cast<unsigned char>(file[kMagic.size()]);
  if (version < 1 || version > 3) refuse(name, text("NPY version ", version, " is not supported"));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const Prefix prefix{kMagic.size() + 2 + length_bytes, 0};
  require_size(name, prefix.bytes, 0, std::min(file.size(), prefix.bytes));
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) {
    length = length << 8 | static_cast<unsigned char>(file[kMagic.size() + 2 + i]);
  }
  require_size(name, prefix.bytes, length, std::min(file.size(), prefix.bytes + length));
  return {prefix.bytes, length};
}

}  // namespace

StoredArray parse_npy(std::span<const std::byte> file, const std::string& name,
                      std::shared_ptr<const void> owner) {
  const std::string_view characters(reinterpret_cast<const char*>(file.data()), file.size());
  const Prefix prefix = parse_prefix(characters, name);
  Dictionary dictionary(characters.substr(prefix.bytes, prefix.header), name);
  dictionary.parse();
  const std::size_t offset = prefix.bytes + prefix.header;
  const std::size_t promised = promised_bytes(name, *dictionary.format, *dictionary.dims);
  if (*dictionary.fortran_order && dictionary.dims->size() > 1) {
    refuse(name, "the array is in Fortran order (fortran_order True); save numpy.ascontiguousarray(…)");
  }
  require_size(name, offset, promised, file.size());
  return {name, *dictionary.format, *dictionary.dims, file.subspan(offset), std::move(owner)};
}

StoredArray open_npy(const std::string& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  return parse_npy(file->bytes(), path, file);
}

std::string npy_header(const ElementFormat& format, std::span<const std::int64_t> dims) {
  constexpr std::size_t kAlignment = 64;
  const std::size_t prefix = kMagic.size() + 4;
  std::string dictionary = text("{'descr': '", to_string(format), "', 'fortran_order': False, 'shape': (");
  const char* separator = "";
  for (const std::int64_t dim : dims) dictionary += text(std::exchange(separator, ", "), dim);
  if (dims.size() == 1) dictionary += ",";  // a tuple of one, as Python writes it
  dictionary += "), }";
  // Padded so that the elements lie aligned; the last byte is a line feed.
  const std::size_t length =
      (prefix + dictionary.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - prefix;
  KTRAIN_CHECK(length < 0x10000, length);
  dictionary.append(length - dictionary.size() - 1, ' ').push_back('\n');
  std::string header(kMagic);
  for (const std::size_t byte : {std::size_t{1}, std::size_t{0}, length & 0xFF, length >> 8}) {
    header.push_back(static_cast<char>(byte));
  }
  return header + dictionary;
}

}  // namespace ktrain
