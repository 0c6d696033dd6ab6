#include "adapters/postgres/house_registry.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// Two workers that start together write one after the other. Readers and whoever locks a row only
// wait for nobody; what they meanwhile find is the state before or after.
constexpr Statement kOneAtATime{
    "house_one_at_a_time", "SELECT pg_advisory_xact_lock(hashtext('starlift house registry'))"};

// A lane that a caller's order has used stays a caller's: what else was sent from that wallet has
// no row here, and a house lane is shut for that. A lane that was never used is taken over.
constexpr Statement kKeepWallet{"house_keep_wallet", R"(
INSERT INTO lanes (wallet, wallet_version, public_key, house) VALUES ($1, $2, $3, true)
ON CONFLICT (wallet) DO UPDATE
   SET house = true, retired_at = NULL, wallet_version = EXCLUDED.wallet_version,
       public_key = EXCLUDED.public_key
 WHERE CASE WHEN lanes.house
       THEN lanes.public_key = EXCLUDED.public_key AND lanes.wallet_version = EXCLUDED.wallet_version
       ELSE lanes.next_seqno IS NULL AND lanes.last_lt = 0
            AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.wallet = lanes.wallet)
            AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.wallet_address = lanes.wallet) END
RETURNING 1)"};

constexpr Statement kRetireWallets{"house_retire_wallets", R"(
UPDATE lanes SET retired_at = now()
 WHERE house AND retired_at IS NULL AND wallet <> ALL ($1::text[]))"};

// Before the names are given out anew: an account that was logged in anew is another session under
// the old name, and two may have changed theirs.
constexpr Statement kFreeNames{"house_free_names", R"(
UPDATE sessions SET name = name || '~' || id
 WHERE kind = 'house' AND name = ANY ($2::text[])
   AND NOT EXISTS (SELECT 1 FROM unnest($1::text[], $2::text[]) AS c (id, name)
                    WHERE c.id = sessions.id AND c.name = sessions.name))"};

constexpr Statement kRetireSessions{"house_retire_sessions", R"(
UPDATE sessions SET retired_at = now()
 WHERE kind = 'house' AND retired_at IS NULL AND id <> ALL ($1::text[]))"};

// An account that callers have used before is taken over when none of their orders is open; its
// cookies are deleted by then.
constexpr Statement kKeepSession{"house_keep_session", R"(
INSERT INTO sessions (id, kind, name, wallet, foreign_payer, max_open_orders, pace)
VALUES ($1, 'house', $2, $3, $4::boolean, $5::integer, $6::bigint * interval '1 microsecond')
ON CONFLICT (id) DO UPDATE
   SET kind = 'house', name = EXCLUDED.name, wallet = EXCLUDED.wallet,
       foreign_payer = EXCLUDED.foreign_payer, max_open_orders = EXCLUDED.max_open_orders,
       pace = EXCLUDED.pace, retired_at = NULL,
       next_conversation_at = LEAST(sessions.next_conversation_at, now() + EXCLUDED.pace)
 WHERE sessions.kind = 'house' OR NOT EXISTS (
       SELECT 1 FROM orders o WHERE o.session_id = sessions.id AND o.state NOT IN
         ('DELIVERED', 'FAILED', 'EXPIRED', 'CANCELLED', 'REVERSED'))
RETURNING 1)"};

// The jar's version goes up with the new cookies, so that nobody who still holds old ones saves
// them over these.
constexpr Statement kKeepCookies{"house_keep_cookies", R"(
WITH fresh AS (
  UPDATE sessions SET cookies_digest = $2, given_up_at = NULL
   WHERE id = $1 AND cookies_digest IS DISTINCT FROM $2 RETURNING id)
INSERT INTO session_jars (session_id, tenant_id, jar, jar_key_id)
SELECT id, '', $3::bytea, $4 FROM fresh
ON CONFLICT (session_id, tenant_id) DO UPDATE
   SET jar = EXCLUDED.jar, jar_key_id = EXCLUDED.jar_key_id,
       jar_version = session_jars.jar_version + 1)"};

absl::Status Refuse(absl::string_view what, absl::string_view name, absl::string_view why) {
  return Fail(Reason::kCombinationNotAllowed, absl::StrCat("The ", what, " ", name, " ", why));
}

absl::Status KeepWallets(Transaction& tx, absl::Span<const Payer> wallets) {
  ArrayText addresses;
  for (const Payer& wallet : wallets) {
    addresses.Add(wallet.wallet_address);
    const auto kept = tx.Run(kKeepWallet, Params()
                                              .Text(wallet.wallet_address)
                                              .Text(WalletVersionName(wallet.version))
                                              .Text(wallet.public_key_hex));
    if (!kept.empty()) continue;
    return Refuse("wallet", wallet.wallet_address,
                  "has paid for a caller, or is known with another key: it cannot be the house's.");
  }
  tx.Run(kRetireWallets, Params().Text(addresses.text()));
  return absl::OkStatus();
}

absl::Status KeepSessions(Transaction& tx, absl::Span<const HouseSession> sessions) {
  ArrayText ids, names;
  for (const HouseSession& session : sessions) {
    ids.Add(session.id.value());
    names.Add(session.name);
  }
  tx.Run(kFreeNames, Params().Text(ids.text()).Text(names.text()));
  tx.Run(kRetireSessions, Params().Text(ids.text()));
  for (const HouseSession& session : sessions) {
    const auto kept = tx.Run(kKeepSession, Params()
                                               .Text(session.id.value())
                                               .Text(session.name)
                                               .Text(session.wallet)
                                               .Boolean(session.foreign_payer)
                                               .Integer(session.max_open_orders)
                                               .Micros(session.pace));
    if (kept.empty()) {
      return Refuse("session", session.name, "is a caller's account with open orders.");
    }
    tx.Run(kKeepCookies, Params()
                             .Text(session.id.value())
                             .Text(session.cookies_digest)
                             .Bytes(session.jar.bytes)
                             .Text(session.jar.key_id));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PostgresHouseRegistry::Register(absl::Span<const Payer> wallets,
                                             absl::Span<const HouseSession> sessions) {
  return pool_.InTransaction([&](Transaction& tx) -> absl::Status {
    tx.Run(kOneAtATime);
    RETURN_IF_ERROR(KeepWallets(tx, wallets));
    return KeepSessions(tx, sessions);
  });
}

}  // namespace starlift::postgres
