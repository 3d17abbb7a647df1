#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/text.h"
#include "data/array_dataset.h"
#include "data/csv_reader.h"
#include "data/sources.h"
#include "io/mapped_file.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;

/// The whole field as a number of type T.
template <typename T>
std::optional<T> parse(std::string_view field) {
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  T number{};
  const char* end = field.data() + field.size();
  const auto parsed = std::from_chars(field.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

/// `values` with `columns` numbers a row, as an array of that element type.
template <typename T>
StoredArray array_of(const std::string& name, std::vector<T> values, const ElementFormat& format,
                     std::vector<std::int64_t> dims) {
  auto memory = std::make_shared<const std::vector<T>>(std::move(values));
  return {name, format, std::move(dims), std::as_bytes(std::span(*memory)), memory};
}

/// The columns of a CSV file, told apart by role.
class Table {
 public:
  Table(const std::string& file, std::optional<std::string> label, std::optional<std::string> weight)
      : name_(file), file_(file), reader_(content(), file) {
    if (!reader_.next(header_)) throw Error(ExitCode::kData, text(name_, ": no header line"));
    if (label) label_ = column(*label);
    if (weight) weight_ = column(*weight);
    feature_columns_ = header_.size() - (label_ ? 1 : 0) - (weight_ ? 1 : 0);
    if (feature_columns_ == 0) {
      throw Error(ExitCode::kData, text(name_, ": no column is left for the input"));
    }
    for (std::vector<std::string> fields; reader_.next(fields);) add(fields);
  }

  std::vector<ArrayField> take_fields() {
    std::vector<ArrayField> fields;
    const auto columns = static_cast<std::int64_t>(feature_columns_);
    fields.push_back({"", Role::kInput, array_of(name_, std::move(features_), {'f', 4}, {rows_, columns})});
    if (label_) fields.push_back({"", Role::kTarget, labels()});
    if (weight_) {
      fields.push_back({"", Role::kSampleWeight, array_of(name_, std::move(weights_), {'f', 4}, {rows_})});
    }
    return fields;
  }

 private:
  std::string_view content() const {
    return {reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size()};
  }

  std::size_t column(const std::string& name) const {
    const auto found = std::ranges::find(header_, name);
    if (found == header_.end()) throw Error(ExitCode::kData, text(name_, ": no column '", name, "'"));
    if (std::find(found + 1, header_.end(), name) != header_.end()) {
      throw Error(ExitCode::kData, text(name_, ": two columns '", name, "'"));
    }
    return static_cast<std::size_t>(found - header_.begin());
  }

  void add(const std::vector<std::string>& fields) {
    if (fields.size() != header_.size()) {
      throw Error(ExitCode::kData, text(reader_.place(), ": ", fields.size(), " values, but the header has ",
                                        header_.size(), " columns"));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const double value = number(fields[i], i);
      if (i == label_) {
        add_label(fields[i], value);
      } else {
        (i == weight_ ? weights_ : features_).push_back(static_cast<float>(value));
      }
    }
    ++rows_;
  }

  double number(const std::string& field, std::size_t column) const {
    if (const auto value = parse<double>(field)) return *value;
    throw Error(ExitCode::kData, text(reader_.place(), ": column '", header_[column], "': ",
                                      field.empty() ? "empty" : text("'", field, "' is not a number")));
  }

  void add_label(const std::string& field, double value) {
    const auto integer = parse<std::int64_t>(field);
    integer_labels_.push_back(integer.value_or(0));
    float_labels_.push_back(static_cast<float>(value));
    labels_are_integers_ = labels_are_integers_ && integer.has_value();
  }

  StoredArray labels() {
    if (labels_are_integers_) return array_of(name_, std::move(integer_labels_), {'i', 8}, {rows_});
    return array_of(name_, std::move(float_labels_), {'f', 4}, {rows_});
  }

  std::string name_;
  MappedFile file_;
  CsvReader reader_;
  std::vector<std::string> header_;
  std::optional<std::size_t> label_, weight_;
  std::size_t feature_columns_ = 0;

  std::int64_t rows_ = 0;
  std::vector<float> features_, weights_, float_labels_;
  std::vector<std::int64_t> integer_labels_;
  bool labels_are_integers_ = true;
};

}  // namespace

std::shared_ptr<const Dataset> open_csv_dataset(Specification& specification) {
  auto label = specification.take("label");
  auto weight = specification.take("sample_weight");
  if (label && label == weight) specification.refuse("label and sample_weight are the same column");
  Table table(specification.path(), std::move(label), std::move(weight));
  return make_array_dataset(specification.whole(), table.take_fields());
}

}  // namespace ktrain
