#include "data/synthetic.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "ktrain/core/philox.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;

/// Row `row` of a stream's random elements: bytes, or floats in [-1, 1).
void fill(const RandomStream& stream, std::uint64_t row, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); i += 16) {
    const auto words = stream.bits(row, i / 16);
    for (std::size_t j = i; j < std::min(i + 16, out.size()); ++j) {
      out[j] = static_cast<std::uint8_t>(words[j % 16 / 4] >> 8 * (j % 4));
    }
  }
}

void fill(const RandomStream& stream, std::uint64_t row, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); i += 4) {
    const auto numbers = stream.uniform(row, i / 4);
    for (std::size_t j = i; j < std::min(i + 4, out.size()); ++j) out[j] = 2 * numbers[j - i] - 1;
  }
}

std::uint8_t mean(std::uint8_t a, std::uint8_t b) {
  return static_cast<std::uint8_t>((a + b) / 2);
}
float mean(float a, float b) {
  return (a + b) / 2;
}

float as_number(std::uint8_t value) {
  return static_cast<float>(value) / 127.5F - 1;
}
float as_number(float value) {
  return value;
}

/// What one input needs beside its description.
class Source {
 public:
  Source(const SyntheticOptions& options, std::size_t place)
      : dtype_(options.inputs[place].dtype),
        elements_(options.inputs[place].shape.elements()),
        noise_(options.seed, "synthetic noise", static_cast<std::uint32_t>(place)) {
    const auto call = static_cast<std::uint32_t>(place);
    if (options.targets > 0) {
      make_map(options, RandomStream(options.seed, "synthetic map", call));
    } else {
      make_patterns(options.classes, RandomStream(options.seed, "synthetic pattern", call));
    }
  }

  /// Writes sample `index` of class `label` to row `row` of `out`.
  void write(std::uint64_t index, std::int64_t label, TensorView out, std::int64_t row) const {
    if (dtype_ == DType::kUint8) {
      write_as<std::uint8_t>(index, label, row_of<std::uint8_t>(out, row));
    } else {
      write_as<float>(index, label, row_of<float>(out, row));
    }
  }

  /// Adds this input's part of the linear map to `targets`.
  void add_targets(TensorView in, std::int64_t row, std::span<float> targets) const {
    if (dtype_ == DType::kUint8) {
      add_targets_as<std::uint8_t>(row_of<std::uint8_t>(in, row), targets);
    } else {
      add_targets_as<float>(row_of<float>(in, row), targets);
    }
  }

 private:
  std::int64_t pattern_elements() const { return std::min(elements_, kPatternElements); }

  template <typename T>
  std::span<T> row_of(TensorView tensor, std::int64_t row) const {
    return tensor.span<T>().subspan(static_cast<std::size_t>(row * elements_),
                                    static_cast<std::size_t>(elements_));
  }

  void make_patterns(std::int64_t classes, const RandomStream& stream) {
    patterns_ = Tensor(Shape{classes, pattern_elements()}, dtype_);
    for (std::int64_t label = 0; label < classes; ++label) {
      const TensorView pattern = patterns_.view().rows(label, label + 1);
      if (dtype_ == DType::kUint8) {
        fill(stream, static_cast<std::uint64_t>(label), pattern.span<std::uint8_t>());
      } else {
        fill(stream, static_cast<std::uint64_t>(label), pattern.span<float>());
      }
    }
  }

  /// Scaled so that the targets of uniform inputs have a variance of about one.
  void make_map(const SyntheticOptions& options, const RandomStream& stream) {
    std::int64_t all_elements = 0;
    for (const auto& input : options.inputs) all_elements += input.shape.elements();
    map_ = Tensor(Shape{options.targets, elements_});
    for (std::int64_t target = 0; target < options.targets; ++target) {
      fill(stream, static_cast<std::uint64_t>(target), map_.view().rows(target, target + 1).span<float>());
    }
    const float scale = 3 / std::sqrt(static_cast<float>(all_elements));
    for (float& weight : map_.span<float>()) weight *= scale;
  }

  template <typename T>
  void write_as(std::uint64_t index, std::int64_t label, std::span<T> out) const {
    fill(noise_, index, out);
    if (patterns_.shape().rank() == 0) return;
    const std::span<const T> pattern = patterns_.view().rows(label, label + 1).template span<T>();
    for (std::size_t begin = 0; begin < out.size(); begin += pattern.size()) {
      const std::size_t count = std::min(pattern.size(), out.size() - begin);
      for (std::size_t i = 0; i < count; ++i) out[begin + i] = mean(out[begin + i], pattern[i]);
    }
  }

  template <typename T>
  void add_targets_as(std::span<const T> in, std::span<float> targets) const {
    const float* weight = map_.span<float>().data();
    for (float& target : targets) {
      for (const T value : in) target += *weight++ * as_number(value);
    }
  }

  DType dtype_;
  std::int64_t elements_;
  RandomStream noise_;
  Tensor patterns_;  ///< (classes, pattern_elements()); a scalar where there are no classes
  Tensor map_;       ///< (targets, elements_)
};

class SyntheticDataset : public Dataset {
 public:
  SyntheticDataset(std::string name, const SyntheticOptions& options)
      : name_(std::move(name)), options_(options), labels_(options.seed, "synthetic label") {
    KTRAIN_CHECK(!options.inputs.empty() && options.samples > 0, name_);
    for (std::size_t i = 0; i < options.inputs.size(); ++i) {
      const auto& input = options.inputs[i];
      specs_.push_back({input.name, Role::kInput, input.dtype, input.shape});
      sources_.emplace_back(options, i);
    }
    specs_.push_back(regression() ? FieldSpec{"", Role::kTarget, DType::kFloat32, Shape{options.targets}}
                                  : FieldSpec{"", Role::kTarget, DType::kInt64, Shape{}});
  }

  std::string name() const override { return name_; }
  std::int64_t size() const override { return options_.samples; }
  std::span<const FieldSpec> fields() const override { return specs_; }

  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    KTRAIN_CHECK(rows.size() == specs_.size(), rows.size(), " views for ", specs_.size(), " fields");
    for (std::size_t row = 0; row < indices.size(); ++row) {
      KTRAIN_CHECK(0 <= indices[row] && indices[row] < size(), "sample ", indices[row], " of ", size());
      write(static_cast<std::uint64_t>(options_.first + indices[row]), rows, static_cast<std::int64_t>(row));
    }
  }

 private:
  bool regression() const { return options_.targets > 0; }

  std::int64_t label_of(std::uint64_t index) const {
    if (regression()) return 0;
    return static_cast<std::int64_t>(labels_.bits(index, 0)[0]) * options_.classes >> 32;
  }

  void write(std::uint64_t index, std::span<const TensorView> rows, std::int64_t row) const {
    const std::int64_t label = label_of(index);
    for (std::size_t i = 0; i < sources_.size(); ++i) sources_[i].write(index, label, rows[i], row);
    if (!regression()) {
      rows.back().data<std::int64_t>()[row] = label;
      return;
    }
    const std::span<float> targets = rows.back().rows(row, row + 1).span<float>();
    std::ranges::fill(targets, 0.0F);
    for (std::size_t i = 0; i < sources_.size(); ++i) sources_[i].add_targets(rows[i], row, targets);
  }

  std::string name_;
  SyntheticOptions options_;
  RandomStream labels_;
  std::vector<FieldSpec> specs_;
  std::vector<Source> sources_;
};

}  // namespace

std::shared_ptr<const Dataset> make_synthetic_dataset(std::string name, const SyntheticOptions& options) {
  return std::make_shared<SyntheticDataset>(std::move(name), options);
}

}  // namespace ktrain
