#pragma once

#include <functional>
#include <memory>

#include "absl/strings/string_view.h"
#include "adapters/redis/connection.h"

namespace starlift::redis {

// Listens to "starlift:changed" in a thread of its own. Pub/Sub forgets what is published while
// nobody listens, so after each (re)connection `resumed` tells that changes may have been missed.
class ChangeSubscriber {
 public:
  // Both are called on the subscriber's thread and must not block it; `resumed` may be empty.
  ChangeSubscriber(RedisOptions options, std::function<void(absl::string_view order_id)> changed,
                   std::function<void()> resumed);
  // Ends within 200 ms.
  ~ChangeSubscriber();
  ChangeSubscriber(const ChangeSubscriber&) = delete;
  ChangeSubscriber& operator=(const ChangeSubscriber&) = delete;

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace starlift::redis
