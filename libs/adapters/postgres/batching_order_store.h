#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "domain/order/ports/order_store.h"

namespace starlift::postgres {

// Group commit: orders that are created while others are being written wait for them and then go
// together, in one statement and one commit. A create that finds a free writer's place writes at
// once, in its caller's own thread, so that a lonely one waits for nobody and is handed to nobody.
// Whoever finishes passes the place on to the one who waited longest, who takes along all the
// others.
//
// Orders that bring a payment are not batched: theirs is a transaction of several statements that
// may wait for a session, and orders without one should neither wait nor fail with it. All other
// calls go straight to the inner store. Safe from many threads; no call may be under way when it
// is destroyed.
class BatchingOrderStore final : public OrderStore {
 public:
  struct Options {
    int writers = 2;    // batches that may be under way at once
    size_t most = 128;  // orders in one batch; a single call with more goes alone
  };

  // `inner` outlives it and is called from the callers' threads.
  explicit BatchingOrderStore(OrderStore& inner) : BatchingOrderStore(inner, Options()) {}
  BatchingOrderStore(OrderStore& inner, Options options) : inner_(inner), options_(options) {}
  BatchingOrderStore(const BatchingOrderStore&) = delete;
  BatchingOrderStore& operator=(const BatchingOrderStore&) = delete;

  std::vector<CreateResult> Create(absl::Span<const NewOrder> orders) override;

  absl::StatusOr<std::optional<StoredOrder>> Find(const TenantId& tenant,
                                                  const OrderId& id) override {
    return inner_.Find(tenant, id);
  }
  absl::StatusOr<std::vector<Order>> List(const TenantId& tenant, const OrderFilter& filter,
                                          const std::optional<OrderCursor>& before,
                                          int limit) override {
    return inner_.List(tenant, filter, before, limit);
  }
  absl::StatusOr<bool> Pay(const OrderChange& queued, const SecuredPayment& payment) override {
    return inner_.Pay(queued, payment);
  }
  absl::StatusOr<bool> EndUnpaid(const OrderChange& ended) override {
    return inner_.EndUnpaid(ended);
  }
  absl::StatusOr<std::vector<StoredEvent>> EventsAfter(const TenantId& tenant, const OrderId& id,
                                                       int64_t sequence, int limit) override {
    return inner_.EventsAfter(tenant, id, sequence, limit);
  }

  // Calls that wait for a writer's place.
  size_t waiting() const;

 private:
  class Caller;
  bool TakePlace(Caller* self);
  std::vector<Caller*> Gather(Caller* self);
  void Write(const std::vector<Caller*>& batch);
  void PassPlaceOn();

  OrderStore& inner_;
  const Options options_;
  mutable std::mutex mutex_;
  int writing_ = 0;              // places that are taken, those being passed on included
  std::deque<Caller*> waiting_;  // nobody waits while a place is free
};

}  // namespace starlift::postgres
