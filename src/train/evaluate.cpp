#include "ktrain/train/evaluate.h"

#include <algorithm>
#include <utility>

#include "ktrain/comm/agree.h"
#include "nn/executor.h"
#include "train/batch_binding.h"
#include "train/layer_states.h"
#include "train/penalty.h"
#include "train/step_stream.h"

namespace ktrain {
namespace {

/// The dataset once, in its own order; this rank's rows of each global batch through the model. Nothing in it
/// communicates: whatever fails on one rank is agreed on after each batch.
class InferencePass {
 public:
  InferencePass(const Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
                std::int64_t global_batch)
      : model_(model),
        binding_(model, dataset->fields()),
        stream_(dataset, Sampler(dataset->size(), 0, false), membership_of(communicator),
                {.global_batch = global_batch, .repeat = false, .dtypes = binding_.dtypes()}),
        executor_(model) {
    require_whole_batches(model, {.global_batch = global_batch, .samples = dataset->size()});
  }

  /// The next rows, run through the model unless there are none; null after the last.
  const Batch* next() {
    const Batch* batch = stream_.next();
    if (batch == nullptr || batch->rows() == 0) return batch;
    executor_.forward(
        {.first_position = batch->share.positions.begin, .weights_version = model_.weights_version()},
        batch->rows(), 0, binding_.inputs(*batch));
    return batch;
  }
  ConstTensorView output(std::size_t index) const { return executor_.output(index); }
  const Executor& executor() const { return executor_; }
  double activity_penalty() const { return executor_.activity_penalty(); }
  Error error_of(const BadTarget& target) const { return stream_.error_of(target); }

 private:
  Model& model_;
  BatchBinding binding_;
  StepStream stream_;
  Executor executor_;
};

std::unique_ptr<InferencePass> make_pass(Communicator& communicator, Model& model,
                                         const std::shared_ptr<const Dataset>& dataset,
                                         std::int64_t global_batch) {
  return agree(communicator,
               [&] { return std::make_unique<InferencePass>(communicator, model, dataset, global_batch); });
}

}  // namespace

void require_fit(const Model& model, const Dataset& dataset, const ObjectiveOptions& objective) {
  const Objective paired(model, dataset.fields(), objective, {});
  const BatchBinding bound(model, dataset.fields());
}

namespace {

/// The objective's sums over this rank's rows of batch after batch.
class ObjectiveSums {
 public:
  ObjectiveSums(InferencePass& pass, Objective& objective)
      : pass_(pass),
        objective_(objective),
        inputs_(objective.pairings().size()),
        group_sums_(objective.group_sum_count()),
        sums_(objective.sum_count() + 1) {}

  /// Runs the next batch, which begins at position `begin`; false after the last.
  bool next(std::int64_t begin) {
    batch_ = pass_.next();
    std::ranges::fill(group_sums_, 0.0);
    if (batch_ == nullptr) return false;
    for (std::size_t i = 0; i < inputs_.size() && batch_->rows() > 0; ++i) {
      inputs_[i] = loss_input(*batch_, objective_.pairings()[i], pass_.executor(), i, begin);
    }
    with_rows([&] {
      objective_.add_group_sums(inputs_, group_sums_);
      sums_.back() += pass_.activity_penalty();
    });
    return true;
  }
  /// To be summed over the ranks before `add`.
  std::span<double> group_sums() { return group_sums_; }
  void add(std::int64_t global_rows) {
    with_rows([&] { objective_.add(inputs_, global_rows, group_sums_, of_objective()); });
  }
  /// The objective's, then the penalties of activations.
  std::span<double> sums() { return sums_; }
  std::span<double> of_objective() { return std::span(sums_).first(objective_.sum_count()); }

 private:
  template <typename Body>
  void with_rows(const Body& body) const {
    if (batch_->rows() == 0) return;
    try {
      body();
    } catch (const BadTarget& target) {
      throw pass_.error_of(target);
    }
  }

  InferencePass& pass_;
  Objective& objective_;
  const Batch* batch_ = nullptr;
  std::vector<LossInput> inputs_;
  std::vector<double> group_sums_, sums_;
};

}  // namespace

Evaluation evaluate(Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
                    const ObjectiveOptions& options, std::int64_t global_batch) {
  auto objective = agree(communicator, [&] {
    return Objective(model, dataset->fields(), options, {.global_batch = global_batch});
  });
  const auto pass = make_pass(communicator, model, dataset, global_batch);
  ObjectiveSums sums(*pass, objective);
  for (std::int64_t begin = 0; agree(communicator, [&] { return sums.next(begin); }); begin += global_batch) {
    if (!sums.group_sums().empty()) communicator.all_reduce(sums.group_sums());
    agree(communicator, [&] { sums.add(std::min(global_batch, dataset->size() - begin)); });
  }
  communicator.all_reduce(sums.sums());
  gather_layer_states(communicator, model, global_batch);
  const double penalties = sums.sums().back() / static_cast<double>(dataset->size());
  Evaluation evaluation{
      dataset->size(),
      objective.loss(sums.of_objective(), dataset->size()) + penalties + total_penalty(model),
      {}};
  objective.metrics(sums.of_objective(), dataset->size(), evaluation.metrics);
  return evaluation;
}

void predict(Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
             std::int64_t global_batch, const std::function<void(std::span<const ConstTensorView>)>& rows) {
  const auto pass = make_pass(communicator, model, dataset, global_batch);
  const std::size_t outputs = model.outputs().size();
  for (std::int64_t begin = 0; begin < dataset->size(); begin += global_batch) {
    const std::int64_t batch = std::min(global_batch, dataset->size() - begin);
    const std::int64_t own = agree(communicator, [&] { return pass->next()->rows(); });
    std::vector<Tensor> gathered(outputs);
    std::vector<ConstTensorView> views;
    for (std::size_t i = 0; i < outputs; ++i) {
      const Shape& sample = model.tensors()[static_cast<std::size_t>(model.outputs()[i])].sample_shape;
      const auto send = own == 0 ? std::span<const float>() : pass->output(i).span<float>();
      const auto parts = communicator.gather(std::as_bytes(send));
      if (communicator.rank() != 0) continue;
      gathered[i] = Tensor(sample.batched(batch));
      auto* at = static_cast<std::byte*>(gathered[i].view().address());
      for (const auto& part : parts) at = std::copy(part.begin(), part.end(), at);
      views.push_back(std::as_const(gathered[i]).view());
    }
    agree(communicator, [&] {
      if (communicator.rank() == 0) rows(views);
    });
  }
  gather_layer_states(communicator, model, global_batch);
}

}  // namespace ktrain
