#include <functional>
#include <map>
#include <vector>

#include "core/names.h"
#include "core/text.h"
#include "nn/categorical_crossentropy.h"
#include "nn/elementwise_formulas.h"
#include "nn/elementwise_loss.h"
#include "nn/loss_names.h"

namespace ktrain {
namespace {

using Pointer = std::unique_ptr<Loss>;

struct Entry {
  std::function<Pointer(const LossOptions&)> make;
  bool has_from_logits = false, has_label_smoothing = false, has_delta = false;
};

Pointer binary_crossentropy(const LossOptions& options) {
  const loss_formula::Smoothing smoothed(options.label_smoothing);
  const std::string name = "binary_crossentropy";
  if (options.from_logits) return elementwise_loss(name, loss_formula::BinaryCrossentropyOfLogits{smoothed});
  return elementwise_loss(name, loss_formula::BinaryCrossentropy{smoothed});
}

Pointer huber(const LossOptions& options) {
  return elementwise_loss("huber", loss_formula::Huber{static_cast<float>(options.delta)});
}

const std::map<std::string, Entry>& entries() {
  static const std::map<std::string, Entry> table = {
      {"sparse_categorical_crossentropy", {sparse_categorical_crossentropy, true}},
      {"categorical_crossentropy", {categorical_crossentropy, true, true}},
      {"binary_crossentropy", {binary_crossentropy, true, true}},
      {"mean_squared_error", {[](const LossOptions&) {
         return elementwise_loss("mean_squared_error", loss_formula::SquaredError{});
       }}},
      {"mean_absolute_error", {[](const LossOptions&) {
         return elementwise_loss("mean_absolute_error", loss_formula::AbsoluteError{});
       }}},
      {"huber", {huber, false, false, true}},
  };
  return table;
}

void check_options(const std::string& name, const Entry& entry, const LossOptions& options) {
  const auto refuse = [&](const auto&... values) {
    throw Error(ExitCode::kConfiguration, text("loss ", name, ": ", values...));
  };
  if (options.from_logits && !entry.has_from_logits) refuse("takes no from_logits");
  if (options.label_smoothing != 0 && !entry.has_label_smoothing) refuse("takes no label_smoothing");
  if (options.delta != LossOptions().delta && !entry.has_delta) refuse("takes no delta");
  if (!(0 <= options.label_smoothing && options.label_smoothing <= 1)) {
    refuse("label_smoothing=", options.label_smoothing, " is outside [0, 1]");
  }
  if (!(options.delta > 0)) refuse("delta=", options.delta, " is not positive");
}

}  // namespace

std::string canonical_loss_name(const std::string& name) {
  static const std::map<std::string, std::string> aliases = {
      {"mse", "mean_squared_error"}, {"mae", "mean_absolute_error"}, {"bce", "binary_crossentropy"}};
  const std::string canonical = snake_case(name);
  const auto alias = aliases.find(canonical);
  return alias == aliases.end() ? canonical : alias->second;
}

std::unique_ptr<Loss> make_loss(const std::string& name, const LossOptions& options) {
  const auto entry = entries().find(canonical_loss_name(name));
  if (entry != entries().end()) {
    check_options(entry->first, entry->second, options);
    return entry->second.make(options);
  }
  std::vector<std::string> known;
  for (const auto& [known_name, unused] : entries()) known.push_back(known_name);
  throw Error(ExitCode::kUsage, text("unknown loss '", name, "'; known: ", join(known)));
}

}  // namespace ktrain
