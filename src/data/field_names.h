#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ktrain/data/dataset.h"

namespace ktrain {

/// What an array of a file, or an option, is by its name: "x" is the unnamed input, "x_left" the input
/// "left", "y" and "y_<output>" are targets, "sample_weight" and "sample_weight_<output>" sample weights.
struct FieldName {
  std::string name;
  FieldSpec::Role role = FieldSpec::Role::kInput;
};

/// Nothing for other names. The separator is '_', or '/' in files with folders.
std::optional<FieldName> field_name(std::string_view array);
/// The same, or Error{kData} naming `file` and the array.
FieldName require_field_name(const std::string& file, std::string_view array);

/// Throws Error{kData} naming `file` unless there is an input, each role is named throughout or one unnamed
/// field, and no two fields have the same name.
void require_consistent(const std::string& file, std::span<const FieldName> fields);

}  // namespace ktrain
