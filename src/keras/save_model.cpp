#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "io/durable_file.h"
#include "io/hdf5.h"
#include "io/zip.h"
#include "keras/json.h"
#include "keras/keras2.h"
#include "keras/keras_version.h"
#include "keras/legacy_h5.h"
#include "keras/optimizer_variables.h"
#include "keras/weights_layout.h"
#include "ktrain/core/error.h"
#include "ktrain/keras/model_file.h"
#include "ktrain/keras/weights.h"

namespace ktrain {
namespace {

constexpr std::string_view kEndings[] = {".weights.h5", ".keras", ".h5", ".hdf5", ".json"};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char formatted[32];
  const std::size_t length = std::strftime(formatted, sizeof formatted, "%Y-%m-%d@%H:%M:%S", &parts);
  return {formatted, length};
}

void save_keras(const std::string& file, const std::string& description, const Model& model,
                Optimizer* optimizer, const std::string& record) {
  Json metadata = {{"keras_version", kKerasVersion}, {"date_saved", now()}};
  if (!record.empty()) metadata["ktrain"] = parse_json(record, "the training's record");
  H5Writer weights(file);
  write_weights(weights, model, optimizer);
  ZipWriter zip;
  zip.add("metadata.json", bytes_of(metadata.dump()));
  zip.add("config.json", bytes_of(description));
  zip.add("model.weights.h5", weights.image());
  write_durably(file, zip.image());
}

void save_h5(const std::string& file, const std::string& description, const Model& model,
             Optimizer* optimizer, const std::string& record) {
  H5Writer writer(file);
  write_legacy_model(writer, parse_json(description, file), model);
  if (optimizer) write_legacy_optimizer(writer, model.parameters(), *optimizer);
  if (!record.empty()) writer.attribute("", "ktrain", record);
  write_durably(file, writer.image());
}

}  // namespace

void check_save(const std::string& file, const std::string& description) {
  const auto ends_so = [&](std::string_view ending) { return file.ends_with(ending); };
  if (!std::ranges::any_of(kEndings, ends_so)) {
    throw Error(ExitCode::kUsage, text(file,
                                       ": not a name of a model file, which ends in .keras, .h5,"
                                       " .weights.h5 or .json"));
  }
  if (!file.ends_with(".weights.h5")) require_keras3(description);
}

void save_model(const std::string& file, const std::string& description, const Model& model,
                Optimizer* optimizer, const std::string& record) {
  check_save(file, description);
  if (file.ends_with(".weights.h5")) return save_weights(file, model, optimizer);
  if (file.ends_with(".keras")) return save_keras(file, description, model, optimizer, record);
  if (file.ends_with(".json")) return write_durably(file, bytes_of(description));
  save_h5(file, description, model, optimizer, record);
}

}  // namespace ktrain
