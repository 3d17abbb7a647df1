#include "report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "core/text.h"
#include "json_report.h"

namespace ktrain::trajectories {
namespace {

void write_row(const Row& row, JsonWriter& json) {
  json.open('{');
  json.member("rule", std::string_view(row.rule));
  json.key("distances");
  json.open('[');
  for (const auto& seeds : row.distances) {
    json.open('[');
    for (const double distance : seeds) json.value(distance);
    json.close(']');
  }
  json.close(']');
  json.close('}');
}

void write_table(const Table& table, JsonWriter& json) {
  json.open('{');
  json.member("optimizer", std::string_view(table.optimizer));
  json.member("learning_rate", table.learning_rate);
  json.member("seed_to_seed", table.seed_distance);
  write_list("kappas", table.kappas, json, write_number);
  write_list("rows", table.rows, json, write_row);
  write_verdicts(table.verdicts, json);
  json.close('}');
}

}  // namespace

std::string title_of(const std::string& optimizer, double learning_rate) {
  return text(optimizer == "sgd" ? "SGD, momentum 0.9" : "Adam", ", learning rate ", learning_rate);
}

std::string text_report(const Table& table, const Options& options) {
  std::size_t width = 4;
  for (const Row& row : table.rows) width = std::max(width, row.rule.size());
  std::ostringstream out;
  out << title_of(table.optimizer, table.learning_rate) << ", batch " << kBaseBatch << ", " << options.model
      << ", " << options.epochs << " x " << options.samples << " samples, seeds: " << options.seeds << "\n"
      << "D, the mean |ln(loss / loss at kappa 1)|, over kappa; seed-to-seed D " << std::fixed
      << std::setprecision(4) << table.seed_distance << "\n"
      << std::left << std::setw(static_cast<int>(width)) << "rule" << std::right;
  for (const double kappa : table.kappas) out << std::setw(9) << kappa_text(kappa);
  for (const Row& row : table.rows) {
    out << "\n" << std::left << std::setw(static_cast<int>(width)) << row.rule << std::right;
    for (std::size_t k = 0; k < table.kappas.size(); ++k) out << std::setw(9) << row.mean(k);
  }
  out << "\n";
  for (const Verdict& verdict : table.verdicts) out << verdict_line(table.optimizer, verdict);
  return out.str();
}

std::string json_report(const std::vector<Table>& tables, const Options& options) {
  return json_report("rules", options,
                     [&](JsonWriter& json) { write_list("tables", tables, json, write_table); });
}

}  // namespace ktrain::trajectories
