#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/sampler.h"
#include "ktrain/data/dataset.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

/// The positions of an epoch that one rank computes in one step; may be empty.
struct Share {
  std::int64_t epoch = 0;
  Range positions;

  std::int64_t rows() const { return positions.size(); }
};

/// A share's samples as a model takes them: inputs and sample weights float32 (a plain cast of the value, as
/// Keras does) but where the pipeline was told otherwise, floating targets float32, all other targets in the
/// dtype they are stored in.
struct Batch {
  Share share;  ///< row r is at position share.positions.begin + r
  /// One per field of the dataset, in its order: shape (rows, sample…).
  std::vector<ConstTensorView> fields;

  std::int64_t rows() const { return share.rows(); }
};

/// "input", "target", "sample weight"
std::string_view name_of(FieldSpec::Role role);

/// The dtype that a field has in a Batch by default.
DType batch_dtype(const FieldSpec& field);

struct PipelineOptions {
  int depth = 3;    ///< batches assembled ahead of the one in use
  int threads = 1;  ///< tasks at a time, beside the threads that compute
  /// One per field: batch_dtype() of it, or its own, which saves the cast. Empty: batch_dtype() of each.
  std::vector<DType> dtypes = {};
};

/// Assembles batches ahead of the compute, on oneTBB tasks of its own small arena. Buffers are taken for the
/// largest share met so far and used again; the steady state allocates nothing but what TBB does. One thread
/// uses a pipeline.
class Pipeline {
 public:
  /// Called in next() and in the constructor, on the caller's thread: the share that comes after the ones
  /// given so far, or nothing when there is no more.
  using NextShare = std::function<std::optional<Share>()>;

  Pipeline(std::shared_ptr<const Dataset> dataset, const Sampler& sampler, NextShare next_share,
           const PipelineOptions& options = {});
  /// Waits for the tasks under way; what was read ahead is dropped.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// The next share's batch, valid until the following call; null after the last. Throws what reading it
  /// threw, and Error{kData} that names sample and field for a value that is not finite.
  const Batch* next();

  /// Time that next() has spent waiting for data so far.
  double waited_seconds() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Which fields of `role` go to a model's inputs (or outputs) `names`, in their order: by name; or by place
/// where the dataset's fields are unnamed. -1 for a sample weight that the dataset does not have; an unnamed
/// sample weight goes to every output. Throws Error{kConfiguration} listing both sides when they do not
/// match.
std::vector<int> bind_fields(std::span<const FieldSpec> fields, FieldSpec::Role role,
                             std::span<const std::string> names);

}  // namespace ktrain
