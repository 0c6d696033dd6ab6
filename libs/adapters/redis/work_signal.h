#pragma once

#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "adapters/redis/connection.h"
#include "domain/order/ports/work_signal.h"

namespace starlift::redis {

// WorkSignal over a Redis stream and a Pub/Sub channel. A thread of its own sends what callers
// leave in a bounded queue, many in one round trip; a caller waits for nothing but the queue's
// lock. What cannot be sent is dropped and counted: Postgres knows it all. Safe from many threads.
class RedisWorkSignal final : public WorkSignal {
 public:
  explicit RedisWorkSignal(RedisOptions options);
  // Sends what is queued, unless Redis does not answer.
  ~RedisWorkSignal() override;

  void Announce(const WorkItem& item) override;
  void Changed(const Order& order) override;

  // Signals that were dropped since the start.
  int64_t dropped() const;
  // Whether the last attempt to send succeeded.
  bool connected() const;

 private:
  class Sender;
  std::unique_ptr<Sender> sender_;
};

}  // namespace starlift::redis
