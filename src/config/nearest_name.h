#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ktrain {

/// How many characters to insert, delete, replace or swap with their neighbour to make `a` into `b` (optimal
/// string alignment distance).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The first of `names` at the smallest distance from `name`; empty when there are none.
std::string nearest_name(std::string_view name, std::span<const std::string> names);

}  // namespace ktrain
