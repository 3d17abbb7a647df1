#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <vector>

#include "data/pipeline.h"
#include "ktrain/core/buffer.h"

namespace ktrain {

/// A pipeline's batch with its memory: being assembled by a task, ready, or in use. One thread prepares it,
/// waits and takes; a task assembles in between.
class BatchSlot {
 public:
  /// Takes the share, whose fields get these dtypes, the same in each call; memory grows to it when it is the
  /// largest so far.
  void prepare(const Share& share, const Dataset& dataset, std::span<const DType> dtypes);

  /// What the task does: reads, casts and checks the share's samples. Does not throw: take() does.
  void assemble(const Dataset& dataset, const Sampler& sampler);

  bool is_ready();
  void wait();
  /// The batch, once ready. Throws what assembling it threw.
  const Batch& take() const;

 private:
  void take_staging(std::span<const FieldSpec> fields, std::span<const DType> dtypes);
  void grow(std::int64_t rows, std::span<const FieldSpec> fields);
  void read(const Dataset& dataset, const Sampler& sampler);
  void read_piece(const Dataset& dataset, Range rows);

  std::vector<DType> dtypes_;  ///< of the batch's fields
  std::int64_t piece_rows_ = 0;
  std::int64_t capacity_ = 0;
  std::vector<Buffer> staging_, memory_;  ///< one per field
  std::vector<std::int64_t> indices_;
  std::vector<TensorView> rows_;    ///< the batch, to be written
  std::vector<TensorView> pieces_;  ///< where the piece under way is read to
  Batch batch_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = true;  ///< guarded by mutex_, as is error_
  std::exception_ptr error_;
};

}  // namespace ktrain
