#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/data/stratify.h"
#include "ktrain/nn/model.h"
#include "ktrain/optim/optimizer.h"
#include "ktrain/train/noise_options.h"
#include "ktrain/train/objective.h"

namespace ktrain {

class StateVisitor;

struct TrainerOptions {
  std::int64_t global_batch = 256;  ///< samples of one optimizer step, over all workers
  /// The global batch at which the hyperparameters were chosen; 0: the global batch. A learning-rate schedule
  /// is read at epoch·ceil(N / base batch) + position / base batch, Keras's iteration at that batch, behind
  /// what was done before the run (begin_schedule_at).
  std::int64_t base_batch = 0;
  /// Samples of a shard: kernels run on whole shards and workers get whole shards. 0: a worker's share is one
  /// shard.
  std::int64_t shard = 0;
  /// The same bits for any number of workers: sums over shards are taken along one fixed binary tree. Needs
  /// shards, and one thread a worker.
  bool reproducible = false;
  /// A state that was saved at another global batch may be loaded (Trainer::state_batch).
  bool any_state_batch = false;
  std::uint64_t seed = 0;  ///< of the sample order and of random layers without one of their own
  bool shuffle = true;
  /// Orders samples by the classes of the dataset's only target, whole numbers or one-hot. Balanced, an epoch
  /// has as many samples as the dataset, but shows those of frequent classes not all and others repeatedly.
  Stratify stratify = Stratify::kOff;
  /// Stateful layers begin each epoch with zeros; else they go on, as in Keras.
  bool reset_states = false;
  ObjectiveOptions objective = {};
  /// Factors of the samples of a class, in training alone: Keras's fit(class_weight=…).
  std::map<std::int64_t, double> class_weight = {};
  std::int64_t bucket_bytes = 4 << 20;  ///< of gradients reduced at a time
  NoiseOptions noise = {};
  /// False: steps compute everything but leave weights, optimizer and statistics as they are.
  bool update = true;
};

/// Where a run is. Of a run only seed, epoch and position decide on the order of samples and on random
/// numbers (of each layer, call and element), never the workers.
struct TrainingPosition {
  std::int64_t epoch = 0;     ///< epochs completed
  std::int64_t position = 0;  ///< samples seen in the epoch under way
  std::int64_t step = 0;      ///< optimizer steps done
  std::int64_t samples = 0;   ///< samples seen in all
};

/// What one step did; equal on all ranks.
struct StepStatistics {
  TrainingPosition after;
  std::int64_t epoch = 0;  ///< the epoch that the step belonged to
  std::int64_t batch = 0;  ///< its samples
  double loss = 0;         ///< mean over the batch with penalties, before the update
  std::vector<NamedValue> metrics;
  double gradient_norm = 0;         ///< of the mean gradient, before clipping
  std::optional<NoiseScale> noise;  ///< as it is known after a measurement; absent in other steps
  bool stop_requested = false;      ///< some rank was told to stop
};

/// Loss and metrics over the samples of one epoch so far, as Keras logs them.
struct EpochStatistics {
  double loss = 0;
  std::vector<NamedValue> metrics;
};

/// Trains a model on a group of workers. Each holds a replica; a step is the same for any number of workers.
/// Every rank of the communicator constructs and uses its trainer alike; model, optimizer and communicator
/// outlive it.
class Trainer {
 public:
  /// Broadcasts rank 0's weights. Throws Error when dataset, model and objective do not fit each other.
  Trainer(Communicator& communicator, Model& model, Optimizer& optimizer,
          std::shared_ptr<const Dataset> dataset, const TrainerOptions& options);
  ~Trainer();

  /// One optimizer step on the next global batch: on every rank or on none. Throws Error{kNonFinite} naming
  /// step and place when loss or gradient are not finite; weights are then as before the step, but for
  /// kernels that a SpectralNormalization has divided by their norm for its forward pass. The result is valid
  /// until the next step. Allocates nothing once an epoch is over and, where that is asked for, a step has
  /// measured the noise scale.
  const StepStatistics& step();

  const TrainingPosition& position() const;
  const TrainerOptions& options() const;
  /// True when the latest step was the last of its epoch.
  bool at_epoch_end() const;
  /// Valid until the next call.
  const EpochStatistics& epoch_statistics() const;
  std::int64_t steps_per_epoch() const;
  /// From all measurements so far; absent before the first.
  std::optional<NoiseScale> noise_scale() const;
  /// Indices into the dataset of the samples that this rank computed in the latest step.
  std::vector<std::int64_t> latest_indices() const;
  /// For a person: how often an epoch shows the samples of each class; empty without stratification.
  const std::string& stratification() const;

  /// Steps from here on have this many samples. The hyperparameters, the optimizer's state and the model's
  /// BatchNormalization are the caller's to change. Throws Error{kConfiguration} for a model of stateful
  /// layers. Collective.
  void set_global_batch(std::int64_t samples);

  /// For a run that goes on from another's model: how far that was along the learning-rate schedule, in steps
  /// of the base batch. Before the first step, on every rank.
  void begin_schedule_at(double steps);

  /// What Keras does at the end of fit: with use_ema weights become their moving average.
  void finalize();

  /// Lets this rank ask for a stop: the step under way tells every rank (StepStatistics::stop_requested).
  void request_stop();

  /// Throws AgreedError{kReplicasDisagree} on every rank, naming tensor and rank, when weights differ between
  /// ranks. Collective.
  void check_replicas(const std::string& when);

  /// Gives every rank the states of stateful layers, of which it keeps its own rows: before visit_state
  /// within an epoch. The step that ends an epoch does it, too. Collective.
  void gather_states();
  /// Everything a run continues from: weights, optimizer, states, position, the epoch's statistics. To
  /// continue a run, rank 0 visits with what loads, then all ranks call broadcast_state.
  void visit_state(StateVisitor& visitor);
  /// The global batch of the latest step, or of the one before a loaded state.
  std::int64_t state_batch() const;
  /// Gives every rank rank 0's state and goes to its position. Collective.
  void broadcast_state();

  /// Time spent waiting for data and for the exchange of gradients so far.
  double data_seconds() const;
  double exchange_seconds() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktrain
