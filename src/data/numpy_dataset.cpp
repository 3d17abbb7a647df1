#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.h"
#include "data/array_dataset.h"
#include "data/sources.h"
#include "io/npy.h"
#include "io/npz.h"
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

/// "x" is the unnamed input, "x_left" the input "left".
ArrayField field_of(const std::string& file, NpzMember member) {
  const std::string_view name = member.name;
  for (const auto& [prefix, role] : kPrefixes) {
    if (name == prefix) return {"", role, std::move(member.array)};
    if (name.starts_with(prefix) && name.substr(prefix.size()).starts_with('_')) {
      return {std::string(name.substr(prefix.size() + 1)), role, std::move(member.array)};
    }
  }
  throw Error(ExitCode::kData, text(file, ": array '", name,
                                    "' is none of x, y, sample_weight, x_<input>, y_<output>, "
                                    "sample_weight_<output>"));
}

bool names_are_mixed(const std::vector<ArrayField>& fields, Role role) {
  const auto of_role = [&](const ArrayField& field) { return field.role == role; };
  return std::ranges::count_if(fields, of_role) > 1 &&
         std::ranges::any_of(fields,
                             [&](const ArrayField& field) { return of_role(field) && field.name.empty(); });
}

void require_consistent(const std::string& file, const std::vector<ArrayField>& fields) {
  for (const auto& [prefix, role] : kPrefixes) {
    if (names_are_mixed(fields, role)) {
      throw Error(ExitCode::kData, text(file, ": both '", prefix, "' and '", prefix, "_…' arrays"));
    }
  }
  if (std::ranges::none_of(fields, [](const ArrayField& field) { return field.role == Role::kInput; })) {
    throw Error(ExitCode::kData, text(file, ": no array 'x' or 'x_<input>'"));
  }
}

}  // namespace

std::shared_ptr<const Dataset> open_npz_dataset(Specification& specification) {
  const std::string& file = specification.path();
  std::vector<ArrayField> fields;
  for (NpzMember& member : read_npz(file)) fields.push_back(field_of(file, std::move(member)));
  require_consistent(file, fields);
  return make_array_dataset(specification.whole(), std::move(fields));
}

std::shared_ptr<const Dataset> open_npy_dataset(Specification& specification) {
  std::vector<ArrayField> fields = {{"", Role::kInput, open_npy(specification.path())}};
  if (const auto y = specification.take("y")) fields.push_back({"", Role::kTarget, open_npy(*y)});
  if (const auto weight = specification.take("sample_weight")) {
    fields.push_back({"", Role::kSampleWeight, open_npy(*weight)});
  }
  return make_array_dataset(specification.whole(), std::move(fields));
}

}  // namespace ktrain
