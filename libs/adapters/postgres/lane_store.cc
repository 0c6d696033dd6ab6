#include "adapters/postgres/lane_store.h"

#include <pqxx/pqxx>

#include "adapters/postgres/error.h"
#include "adapters/postgres/order_change.h"
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
   AND (lease_until IS NULL OR lease_until < now() OR lease_owner = $2)
RETURNING wallet, wallet_version, fence, lease_owner, next_seqno, last_lt, shut)"};

constexpr Statement kUnresolved{"lane_unresolved", R"(
SELECT {transfer} FROM transfers WHERE wallet = $1 AND verdict IN ('LIVE', 'UNKNOWN'))"};

constexpr Statement kFindTransfer{"lane_find_transfer",
                                  "SELECT {transfer} FROM transfers WHERE id = $1"};

// Oldest first; an order's newest invoice is the one that was checked last.
constexpr Statement kNextPayable{"lane_next_payable", R"(
SELECT {order}, {invoice}, s.key_id, s.bytes, EXISTS (
    SELECT 1 FROM payments p JOIN transfers t ON t.id = p.transfer_id
     WHERE p.order_id = orders.id AND p.kind = 'purchase' AND t.provisional)
  FROM orders
  JOIN LATERAL (SELECT * FROM invoices i WHERE i.order_id = orders.id
                 ORDER BY i.fetched_at DESC, i.id DESC LIMIT 1) invoices ON true
  LEFT JOIN sealed_secrets s ON s.order_id = orders.id AND s.purpose = 'wallet_key'
 WHERE orders.wallet_address = $1 AND orders.state = 'INVOICED'
 ORDER BY orders.queued_at, orders.id LIMIT 1)"};

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

// Somebody who came while we held the lane is not left waiting, unless a transfer is in the air:
// then the lane comes back for that one anyway.
constexpr Statement kRelease{"lane_release", R"(
UPDATE lanes SET lease_owner = NULL, lease_until = NULL,
    shut = shut OR $5::text IS NOT NULL, shut_reason = COALESCE($5::text, shut_reason),
    next_attempt_at = CASE
      WHEN called AND NOT shut AND $5::text IS NULL AND NOT EXISTS (
        SELECT 1 FROM transfers t WHERE t.wallet = $1 AND t.verdict IN ('LIVE', 'UNKNOWN'))
      THEN now() ELSE now() + $4::bigint * interval '1 microsecond' END
 WHERE wallet = $1 AND fence = $2::bigint AND lease_owner = $3
RETURNING 1)"};

absl::Status OneRow(const pqxx::result& rows) {
  return rows.empty() ? TooLate() : absl::OkStatus();
}

std::optional<Transfer> ReadTransfer(Transaction& tx, const Statement& statement,
                                     absl::string_view key) {
  const auto rows = tx.Run(statement, Params().Text(key));
  if (rows.empty()) return std::nullopt;
  const pqxx::row line = rows.front();
  RowReader row(line);
  Transfer transfer = TransferFromRow(row);
  transfer.payments = ReadPayments(tx, transfer.id);
  return transfer;
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

Lane LaneFromRow(RowReader& row) {
  Lane lane;
  lane.wallet = row.Text();
  lane.version = ParseWalletVersion(row.Text());
  lane.fence = row.Integer();
  lane.owner = row.Text();
  lane.next_seqno = row.OptionalInteger();
  lane.last_lt = row.Integer();
  lane.shut = row.Boolean();
  return lane;
}

absl::Status WriteRelease(Pool& pool, const Lane& lane, absl::Duration wait,
                          absl::string_view shut_reason) {
  return pool.Autocommit([&](Transaction& tx) {
    return OneRow(tx.Run(kRelease, Params()
                                       .Text(lane.wallet)
                                       .Integer(lane.fence)
                                       .Text(lane.owner)
                                       .Micros(wait)
                                       .OptionalText(shut_reason)));
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
      claimed->unresolved = ReadTransfer(tx, kUnresolved, wallet);
    }
    return absl::OkStatus();
  }));
  return claimed;
}

absl::StatusOr<std::optional<PayableOrder>> PostgresLaneStore::NextPayable(const Lane& lane) {
  std::optional<PayableOrder> payable;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kNextPayable, Params().Text(lane.wallet))) {
      RowReader row(line);
      payable.emplace();
      payable->order = OrderFromRow(row);
      payable->invoice = InvoiceFromRow(row);
      payable->wallet_key.key_id = row.Text();
      payable->wallet_key.bytes = row.Bytes();
      payable->hold_money = row.Boolean();
    }
    return absl::OkStatus();
  }));
  return payable;
}

absl::Status PostgresLaneStore::CommitTransfer(const Lane& lane, const Transfer& transfer,
                                               const std::vector<OrderChange>& orders) {
  return pool_.InTransaction(
      [&](Transaction& tx) { return WriteTransfer(tx, renderer_, lane, transfer, orders); });
}

absl::StatusOr<std::optional<Transfer>> PostgresLaneStore::FindTransfer(const TransferId& id) {
  std::optional<Transfer> found;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    found = ReadTransfer(tx, kFindTransfer, id.value());
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
        tx.Run(kMarkSent, Params().Text(id.value()).Text(lane.wallet).Integer(lane.fence)));
  });
}

absl::Status PostgresLaneStore::Resolve(const Lane& lane, const LaneResolution& resolution) {
  return pool_.InTransaction(
      [&](Transaction& tx) { return WriteResolution(tx, renderer_, lane, resolution); });
}

absl::Status PostgresLaneStore::MoveWaiting(const Lane& lane, const OrderChange& change) {
  ChangeGuard guard;
  guard.from = {OrderState::kQueued, OrderState::kInvoiced};
  guard.wallet = lane.wallet;
  return pool_.InTransaction([&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(HoldLane(tx, lane));
    return WriteChange(tx, renderer_, change, guard);
  });
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

absl::Status PostgresLaneStore::Release(const Lane& lane, absl::Time next_attempt) {
  return WriteRelease(pool_, lane, next_attempt - clock_.Now(), "");
}

absl::Status PostgresLaneStore::ReleaseAndShut(const Lane& lane, Reason reason,
                                               absl::Time next_attempt) {
  return WriteRelease(pool_, lane, next_attempt - clock_.Now(), ReasonName(reason));
}

}  // namespace starlift::postgres
