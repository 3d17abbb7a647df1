// Does a run whose batch a scaling rule changes follow the run at the base batch? Trains on Fashion-MNIST
// with the same initial values and the same order of samples at several batches by several rules, and
// compares the losses of the same 2048 training samples along the way: D is the mean |ln(loss / loss at the
// base batch)|. The yardstick is the D between runs that only differ in their seed.
// Further parts: `switch` changes the batch within a run and back, as `ktrain train --batch-schedule` does
// it; `accuracy` compares what a model reaches on test data.
//   trajectories [--parts LIST] [--optimizer sgd|adam|both] [--rules LIST] [--kappas LIST] … (--help)
// Ends with 1 when `auto` misses what is asked of it at the learning rates x1.
//   rules: D below the seed-to-seed D from kappa 1/4 to 4; at 8 below half of the D without a rule; at 16
//   below half of it for SGD, 0.6 for Adam.
//   switch: from the first change on D below the seed-to-seed D and no |ln(loss / loss)| from 0.15 on; close
//   behind the change at which the batch shrinks, where `auto` converts the optimizer's state, D below two
//   thirds of that without conversion.
//   accuracy: within 0.5 points of that at the base batch, in the mean over seeds.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "accuracy.h"
#include "chart.h"
#include "comparison.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "options.h"
#include "report.h"
#include "switching.h"

namespace ktrain::trajectories {
namespace {

void save(const std::string& file, const std::string& content) {
  std::ofstream stream(file, std::ios::binary);
  stream << content << std::flush;
  if (!stream) throw Error(ExitCode::kIo, text(file, " cannot be written"));
}

/// What a part found out.
struct Result {
  std::string text, json;
  std::vector<Verdict> verdicts = {};
  std::string svg = {};
};

template <typename AnyTable>
Result result_of(const std::vector<AnyTable>& tables, const Options& options) {
  Result result = {.text = "", .json = json_report(tables, options)};
  for (const AnyTable& table : tables) {
    result.text += text(result.text.empty() ? "" : "\n", text_report(table, options));
    result.verdicts.insert(result.verdicts.end(), table.verdicts.begin(), table.verdicts.end());
  }
  return result;
}

Result measured(const std::string& part, const Options& options) {
  if (part == "switch") return result_of(compare_switches(options), options);
  if (part == "accuracy") {
    const AccuracyTable table = compare_accuracies(options);
    return {text_report(table, options), json_report(table, options), table.verdicts};
  }
  const std::vector<Table> tables = compare(options);
  Result result = result_of(tables, options);
  result.svg = svg_chart(tables);
  return result;
}

int run(const std::vector<std::string>& arguments) {
  const Options options = parse_options(arguments);
  if (options.help) {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  bool all_hold = true;
  std::string json, svg;
  for (const std::string& part : options.parts) {
    const Result result = measured(part, options.of_part(part));
    std::fputs(text(part == options.parts.front() ? "" : "\n", result.text).c_str(), stdout);
    std::fflush(stdout);
    json += result.json;
    svg += result.svg;
    all_hold = all_hold && std::ranges::all_of(result.verdicts, &Verdict::holds);
  }
  if (!options.json_file.empty()) save(options.json_file, json);
  if (!options.svg_file.empty()) save(options.svg_file, svg);
  return all_hold ? 0 : 1;
}

}  // namespace
}  // namespace ktrain::trajectories

int main(int count, char** arguments) {
  try {
    return ktrain::trajectories::run({arguments + 1, arguments + count});
  } catch (const ktrain::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.code());
  }
}
