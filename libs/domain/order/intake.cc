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
#include "domain/order/funding_account.h"
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
  const bool brings_key = input.payment.has_value() && input.funding != Funding::kBalance;
  if (brings_key) RETURN_IF_ERROR(payments_.CheckRoom());
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
    ASSIGN_OR_RETURN(Secured secured, Secure(draft, *input.payment));
    order.fingerprint = CreateFingerprint(input, PayerInFingerprint(secured.queued.order));
    order.payment = std::move(secured.payment);
    order.payment->request_id = input.request_id;
    order.payment->fingerprint = order.fingerprint;
    order.queued = std::move(secured.queued);
  } else {
    order.fingerprint = CreateFingerprint(input, "");
  }
  return Store(order, input);
}

absl::StatusOr<OrderIntake::Secured> OrderIntake::Secure(const Order& order,
                                                         const PaymentDraft& draft) {
  // The tenant's credit pays: whose wallet and whose account it will be, a worker decides.
  if (order.funding == Funding::kBalance) return Secured{Queue(order, {}, {}), {}};
  ASSIGN_OR_RETURN(OpenedPayment payment, payments_.Open(draft));
  RETURN_IF_ERROR(payments_.ChooseWallet(draft.wallet_version, order.quote.total, &payment));
  return Secured{Queue(order, payment.payer, payment.session),
                 payments_.Seal(payment, order.tenant, order.id)};
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
  // Everything but the wallet is compared first: it costs nothing, a key costs a core for 36 ms. A
  // wallet that was chosen by the chain then stays the one it was, whatever the chain shows by now.
  const std::string address = created_paid ? PayerInFingerprint(stored) : "";
  RETURN_IF_ERROR(input.mistakes.ToStatus());
  if (CreateFingerprint(same, address) != fingerprint) {
    return Reused(DifferingField(same, address, stored, {fingerprint, created_paid}));
  }
  if (input.payment.has_value()) RETURN_IF_ERROR(CheckSamePayer(stored, *input.payment));
  return IntakeAnswer{stored, true};
}

absl::Status OrderIntake::CheckSamePayer(const Order& stored, const PaymentDraft& draft) {
  if (stored.funding == Funding::kBalance) {
    FieldMistakes mistakes;
    CheckEmptyPayment(draft, &mistakes);
    return mistakes.ToStatus();
  }
  ASSIGN_OR_RETURN(const ton::KeyPair key, payments_.OpenKey(draft));
  return payments_.Owns(key, stored.payer) ? absl::OkStatus() : Reused("payment.mnemonic");
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

OrderChange OrderIntake::Queue(Order order, const Payer& payer, const SessionId& session) {
  const absl::Time now = Now();
  order.payer = payer;
  order.session = session;
  order.execute_by = now + policy_.execute_window;
  OrderChange change;
  change.order = Move(std::move(order), OrderState::kQueued, now);
  // Everything that may leave the wallet is set aside, so that the ledger knows of it before the
  // chain.
  change.ledger = {Hold(change.order.id, FundingAccount(change.order), change.order.quote.asset,
                        change.order.quote.max_total)};
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
  if (!result.created) return RepeatOfRival(order, input, result);
  if (order.queued.has_value()) signal_.Announce({WorkItem::Kind::kOrder, result.order.id.value()});
  Tell(result.order);
  return IntakeAnswer{std::move(result.order), false};
}

// Somebody stored this id between our look and our write.
absl::StatusOr<IntakeAnswer> OrderIntake::RepeatOfRival(const NewOrder& order,
                                                        const CreateInput& input,
                                                        const CreateResult& rival) {
  std::string address;
  if (order.queued.has_value()) {
    const Payer& ours = order.queued->order.payer;
    const Payer& theirs = rival.order.payer;
    // The same key: of its wallets, that of the stored order counts.
    const bool same = ours.public_key_hex == theirs.public_key_hex;
    address = same ? PayerInFingerprint(rival.order) : PayerInFingerprint(order.queued->order);
  }
  if (CreateFingerprint(input, address) == rival.fingerprint)
    return IntakeAnswer{rival.order, true};
  const bool paid = rival.order.queued_at != absl::InfiniteFuture();
  return Reused(DifferingField(input, address, rival.order, {rival.fingerprint, paid}));
}

absl::StatusOr<StoredOrder> OrderIntake::Load(const TenantId& tenant, const OrderId& id) {
  ASSIGN_OR_RETURN(std::optional<StoredOrder> stored, store_.Find(tenant, id));
  if (!stored.has_value()) return OrderNotFound();
  return *std::move(stored);
}

absl::StatusOr<IntakeAnswer> OrderIntake::AnswerPaid(const StoredOrder& stored,
                                                     const PayInput& input) {
  if (stored.payment.request_id != input.request_id) return PaidByAnother(stored.order);
  const PaymentDraft& draft = input.payment;
  RETURN_IF_ERROR(CheckSamePayer(stored.order, draft));
  const Order& order = stored.order;
  const bool same =
      CreatedPaid(stored)
          ? draft.wallet_version == WalletChoice::kAuto || order.funding == Funding::kBalance ||
                WalletChoiceName(draft.wallet_version) == WalletVersionName(order.payer.version)
          : PayFingerprint(order.id, draft.wallet_version, PayerInFingerprint(order)) ==
                stored.payment.fingerprint;
  if (!same) return Reused("payment.wallet_version");
  return IntakeAnswer{order, true};
}

absl::StatusOr<IntakeAnswer> OrderIntake::Pay(const TenantId& tenant, PayInput input) {
  RETURN_IF_ERROR(CheckRequestId(input.request_id));
  if (input.order.empty()) RETURN_IF_ERROR(input.mistakes.ToStatus());
  ASSIGN_OR_RETURN(StoredOrder stored, Load(tenant, input.order));
  if (!stored.payment.request_id.empty()) return AnswerPaid(stored, input);
  if (stored.order.state != OrderState::kAwaitingPayment) return Expired(stored.order);
  if (stored.order.funding == Funding::kBalance) {
    CheckEmptyPayment(input.payment, &input.mistakes);
  } else {
    RETURN_IF_ERROR(payments_.CheckRoom());
    CheckPaymentFields(input.payment, &input.mistakes);
  }
  RETURN_IF_ERROR(input.mistakes.ToStatus());
  ASSIGN_OR_RETURN(Secured secured, Secure(stored.order, input.payment));
  const OrderChange& queued = secured.queued;
  secured.payment.request_id = input.request_id;
  secured.payment.fingerprint = PayFingerprint(stored.order.id, input.payment.wallet_version,
                                               PayerInFingerprint(queued.order));
  ASSIGN_OR_RETURN(const bool paid, store_.Pay(queued, secured.payment));
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
