#include <algorithm>
#include <charconv>
#include <utility>

#include "core/check.h"
#include "data/image_folder.h"
#include "data/image_reader.h"
#include "data/sources.h"
#include "io/mapped_file.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;

enum class Labels { kInt, kCategorical, kBinary, kNone };

std::int64_t parse_size(const Specification& specification, std::string_view whole, std::string_view number) {
  std::int64_t size = 0;
  const char* end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, size);
  if (parsed.ec != std::errc() || parsed.ptr != end || size < 1 || size > 65536) {
    specification.refuse(text("option 'size' is '", whole, "', not HEIGHTxWIDTH"));
  }
  return size;
}

/// "224x224", or "224" for both.
HeightWidth take_size(Specification& specification, HeightWidth otherwise) {
  const auto value = specification.take("size");
  if (!value) return otherwise;
  const std::string_view whole = *value;
  const std::size_t cross = whole.find('x');
  const std::int64_t height = parse_size(specification, whole, whole.substr(0, cross));
  if (cross == std::string_view::npos) return {height, height};
  return {height, parse_size(specification, whole, whole.substr(cross + 1))};
}

ColorMode take_color_mode(Specification& specification) {
  const std::string mode = specification.take("color_mode").value_or("rgb");
  if (mode == "grayscale") return ColorMode::kGrayscale;
  if (mode == "rgb") return ColorMode::kRgb;
  if (mode == "rgba") return ColorMode::kRgba;
  specification.refuse(text("option 'color_mode' is '", mode, "', not rgb, grayscale or rgba"));
}

Labels take_labels(Specification& specification) {
  const std::string labels = specification.take("labels").value_or("int");
  if (labels == "int") return Labels::kInt;
  if (labels == "categorical") return Labels::kCategorical;
  if (labels == "binary") return Labels::kBinary;
  if (labels == "none") return Labels::kNone;
  specification.refuse(text("option 'labels' is '", labels, "', not int, categorical, binary or none"));
}

class ImageDataset : public Dataset {
 public:
  ImageDataset(std::string name, ImageFolder folder, const ImageFormat& format, Labels labels)
      : name_(std::move(name)), folder_(std::move(folder)), format_(format), labels_(labels) {
    const Shape image{format.size[0], format.size[1], static_cast<int>(format.color_mode)};
    specs_.push_back({"", Role::kInput, DType::kFloat32, image});
    if (labels == Labels::kInt) specs_.push_back({"", Role::kTarget, DType::kInt64, Shape{}});
    if (labels == Labels::kBinary) specs_.push_back({"", Role::kTarget, DType::kFloat32, Shape{1}});
    if (labels == Labels::kCategorical) {
      specs_.push_back({"", Role::kTarget, DType::kFloat32, Shape{std::ssize(folder_.classes)}});
    }
  }

  std::string name() const override { return name_; }
  std::int64_t size() const override { return std::ssize(folder_.files); }
  std::span<const FieldSpec> fields() const override { return specs_; }

  void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const override {
    KTRAIN_CHECK(rows.size() == specs_.size(), rows.size(), " views for ", specs_.size(), " fields");
    float* image = rows[0].data<float>();
    for (std::size_t row = 0; row < indices.size(); ++row) {
      const std::int64_t index = indices[row];
      KTRAIN_CHECK(0 <= index && index < size(), "sample ", index, " of ", size());
      const ImageFolder::File& file = folder_.files[static_cast<std::size_t>(index)];
      const MappedFile mapped(file.path);
      read_image(mapped.bytes(), format_, file.path, image);
      image += format_.elements();
      if (labels_ != Labels::kNone) write_label(file.label, rows[1], row);
    }
  }

 private:
  void write_label(int label, const TensorView& labels, std::size_t row) const {
    if (labels_ == Labels::kInt) {
      labels.span<std::int64_t>()[row] = label;
    } else if (labels_ == Labels::kBinary) {
      labels.span<float>()[row] = static_cast<float>(label);
    } else {
      const std::size_t classes = folder_.classes.size();
      const auto one_hot = labels.span<float>().subspan(row * classes, classes);
      std::ranges::fill(one_hot, 0.0F);
      one_hot[static_cast<std::size_t>(label)] = 1;
    }
  }

  std::string name_;
  ImageFolder folder_;
  ImageFormat format_;
  Labels labels_;
  std::vector<FieldSpec> specs_;
};

}  // namespace

std::shared_ptr<const Dataset> open_image_dataset(Specification& specification) {
  ImageFormat format;
  format.size = take_size(specification, format.size);
  format.color_mode = take_color_mode(specification);
  take_resizing(specification, format);
  const Labels labels = take_labels(specification);
  ImageFolder folder = index_image_folder(specification.path(), labels != Labels::kNone);
  if (labels == Labels::kBinary && folder.classes.size() != 2) {
    throw Error(ExitCode::kData, text(specification.path(), ": labels=binary takes two classes, there are ",
                                      folder.classes.size()));
  }
  return std::make_shared<ImageDataset>(specification.whole(), std::move(folder), format, labels);
}

}  // namespace ktrain
