// Does a run whose batch a scaling rule changes follow the run at the base batch? Trains on Fashion-MNIST
// with the same initial values and the same order of samples at several batches by several rules, and
// compares the losses of the same 2048 training samples along the way: D is the mean |ln(loss / loss at the
// base batch)|. The yardstick is the D between runs that only differ in their seed.
//   trajectories [--optimizer sgd|adam|both] [--rules LIST] [--kappas LIST] … (--help)
// Ends with 1 when `auto` misses what is asked of it at the learning rates x1: below the seed-to-seed D from
// kappa 1/4 to 4; at 8 below half of the D without a rule; at 16 below half of it for SGD, 0.6 for Adam.
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "chart.h"
#include "comparison.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "options.h"
#include "report.h"

namespace ktrain::trajectories {
namespace {

void save(const std::string& file, const std::string& content) {
  std::ofstream stream(file, std::ios::binary);
  stream << content << std::flush;
  if (!stream) throw Error(ExitCode::kIo, text(file, " cannot be written"));
}

bool all_hold(const std::vector<Table>& tables) {
  for (const Table& table : tables) {
    for (const Verdict& verdict : table.verdicts) {
      if (!verdict.holds()) return false;
    }
  }
  return true;
}

int run(const std::vector<std::string>& arguments) {
  const Options options = parse_options(arguments);
  if (options.help) {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  const std::vector<Table> tables = compare(options);
  std::fputs(text_report(tables, options).c_str(), stdout);
  if (!options.json_file.empty()) save(options.json_file, json_report(tables, options));
  if (!options.svg_file.empty()) save(options.svg_file, svg_chart(tables));
  return all_hold(tables) ? 0 : 1;
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
