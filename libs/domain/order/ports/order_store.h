#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/access/sealed.h"
#include "domain/ledger/ledger.h"
#include "domain/order/order.h"

namespace starlift {

// One move of one order: what a store writes in one transaction. `order` is the order after the
// move, with the sequence number of the event that tells of it.
struct OrderChange {
  Order order;
  std::vector<LedgerTransaction> ledger;
};

// What a payment brings: everything secret is sealed already. For an order of `balance` it is empty
// but for the first two: a worker assigns wallet and session.
struct SecuredPayment {
  std::string request_id;    // PayOrder's own, or the create's
  std::string fingerprint;   // 64 hex characters
  SealedSecret wallet_key;   // the 32-byte key; context: tenant, "order", order id, "wallet_key"
  SessionId session;         // keyed hash of the login token
  SealedSecret session_jar;  // context: tenant, "session", session id, "session_jar"
};

struct NewOrder {
  OrderChange created;                // sequence 1
  std::string fingerprint;            // 64 hex characters over the canonical request
  std::optional<OrderChange> queued;  // sequence 2, with `payment`
  // After a rollback of the database the store counts both from above the era's million.
  std::optional<SecuredPayment> payment;
};

struct CreateResult {
  absl::Status status;
  bool created = false;     // false: the id existed
  Order order;              // as it is in the store now
  std::string fingerprint;  // of the request that made it
};

// How an order's payment was brought, for telling a repeat from a second payment.
struct PaymentIdentity {
  std::string request_id;  // empty: not paid for yet
  std::string fingerprint;
};

struct StoredOrder {
  Order order;
  std::string fingerprint;
  PaymentIdentity payment;
};

struct OrderFilter {
  std::optional<OrderState> state;
  std::string request_id;  // empty: any
};
// Position of a listing: strictly older than this.
struct OrderCursor {
  absl::Time created_at;
  std::string id;
};

struct StoredEvent {
  int64_t sequence = 0;
  OrderState state = OrderState::kAwaitingPayment;
  absl::Time at;
  std::string body;  // what EventRenderer made of the order then: the webhook's body
};

// The api's side of the orders. Every query names the tenant; a foreign id is a missing one. A
// failed call (UNAVAILABLE STORAGE_UNAVAILABLE) changed nothing or changed everything; calling
// again is safe. A payment whose hold is above the tenant's credit is FAILED_PRECONDITION
// CREDIT_INSUFFICIENT (metadata `available`, `required`, in nanoton), and nothing was written.
class OrderStore {
 public:
  virtual ~OrderStore() = default;

  // Stores each order with its events, ledger rows, sealed secrets and (where it has a callback
  // URL) deliveries, or finds the one that has its id; answers in the same order. One transaction
  // for the span, one result each, so that writers can be batched.
  virtual std::vector<CreateResult> Create(absl::Span<const NewOrder> orders) = 0;

  // nullopt: no such order of this tenant.
  virtual absl::StatusOr<std::optional<StoredOrder>> Find(const TenantId& tenant,
                                                          const OrderId& id) = 0;
  // Newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<Order>> List(const TenantId& tenant, const OrderFilter& filter,
                                                  const std::optional<OrderCursor>& before,
                                                  int limit) = 0;
  // AWAITING_PAYMENT -> QUEUED with the payment. False: the order was no longer awaiting payment,
  // or its time was over by the database's clock; nothing was written.
  virtual absl::StatusOr<bool> Pay(const OrderChange& queued, const SecuredPayment& payment) = 0;
  // AWAITING_PAYMENT -> CANCELLED or EXPIRED. False as above.
  virtual absl::StatusOr<bool> EndUnpaid(const OrderChange& ended) = 0;

  // Events with a greater sequence number, oldest first, at most `limit`.
  virtual absl::StatusOr<std::vector<StoredEvent>> EventsAfter(const TenantId& tenant,
                                                               const OrderId& id, int64_t sequence,
                                                               int limit) = 0;
};

}  // namespace starlift
