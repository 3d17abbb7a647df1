#include <algorithm>
#include <iomanip>
#include <sstream>

#include "core/text.h"
#include "json_report.h"
#include "report.h"
#include "switching.h"

namespace ktrain::trajectories {
namespace {

void write_distance(const SwitchDistance& distance, JsonWriter& json) {
  json.open('{');
  json.member("distance", distance.whole);
  json.member("behind_first", distance.there);
  json.member("behind_second", distance.back);
  json.member("largest", distance.largest);
  json.member("largest_at", distance.largest_at);
  json.close('}');
}

void write_row(const SwitchRow& row, JsonWriter& json) {
  json.open('{');
  json.member("rule", std::string_view(row.rule));
  json.member("kappa", row.kappa);
  write_list("seeds", row.seeds, json, write_distance);
  json.close('}');
}

void write_table(const SwitchTable& table, JsonWriter& json) {
  json.open('{');
  json.member("optimizer", std::string_view(table.optimizer));
  json.member("learning_rate", table.learning_rate);
  json.key("seed_to_seed");
  write_distance(table.seed_to_seed, json);
  write_list("rows", table.rows, json, write_row);
  write_verdicts(table.verdicts, json);
  json.close('}');
}

}  // namespace

std::string text_report(const SwitchTable& table, const Options& options) {
  std::size_t width = 12;
  for (const SwitchRow& row : table.rows) width = std::max(width, row.rule.size());
  const std::int64_t stretch = options.epochs * options.samples;
  std::ostringstream out;
  out << title_of(table.optimizer, table.learning_rate) << ", " << options.model << ", " << stretch
      << " samples at batch " << kBaseBatch << ", as many at kappa * " << kBaseBatch << ", as many at "
      << kBaseBatch << ", seeds: " << options.seeds << ", state conversion " << options.conversion
      << (options.ramp > 0 ? text(", ramp of ", options.ramp, " samples") : std::string()) << "\n"
      << "|ln(loss / loss of the run that stays)| from the first change on: D, its mean; its mean in the "
      << kNear << " samples behind the change there, and behind that back; the largest, and at how many "
      << "samples behind the first change\n"
      << std::left << std::setw(static_cast<int>(width)) << "rule" << std::right << std::setw(7) << "kappa"
      << std::setw(9) << "D" << std::setw(9) << "there" << std::setw(9) << "back" << std::setw(9) << "largest"
      << std::setw(8) << "at"
      << "\n";
  const auto write = [&](const std::string& rule, const std::string& kappa, const SwitchDistance& mean) {
    out << std::left << std::setw(static_cast<int>(width)) << rule << std::right << std::setw(7) << kappa
        << std::setw(9) << mean.whole << std::setw(9) << mean.there << std::setw(9) << mean.back
        << std::setw(9) << mean.largest << std::setw(8) << mean.largest_at << "\n";
  };
  out << std::fixed << std::setprecision(4);
  write("seed to seed", "", table.seed_to_seed);
  for (const SwitchRow& row : table.rows) write(row.rule, kappa_text(row.kappa), row.mean());
  for (const Verdict& verdict : table.verdicts) out << verdict_line(table.optimizer, verdict);
  return out.str();
}

std::string json_report(const std::vector<SwitchTable>& tables, const Options& options) {
  return json_report("switch", options, [&](JsonWriter& json) {
    json.member("conversion", std::string_view(options.conversion));
    json.member("ramp_samples", options.ramp);
    write_list("tables", tables, json, write_table);
  });
}

}  // namespace ktrain::trajectories
