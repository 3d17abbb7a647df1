#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/state_visitor.h"
#include "ktrain/core/buffer.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

/// State that is not parallel to the trainable values: each trainable parameter has a piece of its own size
/// in one flat array.
class OwnLayout {
 public:
  /// Forgets the pieces; then one `add` a parameter, then `allocate`.
  void clear() { ranges_.clear(); }
  void add(std::int64_t count) {
    const std::int64_t begin = ranges_.empty() ? 0 : ranges_.back().end;
    ranges_.push_back({begin, begin + count});
  }
  void allocate() {
    count_ = ranges_.empty() ? 0 : ranges_.back().end;
    buffer_ = Buffer(static_cast<std::size_t>(count_) * sizeof(float));
  }

  /// Null when the parameter has no piece.
  float* piece(std::size_t index) {
    return ranges_[index].size() == 0 ? nullptr : buffer_.data<float>() + ranges_[index].begin;
  }
  void visit(StateVisitor& visitor, const std::string& name) {
    if (count_ > 0) visitor.array(name, buffer_.data(), DType::kFloat32, {&count_, 1});
  }

 private:
  std::vector<Range> ranges_;
  std::int64_t count_ = 0;
  Buffer buffer_;
};

}  // namespace ktrain
