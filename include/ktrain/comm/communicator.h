#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ktrain/comm/tree_shares.h"
#include "ktrain/core/buffer.h"
#include "ktrain/core/dtype.h"

namespace ktrain {

enum class ReduceOp { kSum, kMax, kMin };

/// A group of workers. A value that is handed to whoever communicates; there is no global one. Every rank of
/// the group must start the same collectives in the same order. A group of one is a group like any other. Not
/// thread-safe: one thread of a rank uses a communicator. Waiting polls with a deadline; a lost or silent
/// peer ends in CommError.
class Communicator {
 public:
  static constexpr double kDefaultStallSeconds = 300;

  /// A collective under way, by its place in the communicator's table; spent once waited for.
  struct Request {
    int slot = -1;
  };

  Communicator() = default;
  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// The name of the host this rank runs on.
  virtual std::string host() const = 0;

  /// What carries its collectives: "node", "mpi", "threads", or "self" for a process that no launcher
  /// started.
  virtual std::string transport() const = 0;

  /// A communicator over the same ranks whose collectives do not mix with this one's. Collective; none other
  /// may be under way.
  virtual std::unique_ptr<Communicator> duplicate() = 0;

  /// Zeroed host memory over which this communicator's all-reduces are fastest. An all-reduce that touches it
  /// lies in it on every rank, at the same offset. The memory may outlive the communicator and is not given
  /// back before the communicator's end. Collective; the same size on every rank. Where it cannot be shared
  /// it is memory like any other.
  virtual Buffer allocate(std::int64_t bytes);

  /// Zeroed host memory for what `replicate` is to bring to the others. Of this rank alone, not collective.
  virtual Buffer replicable(std::int64_t bytes);
  /// `own`, of the same size on every rank, with the content of `root`'s. If that came from `replicable`, the
  /// ranks of a host may share its memory, unseen: each gets a copy of what it writes. Collective.
  virtual Buffer replicate(Buffer own, int root = 0);

  /// Starts replacing data[0 … count) by the element-wise reduction over all ranks; of floating-point numbers
  /// with the same bits on every rank, except that MPI does not promise it. kFloat32, kFloat64, kInt64 and
  /// kUint8. The memory must stay until the request was waited for. Allocates nothing in the
  /// steady state.
  virtual Request all_reduce_start(void* data, std::int64_t count, DType dtype, ReduceOp op) = 0;
  /// Starts a sum along a tree: plane p of this rank are the elements data[p·stride … p·stride + count), and
  /// plane 0 becomes the sum of all ranks' planes, also of a rank that has none: the same bits however the
  /// tree's leaves fall to ranks. kFloat32 and kFloat64; `count` and `stride` are the same on every rank. The
  /// memory, most_planes() planes, and `tree` must stay until the request was waited for; the other planes'
  /// content does not change. Allocates nothing in the steady state.
  virtual Request tree_sum_start(const TreeShares& tree, void* data, std::int64_t count, std::int64_t stride,
                                 DType dtype) = 0;
  /// Starts replacing bytes[0 … count) of every rank by `root`'s.
  virtual Request broadcast_start(void* data, std::int64_t bytes, int root) = 0;
  virtual Request barrier_start() = 0;
  /// Starts bringing each rank's `send` (sizes may differ) to `root`, one after the other in rank order.
  /// `receive` and `bytes_per_rank` count on `root` only; `send` and `receive` must stay until the request
  /// was waited for and must not overlap.
  virtual Request gather_start(std::span<const std::byte> send, std::span<std::byte> receive,
                               std::span<const std::int64_t> bytes_per_rank, int root) = 0;

  /// True once the collective is complete; then the request is spent. Also makes progress with all others.
  virtual bool test(Request request) = 0;
  /// Waits for completion, leaving the processor to others meanwhile. Throws CommError when a peer is lost,
  /// or when the collective is not complete after stall_seconds().
  void wait(Request request);
  /// Lets outstanding collectives advance, those of other communicators of this process too; called between
  /// layers, since Open MPI has no progress thread.
  virtual void progress() = 0;

  /// What an outstanding request is and waits for, for the message of a stall: "all_reduce of 12 float32".
  virtual std::string describe(Request request) const = 0;

  /// Ends every rank of the job with `code`, from this rank alone; for errors that peers cannot know of.
  [[noreturn]] virtual void abort(int code) = 0;

  /// How long one wait may take; a duplicate starts with its original's.
  double stall_seconds() const { return stall_seconds_; }
  void set_stall_seconds(double seconds) { stall_seconds_ = seconds; }

  // The blocking forms, for set-up and control.
  template <typename T>
  void all_reduce(std::span<T> values, ReduceOp op = ReduceOp::kSum) {
    wait(all_reduce_start(values.data(), static_cast<std::int64_t>(values.size()), kDTypeOf<T>, op));
  }
  template <typename T>
  T all_reduce(T value, ReduceOp op = ReduceOp::kSum) {
    all_reduce(std::span<T>(&value, 1), op);
    return value;
  }
  void broadcast(std::span<std::byte> bytes, int root = 0);
  void barrier();
  /// Every rank's bytes in rank order on `root`; empty elsewhere.
  std::vector<std::vector<std::byte>> gather(std::span<const std::byte> send, int root = 0);
  /// `text` of each rank, in rank order, on every rank.
  std::vector<std::string> all_gather(const std::string& text);

 protected:
  /// What a wait for `what` that reached stall_seconds() ends in: CommError.
  [[noreturn]] void throw_stalled(const std::string& what) const;

 private:
  std::vector<std::int64_t> all_gather_size(std::size_t own);

  double stall_seconds_ = kDefaultStallSeconds;
};

/// How all-reduces travel: kNode in memory that the ranks of one host share, kMpi as MPI's messages, kAuto by
/// the first of them that is possible.
enum class Transport { kAuto, kNode, kMpi };

/// The group of one.
std::unique_ptr<Communicator> make_self_communicator();

/// MPI for this process (MPI_THREAD_FUNNELED: the thread that made the session communicates): initialized
/// when made, finalized when destroyed; if the program had already initialized MPI, left as it was. A program
/// that was not started by a launcher gets a group of one and MPI is not touched.
///
/// Finalizing waits for all ranks. A session destroyed by an exception therefore does not finalize: the
/// launcher ends the job when this process ends. Catch errors while the session lives: those that all ranks
/// share (AgreedError) may end it in order, any other calls for Communicator::abort.
class MpiSession {
 public:
  /// Throws Error{kConfiguration} when the launcher started several processes that this MPI library does not
  /// see as one job.
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  /// A new communicator over all ranks of the job; to be destroyed before the session. Collective. Throws
  /// AgreedError{kConfiguration} where several ranks ask for kNode and cannot share memory.
  std::unique_ptr<Communicator> world(Transport transport = Transport::kAuto);

 private:
  bool launched_ = false;
  bool finalizes_ = false;
  int exceptions_before_ = 0;
};

}  // namespace ktrain
