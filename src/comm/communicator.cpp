#include "ktrain/comm/communicator.h"

#include <numeric>

#include "comm/backoff.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

std::vector<std::byte> buffer_of(const std::vector<std::int64_t>& sizes) {
  return std::vector<std::byte>(
      static_cast<std::size_t>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0})));
}

/// `bytes` cut into pieces of the given sizes.
template <typename Piece>
std::vector<Piece> cut(std::span<const std::byte> bytes, const std::vector<std::int64_t>& sizes) {
  using Value = typename Piece::value_type;
  std::vector<Piece> pieces;
  const auto* from = reinterpret_cast<const Value*>(bytes.data());
  for (const std::int64_t size : sizes) {
    pieces.emplace_back(from, from + size);
    from += size;
  }
  return pieces;
}

}  // namespace

Buffer Communicator::allocate(std::int64_t bytes) {
  return Buffer(static_cast<std::size_t>(bytes));
}

Buffer Communicator::replicable(std::int64_t bytes) {
  return Buffer(static_cast<std::size_t>(bytes));
}

Buffer Communicator::replicate(Buffer own, int root) {
  broadcast({own.data<std::byte>(), own.bytes()}, root);
  return own;
}

void Communicator::wait(Request request) {
  for (Backoff backoff; !test(request); backoff.pause()) {
    if (backoff.seconds() >= stall_seconds_) throw_stalled(describe(request));
  }
}

void Communicator::throw_stalled(const std::string& what) const {
  throw CommError(text("rank ", rank(), " on host ", host(), ": ", what, " is not complete after ",
                       stall_seconds_, " s: a worker is lost or stalled"));
}

void Communicator::broadcast(std::span<std::byte> bytes, int root) {
  wait(broadcast_start(bytes.data(), static_cast<std::int64_t>(bytes.size()), root));
}

void Communicator::barrier() {
  wait(barrier_start());
}

std::vector<std::int64_t> Communicator::all_gather_size(std::size_t own) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(size()));
  sizes[static_cast<std::size_t>(rank())] = static_cast<std::int64_t>(own);
  all_reduce(std::span(sizes));
  return sizes;
}

std::vector<std::vector<std::byte>> Communicator::gather(std::span<const std::byte> send, int root) {
  const std::vector<std::int64_t> sizes = all_gather_size(send.size());
  const bool receives = rank() == root;
  std::vector<std::byte> all = receives ? buffer_of(sizes) : std::vector<std::byte>();
  wait(gather_start(send, all, sizes, root));
  return receives ? cut<std::vector<std::byte>>(all, sizes) : std::vector<std::vector<std::byte>>();
}

std::vector<std::string> Communicator::all_gather(const std::string& text) {
  const std::vector<std::int64_t> sizes = all_gather_size(text.size());
  std::vector<std::byte> all = buffer_of(sizes);
  wait(gather_start(std::as_bytes(std::span(text)), all, sizes, 0));
  broadcast(all, 0);
  return cut<std::string>(all, sizes);
}

}  // namespace ktrain
