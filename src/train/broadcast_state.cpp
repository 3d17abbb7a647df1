#include "train/broadcast_state.h"

#include <bit>
#include <cstddef>
#include <vector>

#include "core/digest.h"
#include "ktrain/tensor/shape.h"

namespace ktrain {
namespace {

std::span<std::byte> bytes_of(void* data, DType dtype, std::span<const std::int64_t> dims) {
  return {static_cast<std::byte*>(data), static_cast<std::size_t>(Shape(dims).elements()) * size_of(dtype)};
}

/// The digest of each array and its name.
class DigestVisitor final : public StateVisitor {
 public:
  void array(std::string_view name, void* data, DType dtype, std::span<const std::int64_t> dims) override {
    const std::span<std::byte> bytes = bytes_of(data, dtype, dims);
    Digest digest;
    digest.add(name.data(), name.size());
    digest.add(bytes.data(), bytes.size());
    digests.push_back(std::bit_cast<std::int64_t>(digest.value()));
  }
  void integer(std::string_view, std::int64_t&) override {}
  void number(std::string_view, double&) override {}
  void string(std::string_view, std::string&) override {}

  std::vector<std::int64_t> digests;
};

class BroadcastVisitor final : public StateVisitor {
 public:
  /// `differs`, for the first arrays: whether any rank's does.
  BroadcastVisitor(Communicator& communicator, std::vector<bool> differs)
      : communicator_(communicator), differs_(std::move(differs)) {}

  void array(std::string_view, void* data, DType dtype, std::span<const std::int64_t> dims) override {
    const std::size_t index = next_array_++;
    if (index >= differs_.size() || differs_[index]) communicator_.broadcast(bytes_of(data, dtype, dims));
  }
  void integer(std::string_view, std::int64_t& value) override {
    communicator_.broadcast(std::as_writable_bytes(std::span(&value, 1)));
  }
  void number(std::string_view, double& value) override {
    communicator_.broadcast(std::as_writable_bytes(std::span(&value, 1)));
  }
  void string(std::string_view name, std::string& value) override {
    auto size = static_cast<std::int64_t>(value.size());
    integer(name, size);
    value.resize(static_cast<std::size_t>(size));
    communicator_.broadcast(std::as_writable_bytes(std::span(value)));
  }

 private:
  Communicator& communicator_;
  std::vector<bool> differs_;
  std::size_t next_array_ = 0;
};

/// None where ranks have different numbers of arrays: some only follow from what rank 0 sends.
std::vector<bool> differing(Communicator& communicator, const std::vector<std::int64_t>& digests) {
  const std::int64_t count = std::ssize(digests);
  if (communicator.all_reduce(count, ReduceOp::kMax) != communicator.all_reduce(count, ReduceOp::kMin))
    return {};
  std::vector<std::int64_t> most = digests, least = digests;
  communicator.all_reduce(std::span(most), ReduceOp::kMax);
  communicator.all_reduce(std::span(least), ReduceOp::kMin);
  std::vector<bool> differs(digests.size());
  for (std::size_t i = 0; i < digests.size(); ++i) differs[i] = most[i] != least[i];
  return differs;
}

}  // namespace

void broadcast_state(Communicator& communicator, const std::function<void(StateVisitor&)>& visit) {
  DigestVisitor digests;
  visit(digests);
  BroadcastVisitor broadcast(communicator, differing(communicator, digests.digests));
  visit(broadcast);
}

}  // namespace ktrain
