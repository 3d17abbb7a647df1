#include "comm/mpi/mpi_communicator.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "comm/host_name.h"
#include "comm/mpi/mpi_error.h"
#include "core/check.h"

namespace ktrain {
namespace {

// MPI counts elements in an int.
constexpr std::int64_t kMaxPiece = std::int64_t{1} << 30;
constexpr int kGatherTag = 1;
// From here on, one for each sum along a tree under way; MPI promises tags up to 32767.
constexpr int kTreeTag = 2;
constexpr int kTreeTags = 16384;

MPI_Datatype mpi_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return MPI_FLOAT;
    case DType::kFloat64:
      return MPI_DOUBLE;
    case DType::kInt64:
      return MPI_INT64_T;
    case DType::kUint8:
      return MPI_UINT8_T;
    default:
      KTRAIN_CHECK(false, "all_reduce of ", name_of(dtype));
  }
}

MPI_Op mpi_op(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum:
      return MPI_SUM;
    case ReduceOp::kMax:
      return MPI_MAX;
    case ReduceOp::kMin:
      return MPI_MIN;
  }
  KTRAIN_CHECK(false, "operation ", static_cast<int>(op));
}

/// Calls `start(first, count)` for consecutive pieces of `total` elements that MPI can count.
template <typename Start>
void in_pieces(std::int64_t total, const Start& start) {
  for (std::int64_t first = 0; first < total; first += kMaxPiece) {
    start(first, static_cast<int>(std::min(kMaxPiece, total - first)));
  }
}

}  // namespace

MpiCommunicator::MpiCommunicator(MPI_Comm comm)
    : comm_(comm), host_(host_name()), exceptions_before_(std::uncaught_exceptions()) {
  check_mpi(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
}

MpiCommunicator::~MpiCommunicator() {
  if (requests_.empty() && std::uncaught_exceptions() <= exceptions_before_) MPI_Comm_free(&comm_);
}

std::unique_ptr<Communicator> MpiCommunicator::duplicate() {
  MPI_Comm copy = MPI_COMM_NULL;
  MPI_Request request;
  const Request started = take_slot("duplicate");
  check_mpi(MPI_Comm_idup(comm_, &copy, &request), "MPI_Comm_idup");
  add(started, request);
  wait(started);
  check_mpi(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  auto result = std::make_unique<MpiCommunicator>(copy);
  result->set_stall_seconds(stall_seconds());
  return result;
}

Communicator::Request MpiCommunicator::all_reduce_start(void* data, std::int64_t count, DType dtype,
                                                        ReduceOp op) {
  const Request started = take_slot("all_reduce", count, name_of(dtype).data());
  in_pieces(count, [&](std::int64_t first, int piece) {
    MPI_Request request;
    auto* from = static_cast<std::byte*>(data) + first * static_cast<std::int64_t>(size_of(dtype));
    check_mpi(MPI_Iallreduce(MPI_IN_PLACE, from, piece, mpi_type(dtype), mpi_op(op), comm_, &request),
              "MPI_Iallreduce");
    add(started, request);
  });
  return started;
}

Communicator::Request MpiCommunicator::tree_sum_start(const TreeShares& tree, void* data, std::int64_t count,
                                                      std::int64_t stride, DType dtype) {
  KTRAIN_CHECK(tree.size() == size_, "shares of ", tree.size(), " ranks");
  const Request started = take_slot("tree_sum", count, name_of(dtype).data());
  Slot& slot = slots_[static_cast<std::size_t>(started.slot)];
  slot.tag = kTreeTag + tree_sums_;
  tree_sums_ = (tree_sums_ + 1) % kTreeTags;
  slot.tree_sum.begin(tree, rank_, data, count, stride, dtype);
  advance_tree_sum(started.slot);
  return started;
}

// Every message between two ranks in either round has a place in the same order on both, and rounds of one
// rank cannot overtake each other.
void MpiCommunicator::advance_tree_sum(int index) {
  Slot& slot = slots_[static_cast<std::size_t>(index)];
  while (slot.tree_sum.under_way() && slot.pending == 0) {
    const MPI_Datatype type = mpi_type(slot.tree_sum.dtype());
    const auto element = static_cast<std::int64_t>(size_of(slot.tree_sum.dtype()));
    for (const MpiTreeSum::Message& message : slot.tree_sum.next_round()) {
      in_pieces(message.count, [&](std::int64_t first, int piece) {
        MPI_Request request;
        std::byte* at = message.data + first * element;
        if (message.receives) {
          check_mpi(MPI_Irecv(at, piece, type, message.peer, slot.tag, comm_, &request), "MPI_Irecv");
        } else {
          check_mpi(MPI_Isend(at, piece, type, message.peer, slot.tag, comm_, &request), "MPI_Isend");
        }
        add({index}, request);
      });
    }
  }
}

Communicator::Request MpiCommunicator::broadcast_start(void* data, std::int64_t bytes, int root) {
  KTRAIN_CHECK(0 <= root && root < size_, "root ", root, " of ", size_);
  const Request started = take_slot("broadcast", bytes, "bytes");
  in_pieces(bytes, [&](std::int64_t first, int piece) {
    MPI_Request request;
    check_mpi(MPI_Ibcast(static_cast<std::byte*>(data) + first, piece, MPI_BYTE, root, comm_, &request),
              "MPI_Ibcast");
    add(started, request);
  });
  return started;
}

Communicator::Request MpiCommunicator::barrier_start() {
  const Request started = take_slot("barrier");
  MPI_Request request;
  check_mpi(MPI_Ibarrier(comm_, &request), "MPI_Ibarrier");
  add(started, request);
  return started;
}

// Point to point: MPI_Igatherv also counts the root's whole receive buffer in an int.
Communicator::Request MpiCommunicator::gather_start(std::span<const std::byte> send,
                                                    std::span<std::byte> receive,
                                                    std::span<const std::int64_t> bytes_per_rank, int root) {
  KTRAIN_CHECK(0 <= root && root < size_, "root ", root, " of ", size_);
  const auto own_bytes = static_cast<std::int64_t>(send.size());
  const Request started = take_slot("gather", own_bytes, "own bytes");
  if (rank_ != root) {
    in_pieces(own_bytes, [&](std::int64_t first, int piece) {
      MPI_Request request;
      check_mpi(MPI_Isend(send.data() + first, piece, MPI_BYTE, root, kGatherTag, comm_, &request),
                "MPI_Isend");
      add(started, request);
    });
    return started;
  }
  KTRAIN_CHECK(std::ssize(bytes_per_rank) == size_ && bytes_per_rank[rank_] == own_bytes,
               bytes_per_rank.size(), " counts for ", size_, " ranks, ", own_bytes, " own bytes");
  std::byte* to = receive.data();
  for (int source = 0; source < size_; to += bytes_per_rank[source++]) {
    KTRAIN_CHECK(to + bytes_per_rank[source] <= receive.data() + receive.size(), "rank ", source,
                 "'s bytes do not fit into ", receive.size());
    if (source == rank_) {
      std::ranges::copy(send, to);
      continue;
    }
    in_pieces(bytes_per_rank[source], [&](std::int64_t first, int piece) {
      MPI_Request request;
      check_mpi(MPI_Irecv(to + first, piece, MPI_BYTE, source, kGatherTag, comm_, &request), "MPI_Irecv");
      add(started, request);
    });
  }
  return started;
}

bool MpiCommunicator::test(Request request) {
  KTRAIN_CHECK(0 <= request.slot && request.slot < std::ssize(slots_) &&
                   slots_[static_cast<std::size_t>(request.slot)].name != nullptr,
               "slot ", request.slot, " is not a collective under way");
  Slot& slot = slots_[static_cast<std::size_t>(request.slot)];
  if (slot.pending > 0) progress();
  if (slot.pending > 0) return false;
  slot.name = nullptr;
  return true;
}

void MpiCommunicator::progress() {
  if (requests_.empty()) return advance_others();
  int count = 0;
  const int code = MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count,
                                completed_.data(), statuses_.data());
  if (code == MPI_ERR_IN_STATUS) {
    for (int i = 0; i < count; ++i)
      check_mpi(statuses_[static_cast<std::size_t>(i)].MPI_ERROR, "MPI_Testsome");
  }
  check_mpi(code, "MPI_Testsome");
  if (count <= 0) return;
  for (int i = 0; i < count; ++i) {
    const int owner = owners_[static_cast<std::size_t>(completed_[static_cast<std::size_t>(i)])];
    --slots_[static_cast<std::size_t>(owner)].pending;
  }
  remove_completed();
  for (int slot = 0; slot < static_cast<int>(slots_.size()); ++slot) advance_tree_sum(slot);
}

// Any call lets MPI work on everything under way in this process.
void MpiCommunicator::advance_others() {
  int found = 0;
  check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm_, &found, MPI_STATUS_IGNORE), "MPI_Iprobe");
}

void MpiCommunicator::abort(int code) {
  std::fflush(nullptr);
  MPI_Abort(comm_, code);
  std::_Exit(code);
}

std::string MpiCommunicator::describe(Request request) const {
  const Slot& slot = slots_[static_cast<std::size_t>(request.slot)];
  const std::string amount = slot.count > 0 ? text(" of ", slot.count, " ", slot.unit) : "";
  return text(slot.name, amount, " over ", size_, " ranks");
}

Communicator::Request MpiCommunicator::take_slot(const char* name, std::int64_t count, const char* unit) {
  auto free = std::ranges::find(slots_, nullptr, &Slot::name);
  if (free == slots_.end()) {
    slots_.emplace_back();
    free = slots_.end() - 1;
  }
  free->name = name;
  free->count = count;
  free->unit = unit;
  return {static_cast<int>(free - slots_.begin())};
}

void MpiCommunicator::add(Request owner, MPI_Request request) {
  requests_.push_back(request);
  owners_.push_back(owner.slot);
  completed_.resize(std::max(completed_.size(), requests_.size()));
  statuses_.resize(completed_.size());
  ++slots_[static_cast<std::size_t>(owner.slot)].pending;
}

void MpiCommunicator::remove_completed() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i] == MPI_REQUEST_NULL) continue;  // as MPI_Testsome leaves a completed one
    requests_[kept] = requests_[i];
    owners_[kept++] = owners_[i];
  }
  requests_.resize(kept);
  owners_.resize(kept);
}

}  // namespace ktrain
