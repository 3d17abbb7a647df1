#include "data/batch_slot.h"

#include <algorithm>
#include <string>

#include "core/check.h"
#include "data/convert.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

/// "input 'left'", "target"
std::string described(const FieldSpec& field) {
  return field.name.empty() ? text(name_of(field.role)) : text(name_of(field.role), " '", field.name, "'");
}

/// Bytes that are read and cast at a time: they stay in a core's first cache in between.
constexpr std::int64_t kPieceBytes = std::int64_t{16} << 10;

std::int64_t rows_per_piece(std::span<const FieldSpec> fields) {
  std::int64_t largest = 1;
  for (const FieldSpec& field : fields) {
    const auto bytes = field.sample_shape.elements() * static_cast<std::int64_t>(size_of(field.dtype));
    largest = std::max(largest, bytes);
  }
  return std::max<std::int64_t>(kPieceBytes / largest, 1);
}

void require_finite(const Dataset& dataset, std::size_t i, std::span<const std::int64_t> indices,
                    std::span<const float> values) {
  const std::int64_t place = find_non_finite(values);
  if (place < 0) return;
  const FieldSpec& field = dataset.fields()[i];
  const std::int64_t elements = field.sample_shape.elements();
  throw Error(ExitCode::kData,
              text(dataset.name(), ": sample ", indices[static_cast<std::size_t>(place / elements)], ": ",
                   described(field), " is not finite: ", values[static_cast<std::size_t>(place)],
                   " at element ", place % elements));
}

/// Token ids and their like, which a model takes as float32.
void require_exact(const Dataset& dataset, std::size_t i, std::span<const std::int64_t> indices,
                   ConstTensorView integers) {
  if (integers.dtype() != DType::kInt32 && integers.dtype() != DType::kInt64) return;
  const std::int64_t place = find_inexact(integers);
  if (place < 0) return;
  const FieldSpec& field = dataset.fields()[i];
  const std::int64_t elements = field.sample_shape.elements();
  const std::int64_t value = integers.dtype() == DType::kInt32 ? integers.data<std::int32_t>()[place]
                                                               : integers.data<std::int64_t>()[place];
  throw Error(ExitCode::kData,
              text(dataset.name(), ": sample ", indices[static_cast<std::size_t>(place / elements)], ": ",
                   described(field), " is ", value, " at element ", place % elements,
                   ": whole numbers beyond ", kLargestExact, " are not exact in float32"));
}

}  // namespace

void BatchSlot::prepare(const Share& share, const Dataset& dataset, std::span<const DType> dtypes) {
  const auto fields = dataset.fields();
  if (pieces_.empty()) take_staging(fields, dtypes);
  if (memory_.empty() || share.rows() > capacity_) grow(share.rows(), fields);
  indices_.resize(static_cast<std::size_t>(share.rows()));
  batch_.share = share;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    rows_[i] = TensorView(memory_[i].data(), dtypes_[i], fields[i].sample_shape.batched(share.rows()));
    batch_.fields[i] = rows_[i];
  }
  const std::lock_guard lock(mutex_);
  ready_ = false;
  error_ = nullptr;
}

void BatchSlot::assemble(const Dataset& dataset, const Sampler& sampler) {
  // What prepare() wrote is seen through this lock, whoever hands the slot over: oneTBB's own hand-over is
  // invisible to a thread sanitizer.
  { const std::lock_guard lock(mutex_); }
  std::exception_ptr error;
  try {
    read(dataset, sampler);
  } catch (...) {
    error = std::current_exception();
  }
  // Under the lock, so that the waiting thread cannot destroy the slot before the notification is over.
  const std::lock_guard lock(mutex_);
  error_ = error;
  ready_ = true;
  changed_.notify_one();
}

bool BatchSlot::is_ready() {
  const std::lock_guard lock(mutex_);
  return ready_;
}

void BatchSlot::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_; });
}

const Batch& BatchSlot::take() const {
  if (error_) std::rethrow_exception(error_);
  return batch_;
}

// Fields that are cast are read into memory of their own, a piece at a time.
void BatchSlot::take_staging(std::span<const FieldSpec> fields, std::span<const DType> dtypes) {
  dtypes_.assign(dtypes.begin(), dtypes.end());
  piece_rows_ = rows_per_piece(fields);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto elements = static_cast<std::size_t>(fields[i].sample_shape.elements() * piece_rows_);
    staging_.emplace_back(dtypes_[i] == fields[i].dtype ? 0 : elements * size_of(fields[i].dtype));
  }
  pieces_.resize(fields.size());
  rows_.resize(fields.size());
  batch_.fields.resize(fields.size());
}

void BatchSlot::grow(std::int64_t rows, std::span<const FieldSpec> fields) {
  capacity_ = rows;
  memory_.clear();
  indices_.reserve(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto elements = static_cast<std::size_t>(fields[i].sample_shape.elements() * rows);
    memory_.emplace_back(elements * size_of(dtypes_[i]));
  }
}

void BatchSlot::read(const Dataset& dataset, const Sampler& sampler) {
  if (indices_.empty()) return;
  const Share& share = batch_.share;
  sampler.indices(share.epoch, share.positions.begin, indices_);
  for (std::int64_t begin = 0; begin < share.rows(); begin += piece_rows_) {
    read_piece(dataset, {begin, std::min(begin + piece_rows_, share.rows())});
  }
}

void BatchSlot::read_piece(const Dataset& dataset, Range rows) {
  const auto fields = dataset.fields();
  const auto indices = std::span(indices_).subspan(static_cast<std::size_t>(rows.begin),
                                                   static_cast<std::size_t>(rows.size()));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const TensorView target = rows_[i].rows(rows.begin, rows.end);
    pieces_[i] = target.dtype() == fields[i].dtype
                     ? target
                     : TensorView(staging_[i].data(), fields[i].dtype, target.shape());
  }
  dataset.read(indices, pieces_);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const TensorView target = rows_[i].rows(rows.begin, rows.end);
    if (target.dtype() != fields[i].dtype) {
      require_exact(dataset, i, indices, pieces_[i]);
      cast_to_float32(pieces_[i], target);
    }
    if (is_floating(fields[i].dtype)) require_finite(dataset, i, indices, target.span<float>());
  }
}

}  // namespace ktrain
