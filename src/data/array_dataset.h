#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/stored_array.h"
#include "ktrain/data/dataset.h"

namespace ktrain {

/// One field of a dataset as an array with a row per sample.
struct ArrayField {
  std::string name;
  FieldSpec::Role role = FieldSpec::Role::kInput;
  StoredArray array;
};

/// The dataset of these arrays. Sample weights of shape (N, 1) count as (N,). Throws Error{kData} naming the
/// arrays when they differ in their number of samples, have none, or have too many dimensions.
std::shared_ptr<const Dataset> make_array_dataset(std::string name, std::vector<ArrayField> fields);

}  // namespace ktrain
