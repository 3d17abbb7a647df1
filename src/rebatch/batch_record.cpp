#include "rebatch/batch_record.h"

#include "core/text.h"
#include "keras/json.h"
#include "ktrain/core/error.h"
#include "rebatch/batch_normalization_momenta.h"

namespace ktrain {
namespace {

constexpr const char* kMomenta = "batch_normalization_momentum";

/// Reads members of the record; what is of another kind is no record of ktrain.
class Reader {
 public:
  explicit Reader(const std::string& source) : source_(source) {}

  std::optional<std::int64_t> batch(const Json& object, const char* key) const {
    const auto count = whole(object, key);
    if (count && *count < 1) fail(key);
    return count;
  }

  std::optional<std::int64_t> whole(const Json& object, const char* key) const {
    const Json& value = member(object, key);
    if (value.is_null()) return std::nullopt;
    if (!value.is_number_integer() || value.get<double>() < 0 || value.get<double>() > 1e15) fail(key);
    return value.get<std::int64_t>();
  }

  std::vector<double> numbers(const Json& object, const char* key) const {
    const Json& value = member(object, key);
    std::vector<double> numbers;
    if (!value.is_array()) fail(key);
    for (const Json& one : value) {
      const auto number = number_of(one);
      if (!number) fail(key);
      numbers.push_back(*number);
    }
    return numbers;
  }

  [[noreturn]] void fail(const char* key) const {
    throw Error(ExitCode::kData, text(source_, ": ktrain's record of the training: ", key, " is damaged"));
  }

 private:
  const std::string& source_;
};

template <typename T>
void put(Json& object, const char* key, const std::optional<T>& value) {
  if (value) {
    object[key] = *value;
  } else {
    object.erase(key);
  }
}

Json parsed(const std::string& record, const std::string& source) {
  return record.empty() ? Json::object() : parse_json(record, source);
}

}  // namespace

BatchRecord read_batch_record(const std::string& record, const std::string& source) {
  const Json json = parsed(record, source);
  const Reader reader(source);
  BatchRecord batch = {.of_training = json.contains("epoch"),
                       .base_batch = reader.batch(json, "base_batch"),
                       .global_batch = reader.batch(json, "global_batch")};
  if (member(json, "rule").is_string()) batch.rule = json["rule"].get<std::string>();
  if (const Json& base = member(json, "base"); !base.is_null()) {
    const Json& optimizer = member(base, "optimizer");
    batch.base = {.optimizer = optimizer.is_null() ? "" : dump_json(optimizer),
                  .batch_normalization_momenta = reader.numbers(base, kMomenta)};
  }
  if (const Json& state = member(json, "state"); !state.is_null()) {
    const auto of_batch = reader.batch(state, "batch"), iterations = reader.whole(state, "iterations");
    if (!of_batch || !iterations) reader.fail("state");
    batch.state = {*of_batch, *iterations};
  }
  return batch;
}

std::string with_batch_record(const std::string& record, const BatchRecord& batch) {
  Json json = parsed(record, "the training's record");
  put(json, "base_batch", batch.base_batch);
  put(json, "global_batch", batch.global_batch);
  put(json, "rule", batch.rule);
  json.erase("base");
  if (batch.base) {
    json["base"] = {{kMomenta, batch.base->batch_normalization_momenta}};
    if (!batch.base->optimizer.empty())
      json["base"]["optimizer"] = parse_json(batch.base->optimizer, "the optimizer");
  }
  json.erase("state");
  if (batch.state) {
    json["state"] = {{"batch", batch.state->batch}, {"iterations", batch.state->iterations}};
  }
  return json.empty() ? "" : dump_json(json);
}

BaseNumbers base_numbers_of(const std::string& description) {
  const Json json = parse_json(description, "the model");
  const Json& optimizer = member(member(json, "compile_config"), "optimizer");
  return {.optimizer = optimizer.is_null() ? "" : dump_json(optimizer),
          .batch_normalization_momenta = batch_normalization_momenta(description)};
}

std::string with_base_numbers(const std::string& description, const BaseNumbers& base,
                              const std::string& source) {
  if (base.batch_normalization_momenta.size() != batch_normalization_momenta(description).size()) {
    Reader(source).fail(kMomenta);
  }
  Json json =
      parse_json(with_batch_normalization_momenta(description, base.batch_normalization_momenta), source);
  if (!base.optimizer.empty()) json["compile_config"]["optimizer"] = parse_json(base.optimizer, source);
  return dump_json(json);
}

}  // namespace ktrain
