#include "adapters/postgres/purchase_store.h"

#include <pqxx/pqxx>

#include "adapters/postgres/error.h"
#include "adapters/postgres/order_change.h"
#include "adapters/postgres/order_row.h"
#include "adapters/postgres/rivals.h"
#include "adapters/postgres/session_place.h"
#include "adapters/postgres/transfer_row.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/order_machine.h"

namespace starlift::postgres {
namespace {

// The lease runs by the database's clock, and the fence goes up with every claim: a worker that
// slept through its lease finds its writes refused. Another owner that is still there when the
// lease is over never said what came of it: that is a crash. The owner itself may take it again at
// once: its step failed. The 20 ms let a wake-up that comes on the dot through.
constexpr Statement kClaim{"purchase_claim", R"(
UPDATE orders SET
    lease_owner = $2, lease_until = now() + $3::bigint * interval '1 microsecond',
    fence = fence + 1,
    crashes = crashes + CASE WHEN lease_owner IS NULL OR lease_owner = $2 THEN 0 ELSE 1 END
 WHERE id = $1 AND state IN ('AWAITING_PAYMENT', 'QUEUED', 'PAID', 'NEEDS_REVIEW')
   AND next_attempt_at <= now() + interval '20 milliseconds'
   AND (lease_until IS NULL OR lease_until < now() OR lease_owner = $2)
   AND (state <> 'AWAITING_PAYMENT' OR expires_at <= now())
RETURNING {order}, fence, crashes, tries, EXISTS (
  SELECT 1 FROM payments p JOIN transfers t ON t.id = p.transfer_id
   WHERE p.order_id = orders.id AND p.kind = 'purchase' AND t.provisional)
  OR EXISTS (SELECT 1 FROM lanes WHERE lanes.wallet = orders.wallet_address AND lanes.shut)
  OR EXISTS (SELECT 1 FROM lost_transfers l
              WHERE l.orders @> ARRAY[orders.id] AND l.verdict IN ('LIVE', 'UNKNOWN')))"};

constexpr Statement kSaveJar{"purchase_save_jar", R"(
UPDATE session_jars SET jar = $3::bytea, jar_key_id = $4, jar_version = jar_version + 1
 WHERE session_id = $1 AND tenant_id = $5 AND jar_version = $2::bigint AND jar IS NOT NULL
RETURNING 1)"};

// The same request may be fetched again for the same order; for another order, or with another
// payee or payload, it inserts nothing. (payee, payload_hash) of another row violates its unique
// index.
constexpr Statement kInsertInvoice{"purchase_insert_invoice", R"(
INSERT INTO invoices (order_id, fragment_request_id, payee, amount, payload_boc, payload_hash, sender,
                      valid_until, confirm_method, confirm_params, state_was_not_done,
                      foreign_payer, history_baseline)
VALUES ($1, $2, $3, $4::bigint, $5::bytea, $6, $7, $8::timestamptz, $9, $10, $11::boolean,
        $12::boolean, $13::integer)
ON CONFLICT (fragment_request_id) DO UPDATE
   SET amount = EXCLUDED.amount, payload_boc = EXCLUDED.payload_boc, sender = EXCLUDED.sender,
       valid_until = EXCLUDED.valid_until, confirm_method = EXCLUDED.confirm_method,
       confirm_params = EXCLUDED.confirm_params, state_was_not_done = EXCLUDED.state_was_not_done,
       foreign_payer = EXCLUDED.foreign_payer, history_baseline = EXCLUDED.history_baseline,
       fetched_at = now()
 WHERE invoices.order_id = EXCLUDED.order_id AND invoices.payee = EXCLUDED.payee
   AND invoices.payload_hash = EXCLUDED.payload_hash
RETURNING 1)"};

// A lane under a lease learns through `called` that somebody came, whatever it writes on release.
// One with a transfer in the air needs no waking: it looks for the next order when that is
// resolved. A lane from before public keys were kept gets its own.
constexpr Statement kCallLane{"purchase_call_lane", R"(
INSERT INTO lanes (wallet, wallet_version, public_key, next_attempt_at) VALUES ($1, $2, $3, now())
ON CONFLICT (wallet) DO UPDATE
   SET called = true,
       public_key = CASE WHEN lanes.public_key = '' THEN EXCLUDED.public_key ELSE lanes.public_key END,
       next_attempt_at = CASE
         WHEN EXISTS (SELECT 1 FROM transfers t
                       WHERE t.wallet = EXCLUDED.wallet AND t.verdict IN ('LIVE', 'UNKNOWN'))
         THEN COALESCE(lanes.next_attempt_at, now())
         ELSE LEAST(lanes.next_attempt_at, now()) END)"};

// The lane's next steps end what holds the money, and then the review. It is due in any case: a
// transfer that is resolved leaves it a time to come back only where orders wait. A restored
// database may have lost the lane.
constexpr Statement kCallHoldingLane{"purchase_call_holding_lane", R"(
INSERT INTO lanes (wallet, wallet_version, public_key, next_attempt_at)
SELECT wallet_address, wallet_version, COALESCE(wallet_public_key, ''), now() FROM orders
 WHERE id = $1 AND wallet_address <> ''
ON CONFLICT (wallet) DO UPDATE
   SET called = true, next_attempt_at = LEAST(lanes.next_attempt_at, now()))"};

constexpr Statement kRenew{"purchase_renew", R"(
UPDATE orders SET lease_until = now() + $4::bigint * interval '1 microsecond'
 WHERE id = $1 AND fence = $2::bigint AND state = $3 AND lease_owner = $5
RETURNING 1)"};

constexpr Statement kPostpone{"purchase_postpone", R"(
UPDATE orders SET lease_owner = NULL, lease_until = NULL, tries = tries + 1, crashes = 0,
                  next_attempt_at = now() + $4::bigint * interval '1 microsecond'
 WHERE id = $1 AND fence = $2::bigint AND state = $3 AND lease_owner = $5
RETURNING 1)"};

constexpr Statement kPaidInvoice{"purchase_paid_invoice", R"(
SELECT {invoice}, t.boc
  FROM payments p JOIN transfers t ON t.id = p.transfer_id
  JOIN invoices ON invoices.payee = p.payee AND invoices.payload_hash = p.body_hash
               AND invoices.order_id = p.order_id
 WHERE p.order_id = $1 AND p.kind = 'purchase' AND p.verdict = 'PAID')"};

ChangeGuard GuardOf(const ClaimedOrder& claimed) {
  ChangeGuard guard;
  guard.from = {claimed.order.state};
  guard.fence = claimed.fence;
  return guard;
}

absl::Status InvoiceReused() {
  return Fail(Reason::kInvoiceReused, "The invoice belongs to another order.");
}

// Both statements take the same: whose lease, and a time from now on.
absl::Status WriteLease(Pool& pool, const Statement& statement, const ClaimedOrder& claimed,
                        absl::Duration from_now) {
  return pool.Autocommit([&](Transaction& tx) {
    const auto rows = tx.Run(statement, Params()
                                            .Text(claimed.order.id.value())
                                            .Integer(claimed.fence)
                                            .Text(OrderStateName(claimed.order.state))
                                            .Micros(from_now)
                                            .Text(claimed.owner));
    return rows.empty() ? TooLate() : absl::OkStatus();
  });
}

Params InvoiceParams(const Invoice& invoice) {
  Params params;
  params.Text(invoice.order.value())
      .Text(invoice.fragment_request_id)
      .Text(invoice.payee)
      .Integer(invoice.amount.value())
      .Bytes(invoice.payload_boc)
      .Text(invoice.payload_hash)
      .Text(invoice.sender)
      .Time(invoice.valid_until)
      .Text(invoice.confirm_method)
      .Text(ConfirmParamsText(invoice.confirm_params))
      .Boolean(invoice.state_was_not_done)
      .Boolean(invoice.foreign_payer)
      .OptionalInteger(invoice.history_baseline);
  return params;
}

}  // namespace

absl::StatusOr<std::optional<ClaimedOrder>> PostgresPurchaseStore::Claim(const OrderId& id,
                                                                         absl::string_view owner,
                                                                         absl::Duration lease) {
  std::optional<ClaimedOrder> claimed;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const auto rows = tx.Run(kClaim, Params().Text(id.value()).Text(owner).Micros(lease));
    for (const auto& line : rows) {
      RowReader row(line);
      claimed.emplace();
      claimed->order = OrderFromRow(row);
      claimed->owner = std::string(owner);
      claimed->fence = row.Integer();
      claimed->crashes = static_cast<int32_t>(row.Integer());
      claimed->tries = static_cast<int32_t>(row.Integer());
      claimed->hold_money = row.Boolean();
    }
    return absl::OkStatus();
  }));
  return claimed;
}

absl::StatusOr<std::optional<SessionLease>> PostgresPurchaseStore::AcquireSession(
    const ClaimedOrder& claimed) {
  return AcquirePlace(pool_, claimed);
}

absl::StatusOr<bool> PostgresPurchaseStore::GiveUpSession(const ClaimedOrder& claimed,
                                                          const SessionLease& lease) {
  return postgres::GiveUpSession(pool_, claimed, lease);
}

absl::StatusOr<HistoryRivals> PostgresPurchaseStore::FindRivals(const Order& order) {
  return CountRivals(pool_, order.id);
}

absl::StatusOr<bool> PostgresPurchaseStore::SaveJar(const SessionLease& lease,
                                                    const SealedSecret& jar) {
  bool saved = false;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    saved = !tx.Run(kSaveJar, Params()
                                  .Text(lease.session.value())
                                  .Integer(lease.jar_version)
                                  .Bytes(jar.bytes)
                                  .Text(jar.key_id)
                                  .Text(lease.jar_tenant.value()))
                 .empty();
    return absl::OkStatus();
  }));
  return saved;
}

absl::Status PostgresPurchaseStore::SaveInvoice(const ClaimedOrder& claimed,
                                                const OrderChange& invoiced,
                                                const Invoice& invoice) {
  const Payer& payer = invoiced.order.payer;
  // The row has had its session and payer since it has its place. Another wallet than the one that
  // the invoice was checked against must not pay it.
  ChangeGuard guard = GuardOf(claimed);
  guard.wallet = payer.wallet_address;
  const absl::Status status = pool_.InTransaction([&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(WriteChange(tx, renderer_, invoiced, guard));
    if (tx.Run(kInsertInvoice, InvoiceParams(invoice)).empty()) return InvoiceReused();
    KeepDelivered(tx, invoice);
    tx.Run(kCallLane, Params()
                          .Text(payer.wallet_address)
                          .Text(WalletVersionName(payer.version))
                          .Text(payer.public_key_hex));
    return absl::OkStatus();
  });
  if (Violates(status, "invoices_payee_payload_hash_key")) return InvoiceReused();
  return status;
}

absl::Status PostgresPurchaseStore::Save(const ClaimedOrder& claimed, const OrderChange& change) {
  const Order& order = change.order;
  const bool held =
      order.state == OrderState::kNeedsReview && order.paid_at == absl::InfiniteFuture();
  const auto write = [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(WriteChange(tx, renderer_, change, GuardOf(claimed)));
    if (!held) return absl::OkStatus();
    tx.Run(kCallHoldingLane, Params().Text(order.id.value()));
    return absl::OkStatus();
  };
  const bool several = held || IsTerminal(order.state);
  return several ? pool_.InTransaction(write) : pool_.Autocommit(write);
}

absl::Status PostgresPurchaseStore::Renew(const ClaimedOrder& claimed, absl::Duration lease) {
  return WriteLease(pool_, kRenew, claimed, lease);
}

absl::Status PostgresPurchaseStore::Postpone(const ClaimedOrder& claimed, absl::Time next_attempt) {
  return WriteLease(pool_, kPostpone, claimed, next_attempt - clock_.Now());
}

absl::StatusOr<std::optional<PurchaseStore::PaidInvoice>> PostgresPurchaseStore::FindPaidInvoice(
    const OrderId& id) {
  std::optional<PaidInvoice> paid;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kPaidInvoice, Params().Text(id.value()))) {
      RowReader row(line);
      paid.emplace();
      paid->invoice = InvoiceFromRow(row);
      paid->boc = row.Bytes();
    }
    return absl::OkStatus();
  }));
  return paid;
}

}  // namespace starlift::postgres
