#include "accuracy.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>

#include "arms.h"
#include "core/text.h"
#include "curves.h"
#include "for_all_runs.h"
#include "json_report.h"
#include "user_run.h"

namespace ktrain::trajectories {
namespace {

constexpr double kPoints = 0.5;

/// A row's runs before they are trained.
struct Arrangement {
  AccuracyRow row;
  std::vector<std::string> options;  ///< of `ktrain train`, but for the seed
};

std::vector<Arrangement> arrangements_of(const Options& options) {
  const std::vector<std::string> common = {"--config",
                                           text(KTRAIN_SOURCE_DIR, "/configs/", options.model, ".cfg"),
                                           "--epochs", text(options.epochs)};
  const auto arranged = [&](const Arm& arm, double kappa) {
    Arrangement result = {.row = {.rule = arm.label, .kappa = kappa}, .options = common};
    const std::vector<std::string> rule = rule_options(arm, options.noise_scale);
    result.options.insert(result.options.end(), rule.begin(), rule.end());
    result.options.insert(result.options.end(),
                          {"--global-batch", text(options.batch(kappa)), "--lr-ramp", text(options.ramp)});
    return result;
  };
  std::vector<Arrangement> all = {arranged(arm_of("none"), 1)};
  all.front().row.rule = "base batch";
  const std::vector<std::string> labels =
      options.rules.empty() ? std::vector<std::string>{"auto", "none"} : options.rules;
  for (const double kappa : options.kappas) {
    for (const std::string& label : labels) all.push_back(arranged(arm_of(label), kappa));
  }
  return all;
}

void train(const Arrangement& arrangement, const Options& options, int seed, double& accuracy, double& loss) {
  std::vector<std::string> arguments = arrangement.options;
  arguments.insert(arguments.end(), {"--seed", text(seed)});
  UserRun run(arguments, options.samples);
  accuracy = 0;
  loss = std::numeric_limits<double>::infinity();
  if (!run.train_to(options.epochs * run.training()->size())) return;
  const Evaluation evaluation = run.evaluated_on(run.validation());
  const auto found = std::ranges::find(evaluation.metrics, "accuracy", &NamedValue::name);
  accuracy = 100 * found->value;
  loss = evaluation.loss;
}

double difference(const AccuracyRow& row, const AccuracyTable& table) {
  return mean_of(row.accuracies) - mean_of(table.rows.front().accuracies);
}

void write_row(const AccuracyRow& row, JsonWriter& json) {
  json.open('{');
  json.member("rule", std::string_view(row.rule));
  json.member("kappa", row.kappa);
  write_list("accuracies", row.accuracies, json, write_number);
  write_list("losses", row.losses, json, write_number);
  json.close('}');
}

}  // namespace

AccuracyTable compare_accuracies(const Options& options) {
  std::vector<Arrangement> all = arrangements_of(options);
  const auto seeds = static_cast<std::size_t>(options.seeds);
  for (Arrangement& arrangement : all) {
    arrangement.row.accuracies.resize(seeds);
    arrangement.row.losses.resize(seeds);
  }
  for_all_runs(all.size() * seeds, options.threads, [&](std::size_t run) {
    Arrangement& arrangement = all[run / seeds];
    const std::size_t seed = run % seeds;
    train(arrangement, options, static_cast<int>(seed), arrangement.row.accuracies[seed],
          arrangement.row.losses[seed]);
  });
  AccuracyTable table;
  for (Arrangement& arrangement : all) table.rows.push_back(std::move(arrangement.row));
  for (const AccuracyRow& row : table.rows) {
    if (row.rule.rfind("auto", 0) != 0) continue;
    table.verdicts.push_back({row.rule, row.kappa, std::fabs(difference(row, table)), kPoints,
                              "what is allowed", "points of accuracy from the base batch's:"});
  }
  return table;
}

std::string text_report(const AccuracyTable& table, const Options& options) {
  std::ostringstream out;
  out << options.model << " as in configs/" << options.model << ".cfg, its numbers taken for batch "
      << kBaseBatch << ", " << options.epochs << " x " << options.samples
      << " samples, seeds: " << options.seeds << "; beyond that batch the learning rate rises over "
      << options.ramp << " samples\n"
      << "of the test data: accuracy in percent, points from that at the base batch, loss\n"
      << std::left << std::setw(14) << "rule" << std::right << std::setw(7) << "kappa" << std::setw(11)
      << "accuracy" << std::setw(9) << "points" << std::setw(9) << "loss" << std::fixed << "\n";
  for (const AccuracyRow& row : table.rows) {
    out << std::left << std::setw(14) << row.rule << std::right << std::setw(7) << kappa_text(row.kappa)
        << std::setprecision(2) << std::setw(11) << mean_of(row.accuracies) << std::setw(9)
        << difference(row, table) << std::setprecision(4) << std::setw(9) << mean_of(row.losses) << "\n";
  }
  for (const Verdict& verdict : table.verdicts) out << verdict_line(options.model, verdict);
  return out.str();
}

std::string json_report(const AccuracyTable& table, const Options& options) {
  return json_report("accuracy", options, [&](JsonWriter& json) {
    json.member("ramp_samples", options.ramp);
    write_list("rows", table.rows, json, write_row);
    write_verdicts(table.verdicts, json);
  });
}

}  // namespace ktrain::trajectories
