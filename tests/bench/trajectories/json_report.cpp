#include "json_report.h"

namespace ktrain::trajectories {
namespace {

void write_verdict(const Verdict& verdict, JsonWriter& json) {
  json.open('{');
  json.member("rule", std::string_view(verdict.rule));
  json.member("kappa", verdict.kappa);
  json.member("quantity", std::string_view(verdict.quantity.empty() ? "D" : verdict.quantity));
  json.member("distance", verdict.distance);
  json.member("limit", verdict.limit);
  json.member("limit_is", std::string_view(verdict.what));
  json.member("holds", std::string_view(verdict.holds() ? "yes" : "no"));
  json.close('}');
}

}  // namespace

void write_verdicts(const std::vector<Verdict>& verdicts, JsonWriter& json) {
  write_list("verdicts", verdicts, json, write_verdict);
}

std::string json_report(std::string_view part, const Options& options,
                        const std::function<void(JsonWriter&)>& members) {
  JsonWriter json;
  json.open('{');
  json.member("part", part);
  json.member("model", std::string_view(options.model));
  json.member("base_batch", kBaseBatch);
  json.member("epochs", options.epochs);
  json.member("epoch_samples", options.samples);
  json.member("seeds", options.seeds);
  json.member("noise_scale", options.noise_scale);
  members(json);
  json.close('}');
  json.end_line();
  return std::string(json.text());
}

}  // namespace ktrain::trajectories
