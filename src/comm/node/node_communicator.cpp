#include "comm/node/node_communicator.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "comm/backoff.h"
#include "comm/reduce.h"
#include "core/check.h"

namespace ktrain {

struct NodeCommunicator::Notice {
  struct Slot {
    Call call;
    alignas(64) std::array<std::byte, kStagedBytes> staged;
  };

  /// All-reduces that this rank has brought its part to, and those whose share of work it has done. Each on a
  /// cache line of its own: the others poll them.
  alignas(64) std::atomic<std::int64_t> arrived;
  alignas(64) std::atomic<std::int64_t> finished;
  /// Of number n: n modulo kSlots.
  std::array<Slot, kSlots> slots;
};

namespace {

static_assert(std::atomic<std::int64_t>::is_always_lock_free, "processes share it");

// What fits into the first-level cache beside the buffers it is read from and written to.
constexpr std::int64_t kPieceBytes = 8192;
constexpr std::int64_t kCacheLine = 64;

std::size_t slot_of(std::int64_t number) {
  return static_cast<std::size_t>(number % NodeCommunicator::kSlots);
}

std::int64_t bytes_of(std::int64_t count, DType dtype) {
  return count * static_cast<std::int64_t>(size_of(dtype));
}

// The group within and this communicator each count requests from 0.
Communicator::Request tagged(Communicator::Request within) {
  return {2 * within.slot + 1};
}
bool is_within(Communicator::Request request) {
  return request.slot % 2 == 1;
}
Communicator::Request untagged(Communicator::Request request) {
  return {request.slot / 2};
}

}  // namespace

std::unique_ptr<Communicator> with_shared_memory(std::unique_ptr<Communicator> group) {
  if (group->size() == 1) return group;
  auto board = SharedMemory::make(*group, NodeCommunicator::board_bytes());
  if (board == nullptr) return group;
  return std::make_unique<NodeCommunicator>(std::move(group), std::move(board));
}

std::int64_t NodeCommunicator::board_bytes() {
  return sizeof(Notice);
}

NodeCommunicator::NodeCommunicator(std::unique_ptr<Communicator> within, std::shared_ptr<SharedMemory> board)
    : within_(std::move(within)),
      board_(std::move(board)),
      rank_(within_->rank()),
      size_(within_->size()),
      destinations_(kSlots) {
  set_stall_seconds(within_->stall_seconds());
}

NodeCommunicator::Notice& NodeCommunicator::notice(int rank) const {
  return *reinterpret_cast<Notice*>(board_->of(rank));
}

std::unique_ptr<Communicator> NodeCommunicator::duplicate() {
  within_->set_stall_seconds(stall_seconds());
  return with_shared_memory(within_->duplicate());
}

Buffer NodeCommunicator::allocate(std::int64_t bytes) {
  within_->set_stall_seconds(stall_seconds());
  auto memory = SharedMemory::make(*within_, bytes);
  if (memory == nullptr) return Communicator::allocate(bytes);
  windows_.push_back(memory);
  return {memory->of(rank_), static_cast<std::size_t>(bytes), [memory](void*) {}};
}

NodeCommunicator::Call NodeCommunicator::call_of(const void* data, std::int64_t count, DType dtype,
                                                 ReduceOp op) const {
  Call call{.count = count, .dtype = dtype, .op = op, .window = -1, .offset = 0};
  const auto window = std::ranges::find_if(windows_, [&](const auto& memory) {
    const std::byte* begin = memory->of(rank_);
    return begin <= data && data < begin + memory->bytes_per_rank();
  });
  if (window == windows_.end()) return call;
  call.window = static_cast<int>(window - windows_.begin());
  call.offset = static_cast<const std::byte*>(data) - (*window)->of(rank_);
  KTRAIN_CHECK(call.offset + bytes_of(count, dtype) <= (*window)->bytes_per_rank(), count,
               " elements at byte ", call.offset, " of ", (*window)->bytes_per_rank());
  return call;
}

Communicator::Request NodeCommunicator::all_reduce_start(void* data, std::int64_t count, DType dtype,
                                                         ReduceOp op) {
  const Call call = call_of(data, count, dtype, op);
  const std::int64_t bytes = bytes_of(count, dtype);
  if (call.window < 0 && bytes > kStagedBytes)
    return tagged(within_->all_reduce_start(data, count, dtype, op));
  wait_for_room();

  const std::int64_t number = started_++;
  Notice& own = notice(rank_);
  Notice::Slot& slot = own.slots[slot_of(number)];
  slot.call = call;
  if (call.window < 0 && bytes > 0) std::memcpy(slot.staged.data(), data, static_cast<std::size_t>(bytes));
  destinations_[slot_of(number)] = data;
  own.arrived.store(started_, std::memory_order_release);

  auto free = std::ranges::find_if(pending_, [](const Pending& pending) { return pending.number < 0; });
  if (free == pending_.end()) free = pending_.insert(free, Pending{});
  *free = {number, call.window < 0};
  progress();
  return {static_cast<int>(2 * (free - pending_.begin()))};
}

// A slot is free again once every rank has read it. All have started what it belongs to, or will without this
// rank's help: the wait ends.
void NodeCommunicator::wait_for_room() {
  for (Backoff backoff; started_ >= finished_everywhere() + kSlots; backoff.pause()) {
    progress();
    if (backoff.seconds() >= stall_seconds()) throw_stalled(describe(finished_everywhere()));
  }
}

Communicator::Request NodeCommunicator::broadcast_start(void* data, std::int64_t bytes, int root) {
  return tagged(within_->broadcast_start(data, bytes, root));
}

Communicator::Request NodeCommunicator::barrier_start() {
  return tagged(within_->barrier_start());
}

Communicator::Request NodeCommunicator::gather_start(std::span<const std::byte> send,
                                                     std::span<std::byte> receive,
                                                     std::span<const std::int64_t> bytes_per_rank, int root) {
  return tagged(within_->gather_start(send, receive, bytes_per_rank, root));
}

bool NodeCommunicator::test(Request request) {
  if (is_within(request)) {
    progress();
    return within_->test(untagged(request));
  }
  const auto index = static_cast<std::size_t>(request.slot / 2);
  KTRAIN_CHECK(request.slot >= 0 && index < pending_.size() && pending_[index].number >= 0, "slot ",
               request.slot, " is not a collective under way");
  progress();
  Pending& pending = pending_[index];
  const std::int64_t done = pending.staged ? finished_ : finished_everywhere();
  if (done <= pending.number) return false;
  pending.number = -1;
  return true;
}

void NodeCommunicator::progress() {
  const std::int64_t ready = finished_ == started_ ? finished_ : arrived_everywhere();
  while (finished_ < ready) {
    carry_out(finished_);
    notice(rank_).finished.store(++finished_, std::memory_order_release);
  }
  within_->progress();
}

void NodeCommunicator::abort(int code) {
  within_->abort(code);
  std::_Exit(code);
}

std::int64_t NodeCommunicator::arrived_everywhere() const {
  std::int64_t least = started_;
  for (int r = 0; r < size_; ++r) least = std::min(least, notice(r).arrived.load(std::memory_order_acquire));
  return least;
}

std::int64_t NodeCommunicator::finished_everywhere() const {
  std::int64_t least = finished_;
  for (int r = 0; r < size_; ++r) least = std::min(least, notice(r).finished.load(std::memory_order_acquire));
  return least;
}

void NodeCommunicator::carry_out(std::int64_t number) {
  require_same_calls(number);
  const Call& call = notice(rank_).slots[slot_of(number)].call;
  if (call.window >= 0) return reduce_slice(call);
  void* result = destinations_[slot_of(number)];
  const auto staged = [&](int rank) { return notice(rank).slots[slot_of(number)].staged.data(); };
  if (call.count > 0)
    std::memcpy(result, staged(0), static_cast<std::size_t>(bytes_of(call.count, call.dtype)));
  for (int r = 1; r < size_; ++r) reduce_into(result, staged(r), call.count, call.dtype, call.op);
}

void NodeCommunicator::reduce_slice(const Call& call) {
  const auto element = static_cast<std::int64_t>(size_of(call.dtype));
  const std::int64_t line = kCacheLine / element;
  const auto bound = [&](int rank) {
    return rank == size_ ? call.count : call.count / size_ * rank / line * line;
  };
  const SharedMemory& window = *windows_[static_cast<std::size_t>(call.window)];
  alignas(kCacheLine) std::array<std::byte, kPieceBytes> total;
  const std::int64_t step = kPieceBytes / element;
  for (std::int64_t first = bound(rank_), end = bound(rank_ + 1); first < end; first += step) {
    const std::int64_t count = std::min(step, end - first);
    const auto bytes = static_cast<std::size_t>(count * element);
    const auto part = [&](int rank) { return window.of(rank) + call.offset + first * element; };
    std::memcpy(total.data(), part(0), bytes);
    for (int r = 1; r < size_; ++r) reduce_into(total.data(), part(r), count, call.dtype, call.op);
    for (int r = 0; r < size_; ++r) std::memcpy(part(r), total.data(), bytes);
  }
}

void NodeCommunicator::require_same_calls(std::int64_t number) const {
  const Call& own = notice(rank_).slots[slot_of(number)].call;
  for (int r = 0; r < size_; ++r) {
    const Call& other = notice(r).slots[slot_of(number)].call;
    KTRAIN_CHECK(other == own, "rank ", rank_, " reduces ", own.count, " ", name_of(own.dtype), ", rank ", r,
                 " ", other.count, " ", name_of(other.dtype), " at byte ", other.offset);
  }
}

std::string NodeCommunicator::describe(Request request) const {
  if (is_within(request)) return within_->describe(untagged(request));
  return describe(pending_[static_cast<std::size_t>(request.slot / 2)].number);
}

std::string NodeCommunicator::describe(std::int64_t number) const {
  const Call& call = notice(rank_).slots[slot_of(number)].call;
  std::string missing;
  for (int r = 0; r < size_; ++r) {
    if (notice(r).arrived.load(std::memory_order_acquire) <= number) missing += text(" ", r);
  }
  return text("all_reduce of ", call.count, " ", name_of(call.dtype), " over ", size_, " ranks",
              missing.empty() ? "" : text(" (not started by", missing, ")"));
}

}  // namespace ktrain
