#include <algorithm>

#include "core/text.h"
#include "data/pipeline.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;

std::string quoted(std::span<const std::string> names) {
  std::string list;
  for (const std::string& name : names) list += text(list.empty() ? "'" : ", '", name, "'");
  return list;
}

}  // namespace

std::string_view name_of(Role role) {
  return role == Role::kInput ? "input" : role == Role::kTarget ? "target" : "sample weight";
}

std::vector<int> bind_fields(std::span<const FieldSpec> fields, Role role,
                             std::span<const std::string> names) {
  std::vector<int> places;
  std::vector<std::string> found;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].role != role) continue;
    places.push_back(static_cast<int>(i));
    found.push_back(fields[i].name);
  }
  const auto refuse = [&] {
    throw Error(ExitCode::kConfiguration, text("the data's ", name_of(role), "s do not fit the model: ",
                                               found.empty()           ? "none"
                                               : found.front().empty() ? text(found.size(), " unnamed")
                                                                       : quoted(found),
                                               " in the data, ", quoted(names), " in the model"));
  };
  const bool weight = role == Role::kSampleWeight;
  if (weight && places.empty()) return std::vector<int>(names.size(), -1);
  if (weight && found.front().empty()) return std::vector<int>(names.size(), places.front());
  if (!weight && places.size() != names.size()) refuse();
  if (!places.empty() && found.front().empty()) return places;

  std::vector<int> bound;
  std::size_t used = 0;
  for (const std::string& name : names) {
    const auto at = std::ranges::find(found, name);
    if (at == found.end() && !weight) refuse();
    bound.push_back(at == found.end() ? -1 : places[static_cast<std::size_t>(at - found.begin())]);
    used += at == found.end() ? 0 : 1;
  }
  if (used != places.size()) refuse();
  return bound;
}

}  // namespace ktrain
