#include "ktrain/train/objective.h"

#include <algorithm>

#include "core/check.h"
#include "core/names.h"
#include "core/text.h"
#include "data/pipeline.h"
#include "train/class_weights.h"
#include "train/metric_names.h"
#include "train/objective_specs.h"

namespace ktrain {
namespace {

/// What a term or a measure has to know of an output's samples.
MetricShapes shapes_of(const Model& model, std::size_t output, std::span<const FieldSpec> fields,
                       const Objective::Pairing& pairing, bool weighted, bool by_class) {
  const auto tensor = [&](Model::TensorId id) {
    return model.tensors()[static_cast<std::size_t>(id)].sample_shape;
  };
  MetricShapes shapes{tensor(model.outputs()[output]),
                      fields[static_cast<std::size_t>(pairing.target)].sample_shape};
  if (weighted && pairing.weight >= 0) {
    shapes.weight = fields[static_cast<std::size_t>(pairing.weight)].sample_shape;
  } else if (weighted && by_class) {
    shapes.weight = Shape();
  }
  const auto masks = model.output_masks();
  if (!masks.empty() && masks[output] != Model::kNoTensor) shapes.mask = tensor(masks[output]);
  return shapes;
}

/// Metrics see the output, a loss on logits what they are.
LossInput seen_by_loss(LossInput input) {
  if (!input.logits.empty()) input.prediction = input.logits;
  return input;
}

/// Null without weights.
std::unique_ptr<ClassWeights> class_weights_of(const std::map<std::int64_t, double>& factors,
                                               const ObjectiveOptions& options,
                                               std::span<const std::string> outputs,
                                               std::span<const FieldSpec> fields,
                                               std::span<const Objective::Pairing> pairings) {
  if (factors.empty()) return nullptr;
  if (outputs.size() > 1) {
    throw Error(ExitCode::kConfiguration,
                text("class weights are for models of a single output; this one has ", outputs.size(), ": ",
                     join(outputs)));
  }
  const LossSpec* loss = loss_of(options, outputs[0]);
  const bool classes = loss != nullptr && make_loss(loss->name, loss->options)->takes_classes();
  if (pairings[0].target < 0) return nullptr;
  return std::make_unique<ClassWeights>(
      factors, fields[static_cast<std::size_t>(pairings[0].target)].sample_shape, classes);
}

}  // namespace

Objective::Objective(const Model& model, std::span<const FieldSpec> fields, const ObjectiveOptions& options,
                     const Run& run) {
  require_known_outputs(options, model.output_names());
  const std::vector<std::string> names = measured_outputs(options, model.output_names());
  const std::vector<int> targets = bind_fields(fields, FieldSpec::Role::kTarget, names);
  const std::vector<int> weights = bind_fields(fields, FieldSpec::Role::kSampleWeight, names);
  std::size_t bound = 0;
  for (const std::string& output : model.output_names()) {
    const bool measured = std::ranges::find(names, output) != names.end();
    pairings_.push_back(measured ? Pairing{targets[bound], weights[bound]} : Pairing{});
    bound += measured ? 1 : 0;
  }
  class_weights_ = class_weights_of(run.class_weight, options, model.output_names(), fields, pairings_);
  add_terms(model, fields, options, run.global_batch);
  add_measures(model, fields, options);
}

Objective::Objective(Objective&&) noexcept = default;
Objective& Objective::operator=(Objective&&) noexcept = default;
Objective::~Objective() = default;

void Objective::weigh_classes(std::span<LossInput> inputs) {
  if (class_weights_) inputs[0].sample_weight = class_weights_->weights(inputs[0]);
}

void Objective::add_terms(const Model& model, std::span<const FieldSpec> fields,
                          const ObjectiveOptions& options, std::int64_t global_batch) {
  const std::vector<std::string> outputs = model.output_names();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Term& term = terms_.emplace_back();
    const LossSpec* spec = loss_of(options, outputs[i]);
    if (spec == nullptr) continue;
    const MetricShapes shapes = shapes_of(model, i, fields, pairings_[i], true, class_weights_ != nullptr);
    LossOptions own = spec->options;
    if (model.logits()[i] != Model::kNoTensor) own.from_logits = true;
    term.loss.emplace(
        spec->name, own,
        ReducedLoss::Shapes{shapes.prediction, shapes.target, shapes.weight, shapes.mask, global_batch});
    term.weight = spec->weight;
    term.loss_at = sum_count_++;
    term.loss_groups_at = group_sum_count_;
    group_sum_count_ += term.loss->group_sum_count();
    loss_names_.push_back(outputs[i] + "_loss");
  }
  if (sum_count_ == 0) throw Error(ExitCode::kConfiguration, "no output of the model has a loss");
  if (sum_count_ == 1) loss_names_.clear();
}

void Objective::add_measures(const Model& model, std::span<const FieldSpec> fields,
                             const ObjectiveOptions& options) {
  const std::vector<std::string> outputs = model.output_names();
  MetricNames names;
  for (const bool weighted : {false, true}) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      for (const MetricSpec& spec : options.metrics) {
        if (spec.weighted != weighted || (!spec.output.empty() && spec.output != outputs[i])) continue;
        Measure& measure = measures_.emplace_back();
        measure.output = i;
        measure.weighted = weighted;
        measure.metric =
            make_metric(spec, shapes_of(model, i, fields, pairings_[i], weighted, class_weights_ != nullptr));
        measure.sums_at = sum_count_;
        measure.groups_at = group_sum_count_;
        sum_count_ += static_cast<std::size_t>(measure.metric->sum_count());
        group_sum_count_ += static_cast<std::size_t>(measure.metric->group_sum_count());
        const std::string name = names.next(outputs.size() == 1 ? "" : outputs[i], label_of(spec), weighted);
        measure.names = names_of_values(name, measure.metric->value_count());
      }
    }
  }
}

std::span<const double> Objective::group_part(std::span<const double> sums, std::size_t at,
                                              std::int64_t count) const {
  return sums.subspan(at, static_cast<std::size_t>(count));
}

void Objective::add_group_sums(std::span<const LossInput> inputs, std::span<double> sums) {
  KTRAIN_CHECK(inputs.size() == terms_.size() && sums.size() == group_sum_count_);
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    Term& term = terms_[i];
    if (!term.loss) continue;
    term.loss->add_group_sums(seen_by_loss(inputs[i]),
                              sums.subspan(term.loss_groups_at, term.loss->group_sum_count()));
  }
  for (Measure& measure : measures_) {
    const auto count = static_cast<std::size_t>(measure.metric->group_sum_count());
    if (count > 0)
      measure.metric->add_group_sums(inputs[measure.output], sums.subspan(measure.groups_at, count));
  }
}

void Objective::add(std::span<const LossInput> inputs, std::int64_t global_rows,
                    std::span<const double> group_sums, std::span<double> sums) {
  KTRAIN_CHECK(inputs.size() == terms_.size() && sums.size() == sum_count_ &&
               group_sums.size() == group_sum_count_);
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    Term& term = terms_[i];
    if (!term.loss) continue;
    const auto groups = group_sums.subspan(term.loss_groups_at, term.loss->group_sum_count());
    sums[term.loss_at] +=
        term.loss->part(seen_by_loss(inputs[i]), global_rows, groups) * static_cast<double>(global_rows);
  }
  for (Measure& measure : measures_) {
    Metric& metric = *measure.metric;
    metric.add(inputs[measure.output], group_part(group_sums, measure.groups_at, metric.group_sum_count()),
               sums.subspan(measure.sums_at, static_cast<std::size_t>(metric.sum_count())));
  }
}

void Objective::gradient(std::size_t index, const LossInput& input, std::int64_t global_rows,
                         std::span<const double> group_sums, TensorView gradient) {
  Term& term = terms_[index];
  const auto groups = group_sums.subspan(term.loss_groups_at, term.loss->group_sum_count());
  term.loss->gradient(seen_by_loss(input), global_rows, groups, term.weight, gradient);
}

double Objective::loss(std::span<const double> sums, std::int64_t rows) const {
  double loss = 0;
  for (const Term& term : terms_) {
    if (term.loss && rows > 0) loss += term.weight * sums[term.loss_at] / static_cast<double>(rows);
  }
  return loss;
}

void Objective::metrics(std::span<const double> sums, std::int64_t rows,
                        std::vector<NamedValue>& values) const {
  std::size_t used = 0;
  const auto put = [&](const std::string& name, double value) {
    if (used == values.size()) values.emplace_back();
    values[used].name = name;
    values[used++].value = value;
  };
  std::size_t name = 0;
  for (const Term& term : terms_) {
    if (!term.loss || loss_names_.empty()) continue;
    put(loss_names_[name++], rows == 0 ? 0 : sums[term.loss_at] / static_cast<double>(rows));
  }
  for (const Measure& measure : measures_) {
    const auto own = sums.subspan(measure.sums_at, static_cast<std::size_t>(measure.metric->sum_count()));
    for (std::int64_t i = 0; i < measure.metric->value_count(); ++i) {
      put(measure.names[static_cast<std::size_t>(i)], measure.metric->value(own, i));
    }
  }
  values.resize(used);
}

}  // namespace ktrain
