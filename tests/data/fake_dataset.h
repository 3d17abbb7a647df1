#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/array_dataset.h"

namespace ktrain::testing {

/// `values` as an array in memory whose rows have the shape `sample`.
template <typename T>
StoredArray array_of(const std::string& name, char kind, std::vector<T> values,
                     std::vector<std::int64_t> dims) {
  auto memory = std::make_shared<const std::vector<T>>(std::move(values));
  return {name, {kind, sizeof(T)}, std::move(dims), std::as_bytes(std::span(*memory)), memory};
}

}  // namespace ktrain::testing
