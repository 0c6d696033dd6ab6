#include "adapters/postgres/order_change.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/order_row.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/order/order_machine.h"

namespace starlift::postgres {
namespace {

// A review is looked at again when the order was paid: late evidence may close it; and when it has
// no wallet whose lane could end it. What waits for a lane (INVOICED, PAYING) is the lane's to look
// at.
constexpr Statement kChange{"order_change", R"(
WITH moved AS (
  UPDATE orders SET
      state = $4, sequence = $3::bigint, updated_at = $6::timestamptz,
      reason = $14, reason_message = $15, reason_metadata = $16, evidence = $17,
      normalized_hash = $18, transaction_hash = $19, transaction_lt = $20::bigint,
      paid_amount = $21::bigint, invoice_attempts = $22::integer, payment_attempts = $23::integer,
      queued_at = $24::timestamptz, paid_at = $25::timestamptz, ended_at = $26::timestamptz,
      execute_by = $27::timestamptz,
      lease_owner = NULL, lease_until = NULL, crashes = 0, tries = 0,
      next_attempt_at = CASE WHEN $4 IN ('QUEUED', 'PAID') THEN now()
                             WHEN $4 = 'NEEDS_REVIEW'
                              AND ($25 IS NOT NULL OR COALESCE(wallet_address, '') = '') THEN now() END
   WHERE id = $1 AND tenant_id IS NOT DISTINCT FROM $2 AND sequence = $3::bigint - 1
     AND state = ANY ($28::text[])
     AND ($29::bigint IS NULL OR fence = $29::bigint)
     AND ($30::text IS NULL OR wallet_address = $30)
     AND ($31::boolean IS NULL OR (expires_at > now()) = $31::boolean)
  RETURNING id, tenant_id),
{outbox}
SELECT 1 FROM moved)"};

constexpr Statement kDeleteSecrets{"order_delete_secrets",
                                   "DELETE FROM sealed_secrets WHERE order_id = $1"};

// First the locks, in a statement of its own: whoever of the same tenant pays another order with
// the same session is then either done, and the next statement sees that order, or waits for us and
// brings its cookies anew. The session comes before the jar, and its lock lets those pass who
// merely refer to it: a payer, who has a jar first, never waits for us while we wait for him. The
// house's cookies outlive every order: an end there takes no lock that a conversation could wait
// for.
constexpr Statement kLockSession{"order_lock_session", R"(
SELECT 1 FROM sessions s JOIN session_jars j ON j.session_id = s.id
 WHERE s.id = (SELECT session_id FROM orders WHERE id = $1) AND s.kind = 'own' AND j.tenant_id = $2
   FOR NO KEY UPDATE OF s, j)"};

constexpr Statement kFreePlace{"order_free_place", R"(
WITH freed AS (
  DELETE FROM session_places WHERE order_id = $1),
mine AS (
  SELECT s.id, NOT EXISTS (
           SELECT 1 FROM orders WHERE session_id = s.id AND tenant_id = $2 AND id <> $1 AND state NOT IN
             ('DELIVERED', 'FAILED', 'EXPIRED', 'CANCELLED', 'REVERSED')) AS wiped
    FROM sessions s JOIN orders o ON o.session_id = s.id WHERE o.id = $1 AND s.kind = 'own')
UPDATE session_jars SET
    jar = CASE WHEN mine.wiped THEN NULL ELSE jar END,
    jar_key_id = CASE WHEN mine.wiped THEN NULL ELSE jar_key_id END,
    jar_version = jar_version + 1
  FROM mine WHERE session_id = mine.id AND tenant_id = $2)"};

// A state that an order cannot reach without having been paid for: it may have left things behind.
bool LeavesThings(OrderState state) {
  return IsTerminal(state) && state != OrderState::kExpired && state != OrderState::kCancelled;
}

Params ChangeParams(Params params, const OrderChange& change, const ChangeGuard& guard) {
  const Order& order = change.order;
  ArrayText from;
  for (OrderState state : guard.from) from.Add(OrderStateName(state));
  params.Text(ReasonName(order.reason))
      .ForeignText(order.reason_message)
      .Text(MetadataText(order.reason_metadata))
      .Text(DeliveryEvidenceName(order.evidence))
      .Text(order.payment.normalized_hash)
      .Text(order.payment.transaction_hash)
      .Integer(order.payment.transaction_lt)
      .Integer(order.payment.amount.value())
      .Integer(order.invoice_attempts)
      .Integer(order.payment_attempts)
      .Time(order.queued_at)
      .Time(order.paid_at)
      .Time(order.ended_at)
      .Time(order.execute_by)
      .Text(from.text())
      .OptionalInteger(guard.fence)
      .OptionalText(guard.wallet);
  return guard.still_payable ? params.Boolean(*guard.still_payable) : params.Null();
}

void CleanUp(Transaction& tx, const Order& order) {
  const std::string& id = order.id.value();
  const std::string& tenant = order.tenant.value();
  tx.Run(kDeleteSecrets, Params().Text(id));
  tx.Run(kLockSession, Params().Text(id).Text(tenant));
  tx.Run(kFreePlace, Params().Text(id).Text(tenant));
}

}  // namespace

std::string DeliveryIdFor(const OrderId& order, int64_t sequence) {
  return DerivedId("evt_", {order.value(), absl::StrCat(sequence)});
}

absl::StatusOr<Params> OutboxParams(const OrderChange& change, const EventRenderer& renderer) {
  ArrayText kinds, numbers, accounts, assets, amounts;
  for (const LedgerTransaction& transaction : change.ledger) {
    if (!Balanced(transaction) || transaction.order != change.order.id) {
      return Fail(Reason::kInternal, "A ledger transaction does not sum to zero.");
    }
    for (const LedgerEntry& entry : transaction.entries) {
      kinds.Add(LedgerKindName(transaction.kind));
      numbers.Add(absl::StrCat(transaction.number));
      accounts.Add(entry.account);
      assets.Add(AssetName(entry.asset));
      amounts.Add(absl::StrCat(entry.amount.value()));
    }
  }
  const Order& order = change.order;
  Params params;
  params.Text(order.id.value())
      .Text(order.tenant.value())
      .Integer(order.sequence)
      .Text(OrderStateName(order.state))
      .Text(renderer.Render(order))
      .Time(order.updated_at)
      .Text(order.callback_url)
      .Text(DeliveryIdFor(order.id, order.sequence))
      .Text(kinds.text())
      .Text(numbers.text())
      .Text(accounts.text())
      .Text(assets.text())
      .Text(amounts.text());
  return params;
}

absl::Status WriteChange(Transaction& tx, const EventRenderer& renderer, const OrderChange& change,
                         const ChangeGuard& guard) {
  ASSIGN_OR_RETURN(Params params, OutboxParams(change, renderer));
  if (tx.Run(kChange, ChangeParams(std::move(params), change, guard)).empty()) return TooLate();
  if (LeavesThings(change.order.state)) CleanUp(tx, change.order);
  return absl::OkStatus();
}

}  // namespace starlift::postgres
