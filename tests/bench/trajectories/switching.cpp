#include "switching.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "arms.h"
#include "core/text.h"
#include "curves.h"
#include "for_all_runs.h"
#include "user_run.h"

namespace ktrain::trajectories {
namespace {

constexpr double kLargest = 0.15;
/// What goes wrong without conversion is to be seen: it is half as much again at least.
constexpr double kPartOfUnconverted = 2.0 / 3;

using Arguments = std::vector<std::string>;

Arguments joined(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Where the loss is measured.
struct Point {
  std::int64_t samples;  ///< behind the first change
  bool regular;          ///< at an interval
  bool there, back;      ///< close behind the first change, the second
};

std::int64_t stretch_of(const Options& options) {
  return options.epochs * options.samples;
}

std::vector<Point> points_of(const Options& options) {
  const std::int64_t stretch = stretch_of(options);
  std::vector<Point> points;
  for (std::int64_t at = kNearInterval; at <= 2 * stretch; at += kNearInterval) {
    const Point point = {.samples = at,
                         .regular = at % kInterval == 0,
                         .there = at <= std::min(kNear, stretch),
                         .back = at > stretch && at <= stretch + kNear};
    if (point.regular || point.there || point.back) points.push_back(point);
  }
  return points;
}

class Mean {
 public:
  void add(double value) { sum_ += value, ++count_; }
  double value() const { return sum_ / count_; }

 private:
  double sum_ = 0, count_ = 0;
};

SwitchDistance distance(const std::vector<Point>& points, const Curve& a, const Curve& b) {
  SwitchDistance result;
  Mean whole, there, back;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool finite = std::isfinite(a[i]) && std::isfinite(b[i]);
    const double difference =
        finite ? std::fabs(std::log(a[i] / b[i])) : std::numeric_limits<double>::infinity();
    if (difference > result.largest) {
      result.largest = difference;
      result.largest_at = points[i].samples;
    }
    if (points[i].regular) whole.add(difference);
    if (points[i].there) there.add(difference);
    if (points[i].back) back.add(difference);
  }
  result.whole = whole.value();
  result.there = there.value();
  result.back = back.value();
  return result;
}

/// The runs, each trained once, by their options for `ktrain train`.
class Runs {
 public:
  explicit Runs(const Options& options) : options_(options), points_(points_of(options)) {}

  void plan(const Arguments& run) { curves_.try_emplace(run); }

  void train() {
    std::vector<std::map<Arguments, Curve>::iterator> runs;
    for (auto run = curves_.begin(); run != curves_.end(); ++run) runs.push_back(run);
    for_all_runs(runs.size(), options_.threads,
                 [&](std::size_t i) { runs[i]->second = trained(runs[i]->first); });
  }

  SwitchDistance between(const Arguments& a, const Arguments& b) const {
    return distance(points_, curves_.at(a), curves_.at(b));
  }

 private:
  Curve trained(const Arguments& arguments) const {
    UserRun run(arguments, options_.samples);
    const auto measured = slice(run.training(), 0, kMeasuredSamples);
    Curve curve(points_.size(), std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < points_.size() && run.train_to(stretch_of(options_) + points_[i].samples);
         ++i) {
      curve[i] = run.evaluated_on(measured).loss;
    }
    return curve;
  }

  const Options& options_;
  std::vector<Point> points_;
  std::map<Arguments, Curve> curves_;
};

/// The options of one table's runs.
class Plan {
 public:
  Plan(const Options& options, const std::string& optimizer, double rate)
      : options_(options),
        common_(joined({"--model", model_file(options.model)}, optimizer_options(optimizer, rate))) {
    std::vector<std::string> labels = options.rules;
    if (labels.empty()) labels = {"auto"};
    if (options.rules.empty() && optimizer == "adam") labels.emplace_back("auto+phi");
    for (const std::string& label : labels) arms_.push_back(arm_of(label));
  }

  const std::vector<Arm>& arms() const { return arms_; }
  int base_seeds() const { return std::max(options_.seeds, 2); }

  Arguments staying(int seed) const {
    return joined(common_, {"--seed", text(seed), "--global-batch", text(kBaseBatch)});
  }
  Arguments switching(const Arm& arm, double kappa, bool conversion, int seed) const {
    const int epochs = options_.epochs;
    const std::string schedule =
        text("0:", kBaseBatch, ",", epochs, ":", options_.batch(kappa), ",", 2 * epochs, ":", kBaseBatch);
    Arguments run = joined(joined(common_, rule_options(arm, options_.noise_scale)),
                           {"--seed", text(seed), "--batch-schedule", schedule});
    run.insert(run.end(), {"--state-conversion", conversion ? options_.conversion : "none"});
    if (options_.ramp > 0) run.insert(run.end(), {"--lr-ramp", text(options_.ramp)});
    return run;
  }

  void add_to(Runs& runs) const {
    for (int seed = 0; seed < base_seeds(); ++seed) runs.plan(staying(seed));
    for (const Arm& arm : arms_) {
      for (const double kappa : options_.kappas) {
        for (int seed = 0; seed < options_.seeds; ++seed) {
          for (const bool conversion : {true, false}) runs.plan(switching(arm, kappa, conversion, seed));
        }
      }
    }
  }

  SwitchDistance seed_to_seed(const Runs& runs) const {
    std::vector<SwitchDistance> distances;
    for (int a = 0; a < base_seeds(); ++a) {
      for (int b = 0; b < a; ++b) distances.push_back(runs.between(staying(a), staying(b)));
    }
    return mean_of(distances);
  }

  SwitchRow row(const Runs& runs, const Arm& arm, double kappa, bool conversion) const {
    SwitchRow row = {.rule = text(arm.label, conversion ? "" : " without conversion"), .kappa = kappa};
    for (int seed = 0; seed < options_.seeds; ++seed) {
      row.seeds.push_back(runs.between(switching(arm, kappa, conversion, seed), staying(seed)));
    }
    return row;
  }

 private:
  const Options& options_;
  Arguments common_;
  std::vector<Arm> arms_;
};

void judge(const SwitchRow& converted, const SwitchRow& kept, SwitchTable& table) {
  const std::string& rule = converted.rule;
  const double kappa = converted.kappa;
  table.verdicts.push_back(
      {rule, kappa, converted.mean().whole, table.seed_to_seed.whole, "the seed-to-seed D"});
  table.verdicts.push_back(
      {rule, kappa, converted.mean().largest, kLargest, "what is allowed", "the largest |ln(loss / loss)|"});
  table.verdicts.push_back(
      {rule, kappa, converted.behind_shrinking(), kPartOfUnconverted * kept.behind_shrinking(),
       "two thirds of that without conversion", "D close behind where the batch shrinks"});
}

SwitchTable table_of(const Options& options, const std::string& optimizer, double rate, const Runs& runs) {
  const Plan plan(options, optimizer, rate);
  SwitchTable table = {.optimizer = optimizer,
                       .learning_rate = base_optimizer(optimizer, rate)->learning_rate(),
                       .seed_to_seed = plan.seed_to_seed(runs)};
  for (const Arm& arm : plan.arms()) {
    for (const double kappa : options.kappas) {
      const SwitchRow converted = plan.row(runs, arm, kappa, true), kept = plan.row(runs, arm, kappa, false);
      table.rows.push_back(converted);
      table.rows.push_back(kept);
      if (rate == 1) judge(converted, kept, table);
    }
  }
  return table;
}

}  // namespace

SwitchDistance mean_of(const std::vector<SwitchDistance>& distances) {
  SwitchDistance result = std::ranges::max(distances, {}, &SwitchDistance::largest);
  Mean whole, there, back;
  for (const SwitchDistance& one : distances) {
    whole.add(one.whole);
    there.add(one.there);
    back.add(one.back);
  }
  result.whole = whole.value();
  result.there = there.value();
  result.back = back.value();
  return result;
}

std::vector<SwitchTable> compare_switches(const Options& options) {
  Runs runs(options);
  for (const std::string& optimizer : options.optimizers) {
    for (const double rate : options.rates) Plan(options, optimizer, rate).add_to(runs);
  }
  runs.train();
  std::vector<SwitchTable> tables;
  for (const std::string& optimizer : options.optimizers) {
    for (const double rate : options.rates) tables.push_back(table_of(options, optimizer, rate, runs));
  }
  return tables;
}

}  // namespace ktrain::trajectories
