#include "ktrain/train/objective.h"

#include "core/check.h"
#include "data/pipeline.h"

namespace ktrain {
Objective::Objective(const Model& model, std::span<const FieldSpec> fields, const ObjectiveOptions& options) {
  const std::vector<std::string> names = model.output_names();
  const std::vector<int> targets = bind_fields(fields, FieldSpec::Role::kTarget, names);
  const std::vector<int> weights = bind_fields(fields, FieldSpec::Role::kSampleWeight, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Model::TensorInfo& output = model.tensors()[static_cast<std::size_t>(model.outputs()[i])];
    const FieldSpec& field = fields[static_cast<std::size_t>(targets[i])];
    pairings_.push_back({targets[i], weights[i]});
    Term term;
    term.loss = make_loss(options.loss, options.loss_options);
    term.elements_per_sample =
        static_cast<double>(term.loss->elements_per_sample(output.sample_shape, field.sample_shape));
    ++sum_count_;
    metric_count_ += options.metrics.size();
    for (const std::string& name : options.metrics) {
      term.metrics.push_back(make_metric(name, output.sample_shape, field.sample_shape));
      term.metric_names.push_back((names.size() == 1 ? "" : names[i] + "_") + name);
      sum_count_ += static_cast<std::size_t>(term.metrics.back()->sum_count());
    }
    terms_.push_back(std::move(term));
  }
}

void Objective::add(std::span<const LossInput> inputs, std::span<double> sums) const {
  KTRAIN_CHECK(inputs.size() == terms_.size() && sums.size() == sum_count_);
  std::size_t at = 0;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    sums[at++] += terms_[i].loss->numerator(inputs[i]);
    LossInput unweighted = inputs[i];  // Keras's `metrics` do not see sample weights
    unweighted.sample_weight = {};
    for (const auto& metric : terms_[i].metrics) {
      const auto count = static_cast<std::size_t>(metric->sum_count());
      metric->add(unweighted, sums.subspan(at, count));
      at += count;
    }
  }
}

void Objective::gradient(std::size_t index, const LossInput& input, std::int64_t global_rows,
                         TensorView gradient) const {
  const double denominator = static_cast<double>(global_rows) * terms_[index].elements_per_sample;
  terms_[index].loss->gradient(input, static_cast<float>(1.0 / denominator), gradient);
}

double Objective::loss(std::span<const double> sums, std::int64_t rows) const {
  double loss = 0;
  std::size_t at = 0;
  for (const Term& term : terms_) {
    if (rows > 0) loss += sums[at] / (static_cast<double>(rows) * term.elements_per_sample);
    ++at;
    for (const auto& metric : term.metrics) at += static_cast<std::size_t>(metric->sum_count());
  }
  return loss;
}

void Objective::metrics(std::span<const double> sums, std::vector<NamedValue>& values) const {
  std::size_t at = 0, used = 0;
  values.resize(metric_count_);
  for (const Term& term : terms_) {
    ++at;
    for (std::size_t i = 0; i < term.metrics.size(); ++i) {
      const auto count = static_cast<std::size_t>(term.metrics[i]->sum_count());
      values[used].name = term.metric_names[i];
      values[used++].value = term.metrics[i]->value(sums.subspan(at, count));
      at += count;
    }
  }
}

}  // namespace ktrain
