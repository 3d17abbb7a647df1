#include "data/pipeline.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <utility>

#include "core/check.h"
#include "data/batch_slot.h"
#include "data/convert.h"

namespace ktrain {
namespace {

/// oneTBB counts the processors of the affinity mask and has no workers, but a warning, where there is just
/// one. Never fewer than by default: others in this process may use oneTBB as well.
std::size_t allowed_parallelism(int threads) {
  return static_cast<std::size_t>(std::max(threads + 1, tbb::info::default_concurrency()));
}

}  // namespace

DType batch_dtype(const FieldSpec& field) {
  return field.role == FieldSpec::Role::kTarget && !is_floating(field.dtype) ? field.dtype : DType::kFloat32;
}

class Pipeline::Impl {
 public:
  Impl(std::shared_ptr<const Dataset> dataset, const Sampler& sampler, NextShare next_share,
       const PipelineOptions& options)
      : dataset_(std::move(dataset)),
        sampler_(sampler),
        next_share_(std::move(next_share)),
        allowed_(tbb::global_control::max_allowed_parallelism, allowed_parallelism(options.threads)),
        arena_(options.threads, 0),
        dtypes_(options.dtypes),
        slots_(static_cast<std::size_t>(options.depth) + 1) {
    if (dtypes_.empty()) std::ranges::transform(dataset_->fields(), std::back_inserter(dtypes_), batch_dtype);
    KTRAIN_CHECK(dtypes_.size() == dataset_->fields().size(), dtypes_.size());
    KTRAIN_CHECK(options.depth >= 1 && options.threads >= 1, options.depth, " ", options.threads);
    KTRAIN_CHECK(sampler.size() == dataset_->size(), sampler.size(), " of ", dataset_->size());
  }

  ~Impl() {
    for (BatchSlot& slot : slots_) slot.wait();
  }

  /// Starts a task for every free slot.
  void fill() {
    while (!exhausted_ && filled_ < slots_.size()) {
      const std::optional<Share> share = next_share_();
      exhausted_ = !share.has_value();
      if (exhausted_) return;
      start(slots_[(first_ + filled_) % slots_.size()], *share);
      ++filled_;
    }
  }

  const Batch* next() {
    if (in_use_) {
      in_use_ = false;
      first_ = (first_ + 1) % slots_.size();
      --filled_;
    }
    fill();
    if (filled_ == 0) return nullptr;
    in_use_ = true;
    BatchSlot& slot = slots_[first_];
    if (!slot.is_ready()) wait(slot);
    return &slot.take();
  }

  double waited_seconds() const { return waited_.count(); }

 private:
  void start(BatchSlot& slot, const Share& share) {
    slot.prepare(share, *dataset_, dtypes_);
    arena_.enqueue([this, &slot] { slot.assemble(*dataset_, sampler_); });
  }

  void wait(BatchSlot& slot) {
    const auto begin = std::chrono::steady_clock::now();
    slot.wait();
    waited_ += std::chrono::steady_clock::now() - begin;
  }

  std::shared_ptr<const Dataset> dataset_;
  Sampler sampler_;
  NextShare next_share_;
  tbb::global_control allowed_;
  tbb::task_arena arena_;
  std::vector<DType> dtypes_;
  std::deque<BatchSlot> slots_;  ///< a ring; slots do not move
  std::size_t first_ = 0;        ///< the slot of the batch in use, else of the next one
  std::size_t filled_ = 0;       ///< slots from first_ on that hold a share
  bool in_use_ = false;
  bool exhausted_ = false;
  std::chrono::duration<double> waited_{0};
};

Pipeline::Pipeline(std::shared_ptr<const Dataset> dataset, const Sampler& sampler, NextShare next_share,
                   const PipelineOptions& options)
    : impl_(std::make_unique<Impl>(std::move(dataset), sampler, std::move(next_share), options)) {
  impl_->fill();
}

Pipeline::~Pipeline() = default;

const Batch* Pipeline::next() {
  return impl_->next();
}

double Pipeline::waited_seconds() const {
  return impl_->waited_seconds();
}

}  // namespace ktrain
