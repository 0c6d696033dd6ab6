#include "domain/order/intake.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/ledger/ledger.h"
#include "domain/order/fingerprint.h"
#include "domain/order/order_machine.h"

namespace starlift {
namespace {

// A paid order remembers the request that paid it; a create that paid is that request itself.
bool CreatedPaid(const StoredOrder& stored) {
  return !stored.payment.request_id.empty() &&
         stored.payment.request_id == stored.order.request_id &&
         stored.payment.fingerprint == stored.fingerprint;
}

absl::Status Reused(absl::string_view field) {
  return FailField(Reason::kRequestIdReused, "request_id",
                   "the request id was used with another request", {{"field", std::string(field)}});
}

absl::Status PaidByAnother(const Order& order) {
  const absl::string_view state = OrderStateName(order.state);
  const bool paid = order.state == OrderState::kPaid || order.state == OrderState::kDelivered;
  const absl::string_view what = paid ? "the order is paid for already, under another request id"
                                      : "another request id has brought the order's payment";
  return Fail(Reason::kOrderAlreadyPaying, absl::StrCat(what, "; its state is ", state),
              {{"state", std::string(state)}});
}

absl::Status Expired(const Order& order) {
  return Fail(Reason::kOrderExpired, "the order can no longer be paid for",
              {{"state", std::string(OrderStateName(order.state))}});
}

}  // namespace

absl::Status OrderNotFound() { return Fail(Reason::kOrderNotFound, "no such order"); }

OrderIntake::OrderIntake(OrderStore& store, PriceBook& prices, Probes& probes, WorkSignal& signal,
                         const PaymentIntake& payments, const Clock& clock, IntakePolicy policy)
    : store_(store),
      prices_(prices),
      probes_(probes),
      signal_(signal),
      payments_(payments),
      clock_(clock),
      policy_(std::move(policy)) {}

absl::StatusOr<IntakeAnswer> OrderIntake::Create(const TenantId& tenant, CreateInput input) {
  RETURN_IF_ERROR(CheckRequestId(input.request_id));
  ASSIGN_OR_RETURN(std::optional<IntakeAnswer> repeat, FindRepeat(tenant, input));
  if (repeat.has_value()) return *std::move(repeat);
  if (input.payment.has_value()) RETURN_IF_ERROR(payments_.CheckRoom());
  CheckFields(&input, policy_.products, policy_.callback);
  RETURN_IF_ERROR(input.mistakes.ToStatus());
  RETURN_IF_ERROR(CheckOffered(input));
  ASSIGN_OR_RETURN(Quote quote,
                   Price({input.product, input.session_kind, input.asset, input.max_total}));
  RETURN_IF_ERROR(CheckRecipient(input));
  NewOrder order;
  order.created.order = Draft(tenant, input, std::move(quote));
  const Order& draft = order.created.order;
  if (input.payment.has_value()) {
    ASSIGN_OR_RETURN(const OpenedPayment payment, payments_.Open(*input.payment));
    RETURN_IF_ERROR(payments_.CheckWallet(payment.wallet.payer, draft.quote.total));
    order.fingerprint = CreateFingerprint(input, payment.wallet.payer.wallet_address);
    order.payment = payments_.Seal(payment, tenant, draft.id);
    order.payment->request_id = input.request_id;
    order.payment->fingerprint = order.fingerprint;
    order.queued = Queue(draft, payment);
  } else {
    order.fingerprint = CreateFingerprint(input, "");
  }
  return Store(order, input);
}

absl::StatusOr<std::optional<IntakeAnswer>> OrderIntake::FindRepeat(const TenantId& tenant,
                                                                    const CreateInput& input) {
  if (input.validate_only) return std::nullopt;
  ASSIGN_OR_RETURN(const std::optional<StoredOrder> stored,
                   store_.Find(tenant, OrderIdFor(tenant, input.request_id)));
  if (!stored.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(IntakeAnswer answer,
                   Repeat(input, stored->order, stored->fingerprint, CreatedPaid(*stored)));
  return answer;
}

absl::StatusOr<IntakeAnswer> OrderIntake::Repeat(const CreateInput& input, const Order& stored,
                                                 absl::string_view fingerprint, bool created_paid) {
  CreateInput same;
  same.product = input.product;
  const absl::StatusOr<std::string> username = NormalizeUsername(input.recipient);
  same.recipient = username.ok() ? *username : input.recipient;
  same.funding = input.funding;
  same.session_kind = input.session_kind;
  same.asset = input.asset;
  same.max_total = input.max_total;
  same.callback_url = input.callback_url;
  if (input.payment.has_value())
    same.payment.emplace().wallet_version = input.payment->wallet_version;
  // Everything but the wallet is compared first: it costs nothing, a key costs a core for 36 ms.
  std::string address = created_paid ? stored.payer.wallet_address : "";
  RETURN_IF_ERROR(input.mistakes.ToStatus());
  if (CreateFingerprint(same, address) != fingerprint) {
    return Reused(DifferingField(same, address, stored, created_paid));
  }
  if (input.payment.has_value()) {
    ASSIGN_OR_RETURN(const OpenedWallet wallet, payments_.OpenWallet(*input.payment));
    if (wallet.payer.wallet_address != address) return Reused("payment.mnemonic");
  }
  return IntakeAnswer{stored, true};
}

absl::Time OrderIntake::Now() const {
  // The database keeps microseconds: an order looks the same before and after it was stored.
  return absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
}

absl::StatusOr<Quote> OrderIntake::Price(const QuoteRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<PriceBook::Read> prices, prices_.Latest());
  return MakeQuote(prices, request, policy_.pricing, Now());
}

absl::Status OrderIntake::CheckRecipient(const CreateInput& input) {
  const RecipientProbe probe = probes_.ProbeRecipient(input.product.type, input.recipient);
  // What cannot be told now is accepted: the worker asks again, and nothing was paid by then.
  return probe.verdict == RecipientProbe::Verdict::kRefused ? probe.refusal : absl::OkStatus();
}

Order OrderIntake::Draft(const TenantId& tenant, const CreateInput& input, Quote quote) {
  Order order;
  order.id = OrderIdFor(tenant, input.request_id);
  order.tenant = tenant;
  order.request_id = input.request_id;
  order.product = input.product;
  order.recipient = input.recipient;
  order.funding = input.funding;
  order.session_kind = input.session_kind;
  order.expires_at = quote.valid_until;
  order.quote = std::move(quote);
  order.callback_url = input.callback_url;
  order.traceparent = input.traceparent;
  order.sequence = 1;
  order.created_at = order.updated_at = Now();
  return order;
}

OrderChange OrderIntake::Queue(Order order, const OpenedPayment& payment) {
  const absl::Time now = Now();
  order.payer = payment.wallet.payer;
  order.session = payment.session;
  order.execute_by = now + policy_.execute_window;
  OrderChange change;
  change.order = Move(std::move(order), OrderState::kQueued, now);
  // Everything that may leave the wallet is set aside, so that the ledger knows of it before the
  // chain.
  change.ledger = {Hold(change.order.id, change.order.payer.wallet_address,
                        change.order.quote.asset, change.order.quote.max_total)};
  return change;
}

absl::StatusOr<IntakeAnswer> OrderIntake::Store(const NewOrder& order, const CreateInput& input) {
  if (input.validate_only) {
    IntakeAnswer preview{order.created.order, false};
    preview.order.id = OrderId();
    return preview;
  }
  std::vector<CreateResult> results = store_.Create(absl::MakeConstSpan(&order, 1));
  STARLIFT_CHECK(results.size() == 1);
  CreateResult& result = results[0];
  RETURN_IF_ERROR(result.status);
  if (!result.created) {
    // Somebody stored this id between our look and our write.
    if (result.fingerprint == order.fingerprint) return IntakeAnswer{std::move(result.order), true};
    const std::string address = order.queued ? order.queued->order.payer.wallet_address : "";
    return Reused(DifferingField(input, address, result.order, !result.order.session.empty()));
  }
  if (order.queued.has_value()) signal_.Announce({WorkItem::Kind::kOrder, result.order.id.value()});
  Tell(result.order);
  return IntakeAnswer{std::move(result.order), false};
}

absl::StatusOr<StoredOrder> OrderIntake::Load(const TenantId& tenant, const OrderId& id) {
  ASSIGN_OR_RETURN(std::optional<StoredOrder> stored, store_.Find(tenant, id));
  if (!stored.has_value()) return OrderNotFound();
  return *std::move(stored);
}

absl::StatusOr<IntakeAnswer> OrderIntake::AnswerPaid(const StoredOrder& stored,
                                                     const PayInput& input) {
  if (stored.payment.request_id != input.request_id) return PaidByAnother(stored.order);
  ASSIGN_OR_RETURN(const OpenedWallet wallet, payments_.OpenWallet(input.payment));
  const std::string fingerprint =
      PayFingerprint(stored.order.id, input.payment.wallet_version, wallet.payer.wallet_address);
  const bool same = CreatedPaid(stored)
                        ? wallet.payer.wallet_address == stored.order.payer.wallet_address
                        : fingerprint == stored.payment.fingerprint;
  if (!same) return Reused("payment.mnemonic");
  return IntakeAnswer{stored.order, true};
}

absl::StatusOr<IntakeAnswer> OrderIntake::Pay(const TenantId& tenant, PayInput input) {
  RETURN_IF_ERROR(CheckRequestId(input.request_id));
  if (input.order.empty()) RETURN_IF_ERROR(input.mistakes.ToStatus());
  ASSIGN_OR_RETURN(StoredOrder stored, Load(tenant, input.order));
  if (!stored.payment.request_id.empty()) return AnswerPaid(stored, input);
  if (stored.order.state != OrderState::kAwaitingPayment) return Expired(stored.order);
  RETURN_IF_ERROR(payments_.CheckRoom());
  CheckPaymentFields(input.payment, &input.mistakes);
  RETURN_IF_ERROR(input.mistakes.ToStatus());
  RETURN_IF_ERROR(CheckOfferedWallet(input.payment.wallet_version));
  ASSIGN_OR_RETURN(const OpenedPayment payment, payments_.Open(input.payment));
  RETURN_IF_ERROR(payments_.CheckWallet(payment.wallet.payer, stored.order.quote.total));
  SecuredPayment secured = payments_.Seal(payment, tenant, stored.order.id);
  secured.request_id = input.request_id;
  secured.fingerprint = PayFingerprint(stored.order.id, input.payment.wallet_version,
                                       payment.wallet.payer.wallet_address);
  const OrderChange queued = Queue(stored.order, payment);
  ASSIGN_OR_RETURN(const bool paid, store_.Pay(queued, secured));
  if (!paid) {
    // Another payment, a cancellation or the end of its time came first; the store knows which.
    ASSIGN_OR_RETURN(stored, Load(tenant, input.order));
    if (!stored.payment.request_id.empty()) return AnswerPaid(stored, input);
    return Expired(Expire(stored.order));
  }
  signal_.Announce({WorkItem::Kind::kOrder, queued.order.id.value()});
  Tell(queued.order);
  return IntakeAnswer{queued.order, false};
}

Order OrderIntake::Expire(const Order& order) {
  if (order.state != OrderState::kAwaitingPayment) return order;
  // The store refused a move although the order still waits: by its clock, the time is over.
  OrderChange ended{Move(order, OrderState::kExpired, Now(),
                         {Reason::kNotPaidInTime, "the order was not paid for in time", {}}),
                    {}};
  const absl::StatusOr<bool> written = store_.EndUnpaid(ended);
  if (written.ok() && *written) Tell(ended.order);
  return std::move(ended.order);
}

absl::StatusOr<Order> OrderIntake::Cancel(const TenantId& tenant, const OrderId& id) {
  ASSIGN_OR_RETURN(StoredOrder stored, Load(tenant, id));
  if (stored.order.state == OrderState::kAwaitingPayment) {
    const OrderChange cancelled{Move(stored.order, OrderState::kCancelled, Now(),
                                     {Reason::kCancelledByCaller, "cancelled by the caller", {}}),
                                {}};
    ASSIGN_OR_RETURN(const bool written, store_.EndUnpaid(cancelled));
    if (written) {
      Tell(cancelled.order);
      return cancelled.order;
    }
    ASSIGN_OR_RETURN(stored, Load(tenant, id));
    stored.order = Expire(stored.order);
  }
  if (stored.order.state == OrderState::kCancelled) return stored.order;
  return Fail(Reason::kOrderNotCancellable, "the order no longer awaits payment",
              {{"state", std::string(OrderStateName(stored.order.state))}});
}

void OrderIntake::Tell(const Order& order) { signal_.Changed(order); }

}  // namespace starlift
