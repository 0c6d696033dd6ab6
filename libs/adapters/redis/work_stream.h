#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "adapters/redis/connection.h"
#include "domain/order/ports/work_signal.h"

namespace starlift::redis {

struct WorkStreamOptions {
  std::string consumer;  // this thread's name in the group: unique, the same after a restart
  int count = 1;         // entries taken at once; above 1 when the handler only passes them on
  absl::Duration claim_every = absl::Seconds(5);
  absl::Duration claim_idle =
      absl::Seconds(15);  // entries of a consumer that went silent this long
};

// Takes work from the stream, as one consumer of the group. Entries are wake-ups: an item may come
// twice, late, or never, and whoever handles it asks Postgres what is really to do. One thread runs
// it.
class WorkStream {
 public:
  WorkStream(RedisOptions redis, WorkStreamOptions options);
  ~WorkStream();
  WorkStream(const WorkStream&) = delete;
  WorkStream& operator=(const WorkStream&) = delete;

  // Calls `handle` for each item until Stop; acknowledges it afterwards. Reconnects for ever, makes
  // the group anew when it is gone, takes over what dead consumers left. Returns within 200 ms of
  // Stop, a running `handle` not counted, and leaves the group.
  void Run(const std::function<void(const WorkItem&)>& handle);
  // From any thread.
  void Stop();

 private:
  struct Entry;
  absl::Status Serve(const std::function<void(const WorkItem&)>& handle);
  absl::StatusOr<std::vector<Entry>> Take();
  absl::StatusOr<std::vector<Entry>> ClaimAbandoned();
  absl::Status MakeGroup();
  absl::Status ForgetDeadConsumers();
  absl::Status AppendDone();
  absl::StatusOr<Reply> AwaitRead();
  absl::Status Leave();

  const RedisOptions redis_;
  const WorkStreamOptions options_;
  std::unique_ptr<Connection> connection_;
  std::vector<std::string> done_;  // handled, not acknowledged yet
  std::string from_;               // "0": what this consumer left; ">": what is new
  std::string claim_cursor_ = "0-0";
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace starlift::redis
