#include "adapters/postgres/order_payment.h"

#include <pqxx/pqxx>

#include "adapters/postgres/order_change.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The session row is shared by all orders of one Fragment account, its cookies by those of one
// tenant: the newest win, and the version tells a worker that holds older ones. A house session's
// are never overwritten by a caller. An order of `balance` brings neither session nor key.
constexpr Statement kPay{"order_pay", R"(
WITH moved AS (
  UPDATE orders SET
      state = $4, sequence = $3::bigint, updated_at = $6::timestamptz,
      wallet_address = $14, wallet_version = $15, wallet_public_key = $16, session_id = $17,
      pay_request_id = $18, pay_fingerprint = $19,
      queued_at = $20::timestamptz, execute_by = $21::timestamptz,
      lease_owner = NULL, lease_until = NULL, crashes = 0, tries = 0, next_attempt_at = now()
   WHERE id = $1 AND tenant_id IS NOT DISTINCT FROM $2 AND sequence = $3::bigint - 1
     AND state = 'AWAITING_PAYMENT' AND expires_at > now()
  RETURNING id, tenant_id, session_kind),
account AS (
  INSERT INTO sessions (id, kind) SELECT $17, session_kind FROM moved WHERE $17 IS NOT NULL
  ON CONFLICT (id) DO NOTHING),
jar AS (
  INSERT INTO session_jars (session_id, tenant_id, jar, jar_key_id)
  SELECT $17, tenant_id, $22::bytea, $23 FROM moved WHERE $17 IS NOT NULL
  ON CONFLICT (session_id, tenant_id) DO UPDATE
     SET jar = EXCLUDED.jar, jar_key_id = EXCLUDED.jar_key_id,
         jar_version = session_jars.jar_version + 1
   WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE id = $17 AND kind = 'house')),
secret AS (
  INSERT INTO sealed_secrets (order_id, purpose, key_id, bytes)
  SELECT id, 'wallet_key', $24::text, $25::bytea FROM moved WHERE $24 IS NOT NULL),
{outbox}
SELECT 1 FROM moved)"};

}  // namespace

absl::StatusOr<bool> WritePayment(Transaction& tx, const EventRenderer& renderer,
                                  const OrderChange& queued, const SecuredPayment& payment) {
  ASSIGN_OR_RETURN(Params params, OutboxParams(queued, renderer));
  const Order& order = queued.order;
  const std::string& wallet = order.payer.wallet_address;
  params.OptionalText(wallet)
      .OptionalText(wallet.empty() ? "" : WalletVersionName(order.payer.version))
      .OptionalText(order.payer.public_key_hex)
      .OptionalText(payment.session.value())
      .Text(payment.request_id)
      .Text(payment.fingerprint)
      .Time(order.queued_at)
      .Time(order.execute_by)
      .Bytes(payment.session_jar.bytes)
      .Text(payment.session_jar.key_id)
      .OptionalText(payment.wallet_key.key_id)
      .Bytes(payment.wallet_key.bytes);
  return !tx.Run(kPay, params).empty();
}

}  // namespace starlift::postgres
