#include <glob.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "data/feature_format.h"
#include "data/field_names.h"
#include "data/sources.h"
#include "io/mapped_file.h"
#include "io/tfrecord.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// The files of a pattern, sorted.
std::vector<std::string> matching_files(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> files;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  if (files.empty()) throw Error(ExitCode::kNoInput, text("cannot read ", pattern, ": no such file"));
  std::ranges::sort(files);
  return files;
}

struct Feature {
  FieldName field;
  FeatureFormat format;
};

std::vector<Feature> take_features(Specification& specification) {
  ImageFormat resizing;
  take_resizing(specification, resizing);
  std::vector<Feature> features;
  std::vector<FieldName> names;
  for (const char* prefix : {"x", "y", "sample_weight"}) {
    for (const auto& [key, value] : specification.take_all(prefix)) {
      auto name = field_name(key);
      auto format = parse_feature_format(value);
      if (!name) specification.refuse(text("unknown option '", key, "'"));
      if (!format) {
        specification.refuse(text("option '", key, "' is '", value,
                                  "', not FEATURE:TYPE[SHAPE], such as "
                                  "image:uint8[28,28,1], label:int64 or encoded:image[224,224,3]"));
      }
      format->image.interpolation = resizing.interpolation;
      format->image.crop_to_aspect_ratio = resizing.crop_to_aspect_ratio;
      format->image.pad_to_aspect_ratio = resizing.pad_to_aspect_ratio;
      names.push_back(*name);
      features.push_back({*std::move(name), *std::move(format)});
    }
  }
  require_consistent(specification.whole(), names);
  return features;
}

class TfRecordDataset : public Dataset {
 public:
  TfRecordDataset(std::string name, const std::vector<std::string>& files, std::vector<Feature> features)
      : name_(std::move(name)), features_(std::move(features)) {
    for (const std::string& file : files) add(file);
    if (records_.empty()) throw Error(ExitCode::kData, text(name_, ": holds no records"));
    for (const Feature& feature : features_) {
      Shape shape = feature.format.shape;
      // One number, whether it is written as a list of one or not.
      if (feature.field.role == FieldSpec::Role::kSampleWeight && shape.elements() == 1) shape = Shape{};
      specs_.push_back({feature.field.name, feature.field.role, feature.format.dtype(), shape});
    }
    require_scalar_weights();
    require_first_record();
  }

  std::string name() const override { return name_; }
  std::int64_t size() const override { return std::ssize(records_); }
  std::span<const FieldSpec> fields() const override { return specs_; }

  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    KTRAIN_CHECK(rows.size() == features_.size(), rows.size(), " views for ", features_.size(), " fields");
    for (std::size_t row = 0; row < indices.size(); ++row) {
      KTRAIN_CHECK(0 <= indices[row] && indices[row] < size(), "sample ", indices[row], " of ", size());
      read_record(records_[static_cast<std::size_t>(indices[row])], row, rows);
    }
  }

 private:
  struct Record {
    RecordPlace place;
    std::uint32_t file;
    std::uint32_t number;  ///< within the file
  };

  void add(const std::string& path) {
    const MappedFile& file = *files_.emplace_back(std::make_unique<MappedFile>(path));
    std::uint32_t number = 0;
    for (const RecordPlace& place : index_tfrecords(file.bytes(), path)) {
      records_.push_back({place, static_cast<std::uint32_t>(files_.size() - 1), number++});
    }
  }

  void require_scalar_weights() const {
    for (const FieldSpec& spec : specs_) {
      if (spec.role != FieldSpec::Role::kSampleWeight || spec.sample_shape.rank() == 0) continue;
      throw Error(ExitCode::kData, text(name_, ": sample weights of shape ", spec.sample_shape,
                                        ", not one number for each sample"));
    }
  }

  /// A wrong feature is worth an error before the run begins.
  void require_first_record() const {
    std::vector<Tensor> rows;
    std::vector<TensorView> views;
    for (const FieldSpec& spec : specs_) rows.emplace_back(spec.sample_shape.batched(1), spec.dtype);
    for (Tensor& row : rows) views.push_back(row.view());
    const std::int64_t first = 0;
    read(std::span(&first, 1), views);
  }

  void read_record(const Record& record, std::size_t row, std::span<const TensorView> rows) const {
    const MappedFile& file = *files_[record.file];
    const auto data = tfrecord_data(file.bytes(), record.place, file.path(), record.number);
    const std::string name = text(file.path(), ": record ", record.number);
    for (std::size_t i = 0; i < features_.size(); ++i) {
      const std::size_t row_bytes =
          static_cast<std::size_t>(specs_[i].sample_shape.elements()) * size_of(specs_[i].dtype);
      auto* to = static_cast<std::byte*>(rows[i].address()) + row * row_bytes;
      read_feature(data, features_[i].format, name, to);
    }
  }

  std::string name_;
  std::vector<Feature> features_;
  std::vector<FieldSpec> specs_;
  std::vector<std::unique_ptr<MappedFile>> files_;
  std::vector<Record> records_;
};

}  // namespace

std::shared_ptr<const Dataset> open_tfrecord_dataset(Specification& specification) {
  std::vector<Feature> features = take_features(specification);
  return std::make_shared<TfRecordDataset>(specification.whole(), matching_files(specification.path()),
                                           std::move(features));
}

}  // namespace ktrain
