#include "adapters/postgres/session_place.h"

#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "adapters/postgres/error.h"
#include "adapters/postgres/rivals.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The order as its lease holder knows it, its session and its place there. `signed`: evidence about
// it can come from its session and wallet alone, for ever; a payment that the database lost in a
// rollback counts as well.
constexpr absl::string_view kStanding = R"(
SELECT o.session_kind = 'house', o.funding = 'balance', o.state = 'QUEUED',
       EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id)
         OR EXISTS (SELECT 1 FROM lost_transfers l WHERE o.id = ANY (
              CASE WHEN l.verdict IN ('LIVE', 'UNKNOWN') THEN l.orders ELSE l.paid_orders END)),
       pl.order_id IS NOT NULL, pl.sole, o.tenant_id, o.session_id,
       o.wallet_address, o.wallet_version, o.wallet_public_key,
       s.kind = 'house', s.wallet, s.foreign_payer, s.max_open_orders > 1,
       s.given_up_at IS NOT NULL, s.retired_at IS NOT NULL,
       j.jar, j.jar_key_id, j.jar_version
  FROM orders o
  LEFT JOIN session_places pl ON pl.order_id = o.id
  LEFT JOIN sessions s ON s.id = o.session_id
  LEFT JOIN session_jars j ON j.session_id = s.id
        AND j.tenant_id = CASE WHEN o.session_kind = 'house' THEN '' ELSE o.tenant_id END
 WHERE o.id = $1 AND o.fence = $2::bigint AND o.state = $3)";
constexpr Statement kLook{"place_look", kStanding};

// An order that ends at this moment cannot take a place and keep it for ever: whoever waited for
// its row looks at it again.
constexpr Statement kHoldOrder{"place_hold_order", R"(
SELECT 1 FROM orders WHERE id = $1 AND fence = $2::bigint AND state = $3 FOR NO KEY UPDATE)"};

// The house sessions that take another order now. A look only: it is decided under the lock. Each
// has a wallet, and the callers' many do not: the index on it finds the few.
constexpr Statement kCandidates{"place_candidates", R"(
SELECT s.id FROM sessions s
  JOIN session_jars j ON j.session_id = s.id AND j.tenant_id = '' AND j.jar IS NOT NULL
 CROSS JOIN LATERAL (
  SELECT s.max_open_orders - count(*) AS free FROM session_places p WHERE p.session_id = s.id) room
 WHERE s.kind = 'house' AND s.wallet IS NOT NULL AND s.given_up_at IS NULL AND s.retired_at IS NULL
   AND s.next_conversation_at <= clock_timestamp() AND room.free > 0
   AND EXISTS (SELECT 1 FROM lanes l
                WHERE l.house AND NOT l.shut AND l.retired_at IS NULL
                  AND (l.wallet = s.wallet OR s.foreign_payer))
 ORDER BY room.free DESC, s.next_conversation_at, s.id LIMIT 4)"};

// The clock and not now(): who waited for the lock began before the one who had it.
constexpr Statement kHoldSession{"place_hold_session", R"(
SELECT kind = 'house', wallet, foreign_payer, max_open_orders, given_up_at IS NOT NULL,
       retired_at IS NOT NULL, next_conversation_at <= clock_timestamp()
  FROM sessions WHERE id = $1 FOR NO KEY UPDATE)"};

// Those of this session, and whether anybody is on the account: an earlier login of it, retired
// now, may still have orders.
constexpr Statement kOthers{"place_others", R"(
SELECT count(*) FILTER (WHERE p.session_id = $1), count(*) > 0
  FROM same_account a JOIN session_places p ON p.session_id = a.id
 WHERE a.session_id = $1 AND p.order_id <> $2)"};

// From now on the others are not alone either.
constexpr Statement kTakePlace{"place_take", R"(
WITH others AS (
  UPDATE session_places SET sole = false
   WHERE session_id IN (SELECT id FROM same_account WHERE session_id = $2) AND order_id <> $1 AND sole)
INSERT INTO session_places (order_id, session_id, sole) VALUES ($1, $2, $3::boolean))"};

// Of the house wallets that may pay this session's invoices: the one that the order has, else the
// one with the shortest line, a resting one last. One that is shut, or not configured any more,
// pays nothing.
constexpr Statement kChooseWallet{"place_choose_wallet", R"(
SELECT l.wallet, l.wallet_version, l.public_key FROM lanes l
 WHERE l.house AND NOT l.shut AND l.retired_at IS NULL AND (l.wallet = $1 OR $2::boolean)
 ORDER BY l.wallet IS DISTINCT FROM $3, COALESCE(l.cool_until > now(), false),
       (SELECT count(*) FROM orders w WHERE w.wallet_address = l.wallet AND w.state = 'INVOICED'),
       l.wallet <> $1, l.wallet
 LIMIT 1)"};

constexpr Statement kAssign{"place_assign", R"(
UPDATE orders SET session_id = $2, wallet_address = $3, wallet_version = $4, wallet_public_key = $5
 WHERE id = $1)"};

constexpr Statement kBeginConversation{"place_begin_conversation", R"(
UPDATE sessions SET next_conversation_at = clock_timestamp() + pace WHERE id = $1)"};

constexpr Statement kLeave{"place_leave", R"(
WITH place AS (DELETE FROM session_places WHERE order_id = $1)
UPDATE orders SET session_id = NULL, wallet_address = NULL, wallet_version = NULL,
                  wallet_public_key = NULL
 WHERE id = $1)"};

// Only with the cookies that were found dead: whoever brought newer ones meanwhile knows better.
constexpr Statement kGiveUp{"place_give_up", R"(
UPDATE sessions SET given_up_at = COALESCE(given_up_at, now())
 WHERE id = $1 AND kind = 'house'
   AND EXISTS (SELECT 1 FROM session_jars
                WHERE session_id = $1 AND tenant_id = '' AND jar_version = $2::bigint))"};

absl::Status LoggedOut() { return Fail(Reason::kSessionDead, "The house session is logged out."); }
absl::Status NotTheCallers() {
  return Fail(Reason::kSessionDead, "The session is one of the house.");
}

// kStanding, read.
struct Standing {
  bool house = false;    // the order's session is to be one of the house
  bool balance = false;  // the house pays
  bool queued = false;
  bool was_signed = false;
  bool has_place = false;
  bool session_of_house = false;
  bool given_up = false;
  bool retired = false;
  bool has_jar = false;
  SessionLease lease;  // as far as it is known

  bool closed() const { return given_up || retired; }
  bool forgotten() const {
    return house && balance && queued && was_signed && lease.payer.wallet_address.empty();
  }
};

Standing StandingFrom(RowReader& row) {
  Standing standing;
  SessionLease& lease = standing.lease;
  standing.house = row.Boolean();
  standing.balance = row.Boolean();
  standing.queued = row.Boolean();
  standing.was_signed = row.Boolean();
  standing.has_place = row.Boolean();
  lease.sole = row.Boolean();
  const std::string tenant = row.Text();
  lease.jar_tenant = TenantId(standing.house ? "" : tenant);
  lease.session = SessionId(row.Text());
  lease.payer.wallet_address = row.Text();
  const std::string version = row.Text();
  if (!version.empty()) lease.payer.version = ParseWalletVersion(version);
  lease.payer.public_key_hex = row.Text();
  standing.session_of_house = row.Boolean();
  lease.wallet = row.Text();
  lease.foreign_payer = row.Boolean();
  lease.shared = row.Boolean() && standing.house;
  standing.given_up = row.Boolean();
  standing.retired = row.Boolean();
  standing.has_jar = !row.IsNull();
  lease.jar.bytes = row.Bytes();
  lease.jar.key_id = row.Text();
  lease.jar_version = row.Integer();
  return standing;
}

Params Naming(const ClaimedOrder& claimed) {
  Params params;
  params.Text(claimed.order.id.value())
      .Integer(claimed.fence)
      .Text(OrderStateName(claimed.order.state));
  return params;
}

absl::StatusOr<Standing> Look(Transaction& tx, const ClaimedOrder& claimed) {
  const auto rows = tx.Run(kLook, Naming(claimed));
  if (rows.empty()) return TooLate();
  const pqxx::row line = rows.front();
  RowReader row(line);
  return StandingFrom(row);
}

absl::StatusOr<std::optional<SessionLease>> LeaseFrom(const Standing& standing) {
  if (standing.session_of_house && !standing.house) return NotTheCallers();
  if (standing.given_up) return LoggedOut();
  if (!standing.has_jar) return Fail(Reason::kSessionDead, "The session's cookies are gone.");
  return std::optional<SessionLease>(standing.lease);
}

absl::Status Leave(Transaction& tx, const ClaimedOrder& claimed) {
  if (tx.Run(kHoldOrder, Naming(claimed)).empty()) return TooLate();
  tx.Run(kLeave, Params().Text(claimed.order.id.value()));
  return absl::OkStatus();
}

// The session's row, locked.
struct HeldSession {
  bool house = false;
  std::string wallet;
  bool foreign_payer = false;
  int64_t max_open_orders = 0;
  bool given_up = false;
  bool retired = false;
  bool paced = false;  // the next conversation may begin
};

std::optional<HeldSession> HoldSession(Transaction& tx, const std::string& session) {
  const auto rows = tx.Run(kHoldSession, Params().Text(session));
  if (rows.empty()) return std::nullopt;
  const pqxx::row line = rows.front();
  RowReader row(line);
  HeldSession held;
  held.house = row.Boolean();
  held.wallet = row.Text();
  held.foreign_payer = row.Boolean();
  held.max_open_orders = row.Integer();
  held.given_up = row.Boolean();
  held.retired = row.Boolean();
  held.paced = row.Boolean();
  return held;
}

// nullopt: no wallet of the house can pay now.
std::optional<Payer> ChooseWallet(Transaction& tx, const HeldSession& session,
                                  const Payer& current) {
  const auto rows = tx.Run(kChooseWallet, Params()
                                              .Text(session.wallet)
                                              .Boolean(session.foreign_payer)
                                              .OptionalText(current.wallet_address));
  if (rows.empty()) return std::nullopt;
  const pqxx::row line = rows.front();
  RowReader row(line);
  Payer payer;
  payer.wallet_address = row.Text();
  payer.version = ParseWalletVersion(row.Text());
  payer.public_key_hex = row.Text();
  return payer;
}

// False: the session is full. An order that comes back to be delivered, and not to buy, is never
// alone: what happened on the session before is not known.
bool TakePlace(Transaction& tx, const std::string& order, const std::string& session,
               int64_t max_open_orders, bool first_conversation) {
  const auto rows = tx.Run(kOthers, Params().Text(session).Text(order));
  const pqxx::row line = rows.front();
  RowReader row(line);
  if (row.Integer() >= max_open_orders) return false;
  const bool alone = !row.Boolean() && first_conversation;
  tx.Run(kTakePlace, Params().Text(order).Text(session).Boolean(alone));
  return true;
}

// Begins a conversation of the order on this session, with the place that it has or a new one.
// nullopt: not now.
absl::StatusOr<std::optional<SessionLease>> Begin(Transaction& tx, const ClaimedOrder& claimed,
                                                  const std::string& session) {
  const std::string& order = claimed.order.id.value();
  if (tx.Run(kHoldOrder, Naming(claimed)).empty()) return TooLate();
  const std::optional<HeldSession> held = HoldSession(tx, session);
  if (!held) return Fail(Reason::kInternal, "The order's session does not exist.");
  ASSIGN_OR_RETURN(const Standing standing, Look(tx, claimed));
  if (held->house && !standing.house) return NotTheCallers();
  if (standing.forgotten()) return std::optional<SessionLease>();  // since we looked
  const bool may_change = standing.balance && !standing.was_signed;
  if (held->given_up) {
    // Logged out since we looked: another one may do, next time.
    if (!may_change) return LoggedOut();
    if (standing.has_place) tx.Run(kLeave, Params().Text(order));
    return std::optional<SessionLease>();
  }
  if (held->house && !held->paced) return std::optional<SessionLease>();
  Payer payer = standing.lease.payer;
  if (held->house && may_change) {
    const std::optional<Payer> chosen = ChooseWallet(tx, *held, payer);
    if (!chosen) return std::optional<SessionLease>();
    payer = *chosen;
  }
  if (!standing.has_place) {
    const bool room =
        !held->retired && TakePlace(tx, order, session, held->max_open_orders, standing.queued);
    if (!room) return std::optional<SessionLease>();
  }
  if (held->house) {
    const absl::string_view version = WalletVersionName(payer.version);
    tx.Run(kAssign, Params()
                        .Text(order)
                        .Text(session)
                        .OptionalText(payer.wallet_address)
                        .OptionalText(payer.wallet_address.empty() ? "" : version)
                        .OptionalText(payer.public_key_hex));
    tx.Run(kBeginConversation, Params().Text(session));
    NoteDelivered(tx, order);
  }
  ASSIGN_OR_RETURN(const Standing now, Look(tx, claimed));
  return LeaseFrom(now);
}

}  // namespace

absl::StatusOr<std::optional<SessionLease>> AcquirePlace(Pool& pool, const ClaimedOrder& claimed) {
  Standing standing;
  std::vector<std::string> sessions;
  RETURN_IF_ERROR(pool.Autocommit([&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(standing, Look(tx, claimed));
    return absl::OkStatus();
  }));
  // A house session has a pace, and a conversation begins with a count; anything else that has its
  // place goes on.
  if (standing.has_place && !(standing.house && standing.queued)) return LeaseFrom(standing);
  // Signed for by a wallet that the database forgot with the transfer: neither a wallet nor a
  // session is chosen anew, and nobody else's place is taken.
  if (standing.forgotten()) {
    if (standing.has_place) {
      RETURN_IF_ERROR(pool.InTransaction([&](Transaction& tx) { return Leave(tx, claimed); }));
    }
    return std::optional<SessionLease>(SessionLease());
  }
  const bool may_change = standing.house && standing.balance && !standing.was_signed;
  if (standing.has_place && standing.closed() && may_change) {
    RETURN_IF_ERROR(pool.InTransaction([&](Transaction& tx) { return Leave(tx, claimed); }));
    standing.lease.session = SessionId();
  }
  if (!standing.lease.session.empty()) {
    sessions = {standing.lease.session.value()};
  } else {
    RETURN_IF_ERROR(pool.Autocommit([&](Transaction& tx) {
      for (const auto& line : tx.Run(kCandidates)) sessions.push_back(RowReader(line).Text());
      return absl::OkStatus();
    }));
  }
  // A transaction for each: two sessions are never held at once.
  for (const std::string& session : sessions) {
    std::optional<SessionLease> lease;
    RETURN_IF_ERROR(pool.InTransaction([&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(lease, Begin(tx, claimed, session));
      return absl::OkStatus();
    }));
    if (lease) return lease;
  }
  return std::optional<SessionLease>();
}

absl::StatusOr<bool> GiveUpSession(Pool& pool, const ClaimedOrder& claimed,
                                   const SessionLease& lease) {
  bool left = false;
  RETURN_IF_ERROR(pool.InTransaction([&](Transaction& tx) -> absl::Status {
    if (tx.Run(kHoldOrder, Naming(claimed)).empty()) return TooLate();
    tx.Run(kGiveUp, Params().Text(lease.session.value()).Integer(lease.jar_version));
    ASSIGN_OR_RETURN(const Standing standing, Look(tx, claimed));
    left = standing.session_of_house && standing.balance && !standing.was_signed;
    if (left) tx.Run(kLeave, Params().Text(claimed.order.id.value()));
    return absl::OkStatus();
  }));
  return left;
}

}  // namespace starlift::postgres
