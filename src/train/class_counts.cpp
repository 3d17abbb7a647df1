#include "train/class_counts.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>
#include <vector>

#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "nn/losses/alignment.h"
#include "parallel/batch_plan.h"

namespace ktrain {
namespace {

using Counts = std::map<std::int64_t, std::int64_t>;

/// Samples read at a time.
constexpr std::int64_t kRows = 256;

Counts counts_of(const Dataset& dataset, int field, Range samples) {
  Counts counts;
  for_each_target(dataset, field, samples, [&](std::int64_t, std::span<const float> target) {
    if (const auto found = class_of(target)) ++counts[*found];
  });
  return counts;
}

std::string printed(const Counts& counts) {
  std::string lines;
  for (const auto& [name, count] : counts) lines += text(name, ' ', count, '\n');
  return lines;
}

}  // namespace

std::optional<std::int64_t> class_of(std::span<const float> target) {
  const auto largest = std::ranges::max_element(target);
  const double whole = target.size() == 1 ? std::nearbyint(static_cast<double>(target[0]))
                                          : static_cast<double>(largest - target.begin());
  if (!(std::abs(whole) < 0x1p53)) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

int single_target(const Dataset& dataset, const std::string& purpose) {
  int found = -1;
  for (std::size_t i = 0; i < dataset.fields().size(); ++i) {
    if (dataset.fields()[i].role != FieldSpec::Role::kTarget) continue;
    if (found >= 0) throw Error(ExitCode::kConfiguration, text(purpose, " are for data with one target"));
    found = static_cast<int>(i);
  }
  if (found < 0) throw Error(ExitCode::kConfiguration, text(purpose, " need data with a target"));
  return found;
}

void for_each_target(const Dataset& dataset, int field, Range samples,
                     const std::function<void(std::int64_t, std::span<const float>)>& body) {
  std::vector<Tensor> memory;
  std::vector<TensorView> views;
  for (const FieldSpec& spec : dataset.fields()) {
    memory.emplace_back(spec.sample_shape.batched(kRows), spec.dtype);
  }
  for (Tensor& tensor : memory) views.push_back(tensor.view());
  const auto width =
      static_cast<std::size_t>(dataset.fields()[static_cast<std::size_t>(field)].sample_shape.elements());
  std::vector<float> targets(static_cast<std::size_t>(kRows) * width);
  std::vector<std::int64_t> indices;
  for (std::int64_t begin = samples.begin; begin < samples.end; begin += kRows) {
    const std::int64_t rows = std::min(kRows, samples.end - begin);
    indices.resize(static_cast<std::size_t>(rows));
    std::iota(indices.begin(), indices.end(), begin);
    std::vector<TensorView> read;
    for (const TensorView& view : views) read.push_back(view.rows(0, rows));
    dataset.read(indices, read);
    const auto values = std::span(targets).first(static_cast<std::size_t>(rows) * width);
    copy_as_float(read[static_cast<std::size_t>(field)], values);
    for (std::int64_t row = 0; row < rows; ++row) {
      body(begin + row, values.subspan(static_cast<std::size_t>(row) * width, width));
    }
  }
}

Counts count_classes(Communicator& communicator, const Dataset& dataset, int field) {
  const Range own = even_part(dataset.size(), communicator.size(), communicator.rank());
  const Counts part = agree(communicator, [&] { return counts_of(dataset, field, own); });
  Counts counts;
  for (const std::string& lines : communicator.all_gather(printed(part))) {
    std::istringstream in(lines);
    for (std::int64_t name = 0, count = 0; in >> name >> count;) counts[name] += count;
  }
  return counts;
}

std::map<std::int64_t, double> balanced_class_weights(const Counts& counts) {
  double samples = 0;
  for (const auto& [name, count] : counts) samples += static_cast<double>(count);
  std::map<std::int64_t, double> weights;
  for (const auto& [name, count] : counts) {
    weights[name] = samples / (static_cast<double>(counts.size()) * static_cast<double>(count));
  }
  return weights;
}

}  // namespace ktrain
