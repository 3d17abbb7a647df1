#include "ktrain/train/evaluate.h"

#include <algorithm>
#include <utility>

#include "ktrain/comm/agree.h"
#include "nn/executor.h"
#include "parallel/step_trees.h"
#include "train/batch_binding.h"
#include "train/layer_states.h"
#include "train/penalty.h"
#include "train/reproducible.h"
#include "train/shard_sums.h"
#include "train/step_stream.h"

namespace ktrain {
namespace {

/// The dataset once, in its own order; this rank's rows of each global batch through the model. Nothing in it
/// communicates: whatever fails on one rank is agreed on after each batch.
class InferencePass {
 public:
  InferencePass(const Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
                std::int64_t global_batch, std::int64_t shard)
      : model_(model),
        membership_(membership_of(communicator)),
        shard_(shard),
        binding_(model, dataset->fields()),
        stream_(dataset, Sampler(dataset->size(), 0, false), membership_,
                {.global_batch = global_batch, .shard = shard, .repeat = false, .dtypes = binding_.dtypes()}),
        executor_(model) {
    require_whole_batches(model, {.global_batch = global_batch, .samples = dataset->size()});
  }

  /// The next rows, run through the model unless there are none; null after the last. Their global batch has
  /// `global_rows`.
  const Batch* next(std::int64_t global_rows) {
    const Batch* batch = stream_.next();
    if (batch == nullptr || batch->rows() == 0) return batch;
    executor_.forward(
        {.first_position = batch->share.positions.begin, .weights_version = model_.weights_version()},
        batch->rows(), cut_of(membership_, global_rows, shard_, shard_ > 0), binding_.inputs(*batch));
    return batch;
  }
  ConstTensorView output(std::size_t index) const { return executor_.output(index); }
  const Executor& executor() const { return executor_; }
  Error error_of(const BadTarget& target) const { return stream_.error_of(target); }

 private:
  Model& model_;
  Membership membership_;
  std::int64_t shard_;
  BatchBinding binding_;
  StepStream stream_;
  Executor executor_;
};

std::unique_ptr<InferencePass> make_pass(Communicator& communicator, Model& model,
                                         const std::shared_ptr<const Dataset>& dataset,
                                         std::int64_t global_batch, std::int64_t shard) {
  return agree(communicator, [&] {
    return std::make_unique<InferencePass>(communicator, model, dataset, global_batch, shard);
  });
}

}  // namespace

void require_fit(const Model& model, const Dataset& dataset, const ObjectiveOptions& objective) {
  const Objective paired(model, dataset.fields(), objective, {});
  const BatchBinding bound(model, dataset.fields());
}

namespace {

/// The objective's sums over batch after batch.
class ObjectiveSums {
 public:
  ObjectiveSums(InferencePass& pass, Objective& objective)
      : pass_(pass),
        objective_(objective),
        shard_sums_(objective, pass.executor()),
        inputs_(objective.pairings().size()),
        totals_(shard_sums_.count()) {}

  /// Runs the next batch, `global_rows` from position `begin` on.
  void next(std::int64_t begin, std::int64_t global_rows) {
    batch_ = pass_.next(global_rows);
    group_sums_.assign(objective_.group_sum_count(), 0.0);
    for (std::size_t i = 0; i < inputs_.size() && batch_->rows() > 0; ++i) {
      inputs_[i] = loss_input(*batch_, objective_.pairings()[i], pass_.executor(), i, begin);
    }
    with_rows([&] { shard_sums_.add_group_sums(inputs_, group_sums_); });
  }
  /// Rows to be summed over the ranks before add_batch().
  std::vector<double>& group_sums() { return group_sums_; }
  void add_batch(std::int64_t global_rows) {
    sums_.assign(shard_sums_.count(), 0.0);
    group_sums_.resize(objective_.group_sum_count());
    with_rows([&] { shard_sums_.add(inputs_, global_rows, group_sums_, sums_); });
  }
  /// The batch's: rows of the objective's, then the penalties of activations.
  std::vector<double>& sums() { return sums_; }
  std::size_t count() const { return shard_sums_.count(); }
  /// Takes the first row of them up among the totals.
  void take_batch() {
    for (std::size_t i = 0; i < totals_.size(); ++i) totals_[i] += sums_[i];
  }
  std::span<double> totals() { return totals_; }

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
  ShardSums shard_sums_;
  const Batch* batch_ = nullptr;
  std::vector<LossInput> inputs_;
  std::vector<double> group_sums_, sums_, totals_;
};

}  // namespace

// Sums of a tree are complete with each batch; others wait for the end.
Evaluation evaluate(Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
                    const ObjectiveOptions& options, std::int64_t global_batch, std::int64_t shard) {
  auto objective = agree(communicator, [&] {
    return Objective(model, dataset->fields(), options, {.global_batch = global_batch});
  });
  const auto pass = make_pass(communicator, model, dataset, global_batch, shard);
  ObjectiveSums sums(*pass, objective);
  StepTrees trees(membership_of(communicator), shard);
  for (std::int64_t begin = 0; begin < dataset->size(); begin += global_batch) {
    const std::int64_t rows = std::min(global_batch, dataset->size() - begin);
    const TreeShares* tree = trees.of(rows);
    agree(communicator, [&] { sums.next(begin, rows); });
    const std::size_t count = objective.group_sum_count();
    if (count > 0) sum_over_ranks(communicator, tree, sums.group_sums(), count);
    agree(communicator, [&] { sums.add_batch(rows); });
    if (tree != nullptr) sum_over_ranks(communicator, tree, sums.sums(), sums.count());
    sums.take_batch();
  }
  const std::span<double> totals = sums.totals();
  if (shard == 0) communicator.all_reduce(totals);
  gather_layer_states(communicator, model, global_batch, shard);
  const auto samples = dataset->size();
  const auto of_objective = totals.first(objective.sum_count());
  Evaluation evaluation{samples,
                        objective.loss(of_objective, samples) + totals.back() / static_cast<double>(samples) +
                            total_penalty(model),
                        {}};
  objective.metrics(of_objective, samples, evaluation.metrics);
  return evaluation;
}

void predict(Communicator& communicator, Model& model, const std::shared_ptr<const Dataset>& dataset,
             std::int64_t global_batch, const std::function<void(std::span<const ConstTensorView>)>& rows,
             std::int64_t shard) {
  const auto pass = make_pass(communicator, model, dataset, global_batch, shard);
  const std::size_t outputs = model.outputs().size();
  for (std::int64_t begin = 0; begin < dataset->size(); begin += global_batch) {
    const std::int64_t batch = std::min(global_batch, dataset->size() - begin);
    const std::int64_t own = agree(communicator, [&] { return pass->next(batch)->rows(); });
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
  gather_layer_states(communicator, model, global_batch, shard);
}

}  // namespace ktrain
