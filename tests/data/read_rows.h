#pragma once

#include <memory>
#include <vector>

#include "ktrain/data/dataset.h"

namespace ktrain::testing {

/// The samples `indices`, a tensor per field.
inline std::vector<Tensor> read_rows(const Dataset& dataset, const std::vector<std::int64_t>& indices) {
  std::vector<Tensor> rows;
  std::vector<TensorView> views;
  for (const FieldSpec& field : dataset.fields()) {
    const auto count = static_cast<std::int64_t>(indices.size());
    rows.emplace_back(field.sample_shape.batched(count), field.dtype);
    views.push_back(rows.back().view());
  }
  dataset.read(indices, views);
  return rows;
}

/// The numbers of one field of the samples `indices`.
template <typename T>
std::vector<T> read_field(const Dataset& dataset, std::size_t field,
                          const std::vector<std::int64_t>& indices) {
  const std::vector<Tensor> rows = read_rows(dataset, indices);
  const auto span = rows[field].span<T>();
  return {span.begin(), span.end()};
}

}  // namespace ktrain::testing
