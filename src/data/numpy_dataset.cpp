#include <utility>

#include "data/array_dataset.h"
#include "data/field_names.h"
#include "data/sources.h"
#include "io/npy.h"
#include "io/npz.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;

}  // namespace

std::shared_ptr<const Dataset> open_npz_dataset(Specification& specification) {
  const std::string& file = specification.path();
  std::vector<ArrayField> fields;
  std::vector<FieldName> names;
  for (NpzMember& member : read_npz(file)) {
    const FieldName& name = names.emplace_back(require_field_name(file, member.name));
    fields.push_back({name.name, name.role, std::move(member.array)});
  }
  require_consistent(file, names);
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
