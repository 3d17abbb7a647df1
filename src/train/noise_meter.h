#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ktrain/comm/communicator.h"
#include "ktrain/core/buffer.h"
#include "ktrain/nn/model.h"
#include "ktrain/train/events.h"
#include "ktrain/train/trainer.h"
#include "scaling/noise_average.h"
#include "train/step_stream.h"

namespace ktrain {

class StateVisitor;

/// Measures the gradient noise scale in some of a trainer's steps. The pieces of a step are the shards that
/// it is cut into, whoever computes them; the gradient of a piece of b samples is B / b times its part of the
/// step's sum, which makes the step's gradient the mean over B samples whatever the losses divide by. A step
/// of a single shard is paired with the one that follows, whose weights are others: such estimates are
/// biased.
///
///     meter.begin_step(stream, position);
///     backward(… meter.shard_norms());
///     meter.add(gradients summed over all workers, before penalties of variables are added);
///     statistics.noise = meter.end_step();
///
/// A step that fails in between leaves nothing. Allocates nothing once a step of each kind was measured.
class NoiseMeter {
 public:
  /// `control` outlives it. Throws Error{kConfiguration} for a model whose step is another when it is cut
  /// into other shards: layers with statistics of a worker's own, and, without a `shard` of the run's,
  /// stateful ones.
  NoiseMeter(Communicator& control, Model& model, const TrainerOptions& options);

  /// The step at `position`, of a stream that was told when to measure. Returns the samples of its shards, 0:
  /// a worker's share is one.
  std::int64_t begin_step(const StepStream& stream, const TrainingPosition& position);
  /// Where backward puts the squared norms of this worker's shards' parts; null where they are not needed.
  std::vector<double>* shard_norms();
  /// Collective.
  void add(std::span<const float> gradients);
  /// What is known now, when the step ended a measurement.
  std::optional<NoiseScale> end_step();

  /// Of all measurements so far; nothing before the first, or in a run that does not measure.
  std::optional<NoiseScale> noise_scale() const;

  void visit_state(StateVisitor& visitor);

 private:
  bool in_pieces() const { return measures_ && rows_ > shard_; }
  NoiseEstimate estimate_from_pieces(std::span<const float> gradients);
  std::optional<NoiseEstimate> estimate_from_pair(std::span<const float> gradients);

  Communicator& control_;
  Model& model_;
  NoiseOptions options_;
  bool update_;  ///< weights change from step to step
  NoiseAverage average_;
  bool biased_ = false;

  // Of the step under way.
  std::int64_t rows_ = 0;
  std::int64_t shard_ = 0;
  bool measures_ = false;
  std::vector<double> shard_norms_;
  std::vector<double> norms_;  ///< of all workers' shards
  std::vector<GradientPiece> pieces_;
  std::optional<NoiseEstimate> latest_;

  // The first of a pair of steps.
  std::int64_t pending_rows_ = 0;  ///< 0: there is none
  Buffer pending_;
};

}  // namespace ktrain
