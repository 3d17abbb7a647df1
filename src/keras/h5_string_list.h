#pragma once

#include <string>
#include <vector>

#include "io/hdf5.h"

namespace ktrain {

// Attributes that are lists of names. Keras cuts those beyond 64512 bytes into name0, name1, …

/// Empty when there is none.
std::vector<std::string> read_string_list(const H5Reader& file, const std::string& group,
                                          const std::string& name);
void write_string_list(H5Writer& file, const std::string& group, const std::string& name,
                       const std::vector<std::string>& values);

}  // namespace ktrain
