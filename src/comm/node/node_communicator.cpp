#include "comm/node/node_communicator.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "comm/reduce.h"
#include "comm/tree_reduce.h"
#include "core/check.h"
#include "core/digest.h"

namespace ktrain {
namespace {
constexpr std::size_t kCacheLine = 64;
}

// What a rank writes before it raises `arrived` (release), the others read after they have seen it raised
// (acquire): its call, what it staged, its gradients. What it writes before it raises `finished`, its slice
// of the results, likewise; and once all have raised it past a call, nobody reads that call's slot any more.
struct NodeCommunicator::Notice {
  struct Slot {
    Call call;
    alignas(kCacheLine) std::array<std::byte, kStagedBytes> staged;
  };

  /// How many all-reduces this rank has brought its part to, and of how many it has done its share. Through
  /// std::atomic_ref; each on a cache line of its own, since the others poll them.
  alignas(kCacheLine) std::int64_t arrived;
  alignas(kCacheLine) std::int64_t finished;
  /// Of number n: n modulo kSlots.
  std::array<Slot, kSlots> slots;
};

namespace {

static_assert(std::atomic_ref<std::int64_t>::is_always_lock_free, "processes share it");

// Of what a rank reads in a staged call; beyond it, on hosts with very many ranks, messages are faster.
constexpr std::int64_t kStagedBytesOfAll = std::int64_t{256} << 10;
// What fits into the first-level cache beside the buffers it is read from and written to.
constexpr std::int64_t kPieceBytes = 8192;

std::size_t slot_of(std::int64_t number) {
  return static_cast<std::size_t>(number % NodeCommunicator::kSlots);
}

std::int64_t bytes_of(std::int64_t count, DType dtype) {
  return count * static_cast<std::int64_t>(size_of(dtype));
}

std::int64_t load(std::int64_t& value) {
  return std::atomic_ref(value).load(std::memory_order_acquire);
}

void store(std::int64_t& value, std::int64_t number) {
  std::atomic_ref(value).store(number, std::memory_order_release);
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
      published_calls_(kSlots) {
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
  auto memory = SharedMemory::make(*this, bytes);
  if (memory == nullptr) return Communicator::allocate(bytes);
  windows_.push_back(memory);
  return {memory->of(rank_), static_cast<std::size_t>(bytes), [memory](void*) {}};
}

Buffer NodeCommunicator::replicable(std::int64_t bytes) {
  Buffer memory = copies_.make(bytes);
  return memory.address() != nullptr ? std::move(memory) : Communicator::replicable(bytes);
}

Buffer NodeCommunicator::replicate(Buffer own, int root) {
  bool copied = false;
  own = copies_.copy(*this, std::move(own), root, copied);
  return copied ? std::move(own) : Communicator::replicate(std::move(own), root);
}

bool NodeCommunicator::find_window(const void* data, Call& call) const {
  const auto offset_in = [data](const std::byte* begin) {
    return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(data) -
                                     reinterpret_cast<std::uintptr_t>(begin));
  };
  const auto window = std::ranges::find_if(windows_, [&](const auto& memory) {
    const std::int64_t offset = offset_in(memory->of(rank_));
    return 0 <= offset && offset < memory->bytes_per_rank();
  });
  if (window == windows_.end()) return false;
  call.window = static_cast<int>(window - windows_.begin());
  call.offset = offset_in((*window)->of(rank_));
  const std::int64_t elements = (call.planes - 1) * call.stride + call.count;
  KTRAIN_CHECK(call.offset + bytes_of(elements, call.dtype) <= (*window)->bytes_per_rank(), elements,
               " elements at byte ", call.offset, " of ", (*window)->bytes_per_rank());
  return true;
}

bool NodeCommunicator::fits_board(const Call& call) const {
  const std::int64_t bytes = bytes_of(call.planes * call.count, call.dtype);
  return bytes <= kStagedBytes && bytes * size_ <= kStagedBytesOfAll;
}

Communicator::Request NodeCommunicator::all_reduce_start(void* data, std::int64_t count, DType dtype,
                                                         ReduceOp op) {
  reduce_into(data, data, 0, dtype, op);  // refuses here what it would refuse later
  Call call{.count = count, .dtype = dtype, .op = op};
  if (!find_window(data, call) && !fits_board(call)) {
    return tagged(within_->all_reduce_start(data, count, dtype, op));
  }
  return start(call, data, nullptr);
}

Communicator::Request NodeCommunicator::tree_sum_start(const TreeShares& tree, void* data, std::int64_t count,
                                                       std::int64_t stride, DType dtype) {
  KTRAIN_CHECK(tree.size() == size_, "shares of ", tree.size(), " ranks");
  Call call{
      .count = count, .dtype = dtype, .planes = tree.most_planes(), .stride = stride, .tree = tree.digest()};
  if (!find_window(data, call) && !fits_board(call)) {
    return tagged(within_->tree_sum_start(tree, data, count, stride, dtype));
  }
  return start(call, data, &tree);
}

Communicator::Request NodeCommunicator::start(const Call& call, void* data, const TreeShares* tree) {
  auto free = std::ranges::find_if(requests_, [](const Started& request) { return request.number < 0; });
  if (free == requests_.end()) {
    free = requests_.insert(free, Started{});
    waiting_.reserve(requests_.size());  // how many wait is a matter of chance, and is not to allocate later
  }
  waiting_.push_back({started_, call, data, tree});
  *free = waiting_.back();
  ++started_;
  progress();
  return {static_cast<int>(2 * (free - requests_.begin()))};
}

void NodeCommunicator::publish_waiting() {
  if (published_ == room_until_) room_until_ = finished_everywhere() + kSlots;
  const std::int64_t end = std::min(started_, room_until_);
  for (const Started& next : std::span(waiting_).first(static_cast<std::size_t>(end - published_))) {
    Notice::Slot& slot = notice(rank_).slots[slot_of(next.number)];
    slot.call = next.call;
    if (next.call.window < 0 && next.call.count > 0) stage(next, slot.staged.data());
    published_calls_[slot_of(next.number)] = next;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + (end - published_));
  published_ = end;
  store(notice(rank_).arrived, published_);
}

void NodeCommunicator::stage(const Started& started, std::byte* to) const {
  const Call& call = started.call;
  const auto bytes = static_cast<std::size_t>(bytes_of(call.count, call.dtype));
  const int planes = started.tree == nullptr ? 1 : started.tree->planes(rank_);
  for (int plane = 0; plane < planes; ++plane, to += bytes) {
    std::memcpy(to, static_cast<std::byte*>(started.data) + bytes_of(plane * call.stride, call.dtype), bytes);
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
  KTRAIN_CHECK(request.slot >= 0 && index < requests_.size() && requests_[index].number >= 0, "slot ",
               request.slot, " is not a collective under way");
  progress();
  Started& started = requests_[index];
  const std::int64_t done = started.call.window < 0 ? finished_ : finished_everywhere();
  if (done <= started.number) return false;
  started.number = -1;
  return true;
}

void NodeCommunicator::progress() {
  if (!waiting_.empty()) publish_waiting();
  const std::int64_t ready = finished_ == published_ ? finished_ : arrived_everywhere();
  while (finished_ < ready) {
    carry_out(finished_);
    store(notice(rank_).finished, ++finished_);
  }
  within_->progress();
}

void NodeCommunicator::abort(int code) {
  within_->abort(code);
  std::_Exit(code);
}

std::int64_t NodeCommunicator::arrived_everywhere() const {
  std::int64_t least = published_;
  for (int r = 0; r < size_ && least > finished_; ++r) least = std::min(least, load(notice(r).arrived));
  return std::max(least, finished_);
}

std::int64_t NodeCommunicator::finished_everywhere() const {
  std::int64_t least = finished_;
  for (int r = 0; r < size_; ++r) least = std::min(least, load(notice(r).finished));
  return least;
}

void NodeCommunicator::carry_out(std::int64_t number) {
  require_same_calls(number);
  const Started& own = published_calls_[slot_of(number)];
  if (own.call.window >= 0) {
    reduce_slice(own);
  } else if (own.call.count > 0) {
    reduce_staged(number, own);
  }
}

template <typename Plane>
const std::byte* NodeCommunicator::reduce(const Started& own, std::int64_t count, const Plane& plane) {
  const Call& call = own.call;
  const auto bytes = static_cast<std::size_t>(bytes_of(count, call.dtype));
  const std::size_t sums = own.tree == nullptr ? 1 : static_cast<std::size_t>(own.tree->height());
  if (stack_.bytes() < sums * bytes) stack_ = Buffer(sums * bytes);
  auto* stack = stack_.data<std::byte>();
  if (own.tree != nullptr) {
    reduce_along(*own.tree, stack, count, call.dtype,
                 [&](const TreeShares::Part& part) { return plane(part.rank, part.plane); });
    return stack;
  }
  std::memcpy(stack, plane(0, 0), bytes);
  for (int r = 1; r < size_; ++r) reduce_into(stack, plane(r, 0), count, call.dtype, call.op);
  return stack;
}

void NodeCommunicator::reduce_staged(std::int64_t number, const Started& own) {
  const std::int64_t bytes = bytes_of(own.call.count, own.call.dtype);
  const std::byte* total = reduce(own, own.call.count, [&](int rank, int plane) {
    return notice(rank).slots[slot_of(number)].staged.data() + plane * bytes;
  });
  std::memcpy(own.data, total, static_cast<std::size_t>(bytes));
}

void NodeCommunicator::reduce_slice(const Started& own) {
  const Call& call = own.call;
  const auto element = static_cast<std::int64_t>(size_of(call.dtype));
  const std::int64_t line = static_cast<std::int64_t>(kCacheLine) / element;
  const auto bound = [&](int rank) {
    return rank == size_ ? call.count : call.count / size_ * rank / line * line;
  };
  const SharedMemory& window = *windows_[static_cast<std::size_t>(call.window)];
  const std::int64_t step = kPieceBytes / element;
  for (std::int64_t first = bound(rank_), end = bound(rank_ + 1); first < end; first += step) {
    const std::int64_t count = std::min(step, end - first);
    const auto part = [&](int rank, int plane) {
      return window.of(rank) + call.offset + (first + plane * call.stride) * element;
    };
    const std::byte* total = reduce(own, count, part);
    for (int r = 0; r < size_; ++r) std::memcpy(part(r, 0), total, static_cast<std::size_t>(count * element));
  }
}

void NodeCommunicator::require_same_calls(std::int64_t number) const {
  const Call& own = notice(rank_).slots[slot_of(number)].call;
  for (int r = 0; r < size_; ++r) {
    const Call& other = notice(r).slots[slot_of(number)].call;
    KTRAIN_CHECK(other == own, "rank ", rank_, " started all_reduce of ", text_of(own), ", rank ", r, " of ",
                 text_of(other));
  }
}

std::string NodeCommunicator::text_of(const Call& call) {
  static constexpr std::array kNames{"sum", "max", "min"};
  return text(call.count, " ", name_of(call.dtype), " (", kNames[static_cast<std::size_t>(call.op)],
              call.tree == 0 ? "" : text(" along tree ", hex(call.tree)),
              call.window < 0 ? "" : text(", at byte ", call.offset), ")");
}

std::string NodeCommunicator::describe(Request request) const {
  if (is_within(request)) return within_->describe(untagged(request));
  const Started& started = requests_[static_cast<std::size_t>(request.slot / 2)];
  const std::int64_t first = std::min(started.number, finished_everywhere());  // what it waits for
  std::string missing, unfinished;
  for (int r = 0; r < size_; ++r) {
    if (load(notice(r).arrived) <= first) {
      missing += text(" ", r);
    } else if (load(notice(r).finished) <= first) {
      unfinished += text(" ", r);
    }
  }
  return text(started.tree == nullptr ? "all_reduce" : "tree_sum", " of ", started.call.count, " ",
              name_of(started.call.dtype), " over ", size_, " ranks",
              !missing.empty()      ? text(" (not started by", missing, ")")
              : !unfinished.empty() ? text(" (not carried out by", unfinished, ")")
                                    : "");
}

}  // namespace ktrain
