#include "data/field_names.h"

#include <algorithm>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;

struct Prefix {
  std::string_view text;
  Role role;
};

constexpr Prefix kPrefixes[] = {
    {"x", Role::kInput}, {"y", Role::kTarget}, {"sample_weight", Role::kSampleWeight}};

}  // namespace

std::optional<FieldName> field_name(std::string_view array) {
  for (const auto& [prefix, role] : kPrefixes) {
    if (array == prefix) return FieldName{"", role};
    if (!array.starts_with(prefix) || array.size() < prefix.size() + 2) continue;
    const char separator = array[prefix.size()];
    if (separator == '_' || separator == '/') {
      return FieldName{std::string(array.substr(prefix.size() + 1)), role};
    }
  }
  return std::nullopt;
}

FieldName require_field_name(const std::string& file, std::string_view array) {
  if (auto field = field_name(array)) return *std::move(field);
  throw Error(ExitCode::kData, text(file, ": array '", array,
                                    "' is none of x, y, sample_weight, x_<input>, y_<output>, "
                                    "sample_weight_<output>"));
}

void require_consistent(const std::string& file, std::span<const FieldName> fields) {
  for (const auto& [prefix, role] : kPrefixes) {
    std::vector<std::string> names;
    for (const FieldName& field : fields) {
      if (field.role == role) names.push_back(field.name);
    }
    std::ranges::sort(names);
    if (names.size() > 1 && names.front().empty()) {
      throw Error(ExitCode::kData, text(file, ": both '", prefix, "' and '", prefix, "_…' arrays"));
    }
    const auto twice = std::ranges::adjacent_find(names);
    if (twice != names.end()) {
      throw Error(ExitCode::kData, text(file, ": two '", prefix, "' arrays named '", *twice, "'"));
    }
    if (role == Role::kInput && names.empty()) {
      throw Error(ExitCode::kData, text(file, ": no array 'x' or 'x_<input>'"));
    }
  }
}

}  // namespace ktrain
