#include "ktrain/keras/model_file.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/text.h"
#include "io/durable_file.h"
#include "io/hdf5.h"
#include "io/zip.h"
#include "keras/json.h"
#include "keras/keras2.h"
#include "keras/legacy_h5.h"
#include "keras/optimizer_variables.h"
#include "keras/weights_layout.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr std::uint64_t kMaxDescriptionBytes = std::uint64_t{1} << 28;
constexpr const char* kWeightsMember = "model.weights.h5";

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), bytes.begin(),
                    [](char a, std::byte b) { return static_cast<std::byte>(a) == b; });
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// In Keras 3's form, whatever the file's.
std::string normalized(Json description) {
  return dump_json(to_keras3(std::move(description)));
}

}  // namespace

struct ModelFile::Content {
  std::string description;
  std::string record;
  std::optional<ZipReader> zip;
  std::optional<H5Reader> weights;
  bool legacy = false;  ///< they are in the form of `.h5` files
  bool weights_checked = false;

  void open_keras(const std::string& file) {
    zip.emplace(file);
    for (const char* name : {"config.json", kWeightsMember}) {
      if (!zip->has(name))
        throw Error(ExitCode::kData, text(file, ": not a Keras model: the zip file has no ", name));
    }
    description = normalized(
        parse_json(text_of(zip->read("config.json", kMaxDescriptionBytes)), text(file, ": config.json")));
    if (zip->has("metadata.json")) {
      const Json metadata = parse_json(text_of(zip->read("metadata.json", kMaxDescriptionBytes)),
                                       text(file, ": metadata.json"));
      if (member(metadata, "ktrain").is_object()) record = dump_json(metadata["ktrain"]);
    }
    const std::string name = text(file, ": ", kWeightsMember);
    if (const auto stored = zip->stored(kWeightsMember)) {
      weights.emplace(name, *stored, zip->owner());
    } else {
      weights.emplace(name, zip->read(kWeightsMember));
    }
  }

  /// Reads all of the weights once, which only who uses them waits for: see ZipReader::stored.
  void check_weights() {
    if (!zip || weights_checked) return;
    zip->check(kWeightsMember);
    weights_checked = true;
  }

  void open_h5(const std::string& file) {
    weights.emplace(file);
    legacy = true;
    description = normalized(read_legacy_model(*weights));
    if (weights->has_attribute("", "ktrain")) record = weights->attribute("", "ktrain");
  }
};

ModelFile::ModelFile(const std::string& file) : content_(std::make_unique<Content>()) {
  const std::vector<std::byte> prefix = read_prefix(file, 8);
  if (begins_with(prefix, "PK\x03\x04")) {
    content_->open_keras(file);
  } else if (begins_with(prefix, "\x89HDF")) {
    content_->open_h5(file);
  } else {
    content_->description = normalized(parse_json(text_of(read_file(file)), file));
  }
}

ModelFile::~ModelFile() = default;
ModelFile::ModelFile(ModelFile&&) noexcept = default;
ModelFile& ModelFile::operator=(ModelFile&&) noexcept = default;

const std::string& ModelFile::description() const {
  return content_->description;
}

const std::string& ModelFile::record() const {
  return content_->record;
}

bool ModelFile::has_weights() const {
  return content_->weights.has_value();
}

void ModelFile::load_weights(Model& model) const {
  content_->check_weights();
  if (content_->legacy) {
    read_legacy_weights(*content_->weights, model);
  } else {
    read_weights(*content_->weights, model);
  }
}

bool ModelFile::load_optimizer(const Model& model, Optimizer& optimizer) const {
  if (!content_->weights) return false;
  content_->check_weights();
  return content_->legacy ? read_legacy_optimizer(*content_->weights, model.parameters(), optimizer)
                          : read_optimizer(*content_->weights, model.parameters(), optimizer);
}

}  // namespace ktrain
