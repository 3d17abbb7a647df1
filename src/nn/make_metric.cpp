#include <charconv>
#include <functional>
#include <map>
#include <vector>

#include "core/names.h"
#include "core/text.h"
#include "nn/accuracy.h"
#include "nn/loss_names.h"

namespace ktrain {
namespace {

using Pointer = std::unique_ptr<Metric>;

// What a metric is made from; `k` of the top-k metrics.
struct Request {
  std::string name;
  std::int64_t k;
  const Shape& prediction;
  const Shape& target;
};

Pointer class_accuracy(const Request& r, bool sparse, std::int64_t k) {
  return std::make_unique<ClassAccuracy>(r.name, ClassAccuracy::Kind{sparse, k}, r.prediction, r.target);
}

Pointer binary_accuracy(const Request& r) {
  return std::make_unique<BinaryAccuracy>(r.name, r.prediction, r.target);
}

// Keras's choice for "accuracy".
Pointer accuracy(const Request& r) {
  const auto last_is_one = [](const Shape& sample) { return sample.rank() > 0 && sample[-1] == 1; };
  if (r.prediction.rank() == 0 || last_is_one(r.prediction)) return binary_accuracy(r);
  const bool sparse = r.target.rank() < r.prediction.rank() || last_is_one(r.target);
  return class_accuracy(r, sparse, 0);
}

Pointer of_loss(const Request& r, const std::string& loss) {
  return std::make_unique<LossMetric>(r.name, make_loss(loss), r.prediction, r.target);
}

using Factory = std::function<Pointer(const Request&)>;

const std::map<std::string, Factory>& factories() {
  static const std::map<std::string, Factory> table = [] {
    std::map<std::string, Factory> result = {
        {"accuracy", accuracy},
        {"binary_accuracy", binary_accuracy},
        {"categorical_accuracy", [](const Request& r) { return class_accuracy(r, false, 0); }},
        {"sparse_categorical_accuracy", [](const Request& r) { return class_accuracy(r, true, 0); }},
        {"top_k_categorical_accuracy", [](const Request& r) { return class_accuracy(r, false, r.k); }},
        {"sparse_top_k_categorical_accuracy", [](const Request& r) { return class_accuracy(r, true, r.k); }},
        {"root_mean_squared_error",
         [](const Request& r) {
           return std::make_unique<RootMeanSquaredError>(r.name, r.prediction, r.target);
         }},
    };
    for (const char* loss : {"mean_squared_error", "mean_absolute_error", "binary_crossentropy",
                             "categorical_crossentropy", "sparse_categorical_crossentropy"}) {
      result[loss] = [loss](const Request& r) { return of_loss(r, loss); };
    }
    return result;
  }();
  return table;
}

[[noreturn]] void refuse(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [known_name, make] : factories()) known.push_back(known_name);
  throw Error(ExitCode::kUsage, text("unknown metric '", name, "'; known: ", join(known)));
}

// The number after the colon in "top_k_categorical_accuracy:3"; 5 without.
std::int64_t k_of(const std::string& name, const std::string& canonical, std::size_t colon) {
  if (colon == std::string::npos) return 5;
  std::int64_t k = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + colon + 1, end, k);
  const bool takes_k = canonical.find("top_k") != std::string::npos;
  if (!takes_k || parsed.ec != std::errc() || parsed.ptr != end || k < 1) refuse(name);
  return k;
}

}  // namespace

std::unique_ptr<Metric> make_metric(const std::string& name, const Shape& prediction_sample,
                                    const Shape& target_sample) {
  const std::size_t colon = name.find(':');
  const std::string plain = name.substr(0, colon);
  const std::string canonical = plain == "acc" ? "accuracy" : canonical_loss_name(plain);
  const std::int64_t k = k_of(name, canonical, colon);
  const auto factory = factories().find(canonical);
  if (factory == factories().end()) refuse(name);
  return factory->second({plain, k, prediction_sample, target_sample});
}

}  // namespace ktrain
