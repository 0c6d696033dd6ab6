#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "domain/order/intake_payment.h"
#include "domain/order/intake_request.h"
#include "domain/order/order.h"
#include "domain/order/ports/order_store.h"
#include "domain/order/ports/price_book.h"
#include "domain/order/ports/probes.h"
#include "domain/order/ports/work_signal.h"
#include "domain/order/pricing.h"

namespace starlift {

// What an installation sells, and within which times.
struct IntakePolicy {
  ProductLimits products;
  PricingPolicy pricing;
  absl::Duration execute_window = absl::Hours(24);  // from the payment to the last moment to sign
  CallbackCheck callback;
};

struct IntakeAnswer {
  Order order;
  bool replayed = false;  // the request id was known: nothing was done
};

// How a request becomes an order, and how an order is paid for or given up. Safe from several
// threads; a call may wait for the database, for two probes of two seconds, and for a key to be
// stretched.
class OrderIntake {
 public:
  OrderIntake(OrderStore& store, PriceBook& prices, Probes& probes, WorkSignal& signal,
              const PaymentIntake& payments, const Clock& clock, IntakePolicy policy);

  // Errors: see OrderService.CreateOrder in order_service.proto. Nothing is stored on an error.
  absl::StatusOr<IntakeAnswer> Create(const TenantId& tenant, CreateInput input);
  // Errors: see OrderService.PayOrder.
  absl::StatusOr<IntakeAnswer> Pay(const TenantId& tenant, PayInput input);
  // NOT_FOUND ORDER_NOT_FOUND; FAILED_PRECONDITION ORDER_NOT_CANCELLABLE. A cancelled order is a
  // success.
  absl::StatusOr<Order> Cancel(const TenantId& tenant, const OrderId& id);

  absl::StatusOr<Quote> Price(const QuoteRequest& request);

 private:
  absl::StatusOr<std::optional<IntakeAnswer>> FindRepeat(const TenantId& tenant,
                                                         const CreateInput& input);
  absl::StatusOr<IntakeAnswer> Repeat(const CreateInput& input, const Order& stored,
                                      absl::string_view fingerprint, bool created_paid);
  absl::Time Now() const;
  absl::Status CheckRecipient(const CreateInput& input);
  Order Draft(const TenantId& tenant, const CreateInput& input, Quote quote);
  // The order with its payment, as the store takes the two; request id and fingerprint are not set.
  struct Secured {
    OrderChange queued;
    SecuredPayment payment;
  };
  absl::StatusOr<Secured> Secure(const Order& order, const PaymentDraft& draft);
  absl::Status CheckSamePayer(const Order& stored, const PaymentDraft& draft);
  OrderChange Queue(Order order, const Payer& payer, const SessionId& session);
  absl::StatusOr<IntakeAnswer> Store(const NewOrder& order, const CreateInput& input);
  absl::StatusOr<IntakeAnswer> RepeatOfRival(const NewOrder& order, const CreateInput& input,
                                             const CreateResult& rival);
  absl::StatusOr<StoredOrder> Load(const TenantId& tenant, const OrderId& id);
  absl::StatusOr<IntakeAnswer> AnswerPaid(const StoredOrder& stored, const PayInput& input);
  Order Expire(const Order& order);
  void Tell(const Order& order);

  OrderStore& store_;
  PriceBook& prices_;
  Probes& probes_;
  WorkSignal& signal_;
  const PaymentIntake& payments_;
  const Clock& clock_;
  const IntakePolicy policy_;
};

// NOT_FOUND ORDER_NOT_FOUND, the same for a missing order and for another tenant's.
absl::Status OrderNotFound();

}  // namespace starlift
