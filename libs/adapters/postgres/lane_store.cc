#include "adapters/postgres/lane_store.h"

#include <pqxx/pqxx>

#include "adapters/postgres/error.h"
#include "adapters/postgres/lane_verdict.h"
#include "adapters/postgres/order_changes.h"
#include "adapters/postgres/order_row.h"
#include "adapters/postgres/transfer_change.h"
#include "adapters/postgres/transfer_row.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// As for orders: database clock, a fence that only goes up. `called` is read again at release.
constexpr Statement kClaim{"lane_claim", R"(
UPDATE lanes SET lease_owner = $2, lease_until = now() + $3::bigint * interval '1 microsecond',
                 fence = fence + 1, called = false
 WHERE wallet = $1 AND next_attempt_at <= now() + interval '20 milliseconds'
   AND (cool_until IS NULL OR cool_until <= now() + interval '20 milliseconds')
   AND (lease_until IS NULL OR lease_until < now() OR lease_owner = $2)
RETURNING wallet, wallet_version, public_key, house, fence, lease_owner, next_seqno, last_lt, shut,
  (SELECT count(*) FROM unnest(displaced_at) AS at WHERE at > now() - interval '10 minutes'))"};

// In a statement of its own: whoever waited for the lane's row finds the transfer that was
// committed meanwhile. Each of the two looks at an index of its own, however many transfers the
// wallet has.
constexpr Statement kOpenTransfers{"lane_open_transfers", R"(
SELECT newest.number, {transfer}
  FROM (SELECT COALESCE(max(number), 0) AS number FROM transfers WHERE wallet = $1) newest
  LEFT JOIN (SELECT * FROM transfers WHERE wallet = $1 AND verdict IN ('LIVE', 'UNKNOWN')
             UNION ALL
             SELECT * FROM transfers WHERE wallet = $1 AND provisional) transfers ON true
 ORDER BY transfers.number DESC)"};

constexpr Statement kFindTransfer{"lane_find_transfer",
                                  "SELECT {transfer} FROM transfers WHERE id = $1"};

// Each tenant's first, then each one's second, and so on; an order's newest invoice is the one that
// was checked last.
constexpr Statement kNextPayables{"lane_next_payables", R"(
WITH waiting AS (
  SELECT id, queued_at, row_number() OVER (PARTITION BY tenant_id ORDER BY queued_at, id) AS turn
    FROM orders WHERE wallet_address = $1 AND state = 'INVOICED'),
next AS MATERIALIZED (
  SELECT * FROM waiting ORDER BY turn, queued_at, id LIMIT $2::integer)
SELECT {order}, {invoice}, s.key_id, s.bytes, sessions.foreign_payer, EXISTS (
    SELECT 1 FROM payments p JOIN transfers t ON t.id = p.transfer_id
     WHERE p.order_id = orders.id AND p.kind = 'purchase' AND t.provisional)
  FROM next
  JOIN orders ON orders.id = next.id
  JOIN sessions ON sessions.id = orders.session_id
  JOIN LATERAL (SELECT * FROM invoices i WHERE i.order_id = orders.id
                 ORDER BY i.fetched_at DESC, i.id DESC LIMIT 1) invoices ON true
  LEFT JOIN sealed_secrets s ON s.order_id = orders.id AND s.purpose = 'wallet_key'
 ORDER BY next.turn, next.queued_at, next.id)"};

// A payment that is not DEAD, or a PAID order, is evidence's alone to move.
constexpr Statement kHeldInReview{"lane_held_in_review", R"(
SELECT {order}, s.key_id, s.bytes, EXISTS (
    SELECT 1 FROM payments p JOIN transfers t ON t.id = p.transfer_id
     WHERE p.order_id = orders.id AND p.kind = 'purchase' AND t.provisional)
  FROM orders
  LEFT JOIN sealed_secrets s ON s.order_id = orders.id AND s.purpose = 'wallet_key'
 WHERE wallet_address = $1 AND state = 'NEEDS_REVIEW' AND paid_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM payments p
                    WHERE p.order_id = orders.id AND p.kind = 'purchase' AND p.verdict <> 'DEAD')
   -- What never ends by itself must not hide what does (batch.h, EndsByItself).
   AND reason NOT IN ('NONE', 'PAYMENT_WITHOUT_RECORD', 'PAYMENT_RETURNED', 'DELIVERY_UNCONFIRMED',
                      'WORKER_CRASHED_REPEATEDLY', 'INTERNAL')
 ORDER BY updated_at, id LIMIT $2::integer)"};

constexpr Statement kEvidenceMoves{"lane_evidence_moves", R"(
SELECT 1 FROM orders
 WHERE id = ANY ($1::text[]) AND state = 'NEEDS_REVIEW' AND (
   paid_at IS NOT NULL OR EXISTS (
     SELECT 1 FROM payments p
      WHERE p.order_id = orders.id AND p.kind = 'purchase' AND p.verdict <> 'DEAD'))
 LIMIT 1)"};

constexpr Statement kOrdersOf{"lane_orders_of", R"(
SELECT {order} FROM payments p JOIN orders ON orders.id = p.order_id
 WHERE p.transfer_id = $1 AND p.kind = 'purchase' ORDER BY p.slot)"};

constexpr Statement kFindOrder{"lane_find_order", "SELECT {order} FROM orders WHERE id = $1"};

constexpr Statement kMarkSent{"lane_mark_sent", R"(
UPDATE transfers SET sent_at = now(), sends = sends + 1
 WHERE id = $1 AND wallet = $2 AND verdict IN ('LIVE', 'UNKNOWN')
   AND EXISTS (SELECT 1 FROM lanes WHERE wallet = $2 AND fence = $3::bigint)
RETURNING 1)"};

constexpr Statement kInvoiceOwner{
    "lane_invoice_owner", "SELECT order_id FROM invoices WHERE payee = $1 AND payload_hash = $2"};

constexpr Statement kKnownTransfers{
    "lane_known_transfers",
    "SELECT normalized_hash FROM transfers WHERE normalized_hash = ANY ($1::text[])"};

// Somebody who came while we held the lane is not left waiting, unless a transfer is in the air:
// then the lane comes back for that one anyway. Nobody is called to a lane that cools down. A lane
// that is shut is called too: it does not pay, but it ends what has waited too long.
constexpr Statement kRelease{"lane_release", R"(
UPDATE lanes SET lease_owner = NULL, lease_until = NULL,
    shut = shut OR $5::text IS NOT NULL, shut_reason = COALESCE($5::text, shut_reason),
    last_lt = GREATEST(last_lt, $6::bigint),
    next_attempt_at = CASE
      WHEN called AND $5::text IS NULL AND NOT EXISTS (
        SELECT 1 FROM transfers t WHERE t.wallet = $1 AND t.verdict IN ('LIVE', 'UNKNOWN'))
      THEN GREATEST(now(), cool_until)
      WHEN $4::bigint IS NOT NULL
      THEN GREATEST(now() + $4::bigint * interval '1 microsecond', cool_until) END
 WHERE wallet = $1 AND fence = $2::bigint AND lease_owner = $3
RETURNING 1)"};

absl::Status OneRow(const pqxx::result& rows) {
  return rows.empty() ? TooLate() : absl::OkStatus();
}

absl::StatusOr<std::vector<Order>> ReadOrders(Pool& pool, const Statement& statement,
                                              absl::string_view key) {
  std::vector<Order> orders;
  RETURN_IF_ERROR(pool.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(statement, Params().Text(key))) {
      RowReader row(line);
      orders.push_back(OrderFromRow(row));
    }
    return absl::OkStatus();
  }));
  return orders;
}

Payer PayerFromRow(RowReader& row) {
  Payer payer;
  payer.wallet_address = row.Text();
  payer.version = ParseWalletVersion(row.Text());
  payer.public_key_hex = row.Text();
  return payer;
}

Lane LaneFromRow(RowReader& row) {
  Lane lane;
  lane.payer = PayerFromRow(row);
  lane.house = row.Boolean();
  lane.fence = row.Integer();
  lane.owner = row.Text();
  lane.next_seqno = row.OptionalInteger();
  lane.last_lt = row.Integer();
  lane.shut = row.Boolean();
  lane.displacements = static_cast<int32_t>(row.Integer());
  return lane;
}

void ReadOpenTransfers(Transaction& tx, Lane* lane) {
  for (const auto& line : tx.Run(kOpenTransfers, Params().Text(lane->wallet()))) {
    RowReader row(line);
    lane->newest_number = row.Integer();
    if (row.IsNull()) continue;
    Transfer transfer = TransferFromRow(row);
    transfer.payments = ReadPayments(tx, transfer.id);
    if (transfer.provisional) {
      lane->provisional.push_back(std::move(transfer));
    } else {
      lane->unresolved = std::move(transfer);
    }
  }
}

SealedSecret KeyFromRow(RowReader& row, bool house) {
  SealedSecret key;
  key.key_id = row.Text();
  key.bytes = row.Bytes();
  return house ? SealedSecret{} : key;
}

PayableOrder PayableFromRow(RowReader& row, bool house) {
  PayableOrder payable;
  payable.order = OrderFromRow(row);
  payable.invoice = InvoiceFromRow(row);
  payable.wallet_key = KeyFromRow(row, house);
  payable.foreign_payer_allowed = row.Boolean();
  payable.hold_money = row.Boolean();
  return payable;
}

// Under the lane, whose orders nobody else signs for.
absl::Status CheckNoEvidence(Transaction& tx, absl::Span<const OrderChange> changes) {
  ArrayText ids;
  for (const OrderChange& change : changes) ids.Add(change.order.id.value());
  return tx.Run(kEvidenceMoves, Params().Text(ids.text())).empty() ? absl::OkStatus() : TooLate();
}

// `shut_reason` empty: it is not shut.
absl::Status WriteRelease(Pool& pool, const Lane& lane, absl::Duration wait,
                          absl::string_view shut_reason, int64_t accounted_lt) {
  return pool.Autocommit([&](Transaction& tx) {
    return OneRow(tx.Run(kRelease, Params()
                                       .Text(lane.wallet())
                                       .Integer(lane.fence)
                                       .Text(lane.owner)
                                       .Micros(wait)
                                       .OptionalText(shut_reason)
                                       .Integer(accounted_lt)));
  });
}

}  // namespace

absl::StatusOr<std::optional<Lane>> PostgresLaneStore::Claim(absl::string_view wallet,
                                                             absl::string_view owner,
                                                             absl::Duration lease) {
  std::optional<Lane> claimed;
  // No transaction around the two: once the lane is ours, nobody else writes its transfers.
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const auto rows = tx.Run(kClaim, Params().Text(wallet).Text(owner).Micros(lease));
    for (const auto& line : rows) {
      RowReader row(line);
      claimed = LaneFromRow(row);
      ReadOpenTransfers(tx, &*claimed);
    }
    return absl::OkStatus();
  }));
  return claimed;
}

absl::StatusOr<std::vector<PayableOrder>> PostgresLaneStore::NextPayables(const Lane& lane,
                                                                          int limit) {
  std::vector<PayableOrder> payables;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kNextPayables, Params().Text(lane.wallet()).Integer(limit))) {
      RowReader row(line);
      payables.push_back(PayableFromRow(row, lane.house));
    }
    return absl::OkStatus();
  }));
  return payables;
}

absl::Status PostgresLaneStore::CommitTransfer(const Lane& lane, const Transfer& transfer,
                                               const std::vector<OrderChange>& orders) {
  return pool_.InTransaction(
      [&](Transaction& tx) { return WriteTransfer(tx, renderer_, lane, transfer, orders); });
}

absl::StatusOr<std::optional<Transfer>> PostgresLaneStore::FindTransfer(const TransferId& id) {
  std::optional<Transfer> found;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kFindTransfer, Params().Text(id.value()))) {
      RowReader row(line);
      found = TransferFromRow(row);
      found->payments = ReadPayments(tx, id);
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<Order>> PostgresLaneStore::OrdersOf(const Transfer& transfer) {
  return ReadOrders(pool_, kOrdersOf, transfer.id.value());
}

absl::StatusOr<std::optional<Order>> PostgresLaneStore::FindOrder(const OrderId& id) {
  ASSIGN_OR_RETURN(std::vector<Order> orders, ReadOrders(pool_, kFindOrder, id.value()));
  if (orders.empty()) return std::optional<Order>();
  return std::optional<Order>(std::move(orders.front()));
}

absl::Status PostgresLaneStore::MarkSent(const Lane& lane, const TransferId& id) {
  return pool_.Autocommit([&](Transaction& tx) {
    return OneRow(
        tx.Run(kMarkSent, Params().Text(id.value()).Text(lane.wallet()).Integer(lane.fence)));
  });
}

absl::Status PostgresLaneStore::Resolve(const Lane& lane, const LaneResolution& resolution) {
  return pool_.InTransaction(
      [&](Transaction& tx) { return WriteResolution(tx, renderer_, lane, resolution); });
}

absl::Status PostgresLaneStore::Resurrect(const Lane& lane, const LaneResurrection& resurrection) {
  return pool_.InTransaction(
      [&](Transaction& tx) { return WriteResurrection(tx, renderer_, lane, resurrection); });
}

absl::Status PostgresLaneStore::MoveWaiting(const Lane& lane,
                                            absl::Span<const OrderChange> changes) {
  ChangeGuard guard;
  guard.from = {OrderState::kQueued, OrderState::kInvoiced, OrderState::kNeedsReview};
  guard.wallet = lane.wallet();
  return pool_.InTransaction([&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(HoldLane(tx, lane));
    RETURN_IF_ERROR(CheckNoEvidence(tx, changes));
    return WriteChanges(tx, renderer_, changes, guard);
  });
}

absl::StatusOr<std::vector<LaneStore::HeldOrder>> PostgresLaneStore::HeldInReview(const Lane& lane,
                                                                                  int limit) {
  std::vector<HeldOrder> held;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kHeldInReview, Params().Text(lane.wallet()).Integer(limit))) {
      RowReader row(line);
      HeldOrder& order = held.emplace_back();
      order.order = OrderFromRow(row);
      order.wallet_key = KeyFromRow(row, lane.house);
      order.hold_money = row.Boolean();
    }
    return absl::OkStatus();
  }));
  return held;
}

absl::Status PostgresLaneStore::AdoptSeqno(const Lane& lane, int64_t next_seqno, int64_t last_lt) {
  return pool_.InTransaction(
      [&](Transaction& tx) { return WriteAdoption(tx, lane, next_seqno, last_lt); });
}

absl::StatusOr<std::optional<OrderId>> PostgresLaneStore::InvoiceOwner(
    absl::string_view payee, absl::string_view payload_hash) {
  std::optional<OrderId> owner;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const auto rows = tx.Run(kInvoiceOwner, Params().Text(payee).Text(payload_hash));
    for (const auto& line : rows) owner = OrderId(RowReader(line).Text());
    return absl::OkStatus();
  }));
  return owner;
}

absl::StatusOr<std::set<std::string>> PostgresLaneStore::KnownTransfers(
    absl::Span<const std::string> normalized_hashes) {
  ArrayText hashes;
  for (const std::string& hash : normalized_hashes) hashes.Add(hash);
  std::set<std::string> known;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kKnownTransfers, Params().Text(hashes.text()))) {
      known.insert(RowReader(line).Text());
    }
    return absl::OkStatus();
  }));
  return known;
}

absl::Status PostgresLaneStore::Release(const Lane& lane, absl::Time next_attempt) {
  return WriteRelease(pool_, lane, next_attempt - clock_.Now(), "", 0);
}

absl::Status PostgresLaneStore::ReleaseAndShut(const Lane& lane, Reason reason,
                                               absl::Time next_attempt, int64_t accounted_lt) {
  return WriteRelease(pool_, lane, next_attempt - clock_.Now(), ReasonName(reason), accounted_lt);
}

}  // namespace starlift::postgres
