#include "adapters/postgres/credit_store.h"

#include <optional>
#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/error.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/ledger/ledger.h"

namespace starlift::postgres {
namespace {

// One statement: the booking and its ledger rows together, or nothing. The trigger of
// ledger_entries keeps `credits`, whose CHECK refuses what would go below zero.
constexpr Statement kBook{"credit_book", R"(
WITH booked AS (
  INSERT INTO credit_bookings (id, tenant_id, request_id, asset, amount, operator, reason)
  SELECT $1, id, $3, 'TON', $4::bigint, $5, $6 FROM tenants WHERE id = $2
  ON CONFLICT DO NOTHING RETURNING id),
noted AS (
  INSERT INTO ledger_transactions (booking_id, kind, number)
  SELECT id, 'credit', 1 FROM booked RETURNING id)
INSERT INTO ledger_entries (transaction_id, account, asset, amount)
SELECT noted.id, e.* FROM noted, unnest($7::text[], $8::text[], $9::bigint[]) AS e)"};

constexpr Statement kFind{"credit_find_booking", R"(
SELECT tenant_id, request_id, amount, operator, reason FROM credit_bookings WHERE id = $1)"};

constexpr Statement kAvailable{"credit_available", R"(
SELECT COALESCE(c.available, 0)
  FROM tenants t LEFT JOIN credits c ON c.account = $2 AND c.asset = 'TON'
 WHERE t.id = $1)"};

Params BookingParams(const CreditBooking& booking) {
  ArrayText accounts, assets, amounts;
  const LedgerTransaction transaction = Credit(booking.tenant, Asset::kTon, booking.amount);
  for (const LedgerEntry& entry : transaction.entries) {
    accounts.Add(entry.account);
    assets.Add(AssetName(entry.asset));
    amounts.Add(absl::StrCat(entry.amount.value()));
  }
  Params params;
  params.Text(BookingIdFor(booking))
      .Text(booking.tenant.value())
      .Text(booking.request_id)
      .Integer(booking.amount.value())
      .Text(booking.operator_name)
      .ForeignText(booking.reason)
      .Text(accounts.text())
      .Text(assets.text())
      .Text(amounts.text());
  return params;
}

absl::StatusOr<std::optional<CreditBooking>> FindBooking(Pool& pool, const std::string& id) {
  std::optional<CreditBooking> found;
  RETURN_IF_ERROR(pool.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kFind, Params().Text(id))) {
      RowReader row(line);
      found.emplace();
      found->tenant = TenantId(row.Text());
      found->request_id = row.Text();
      found->amount = Units(row.Integer());
      found->operator_name = row.Text();
      found->reason = row.Text();
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::Status CheckRepeat(const CreditBooking& asked, const CreditBooking& stored) {
  CreditBooking same = asked;
  // As it was stored: what the database cannot hold was replaced.
  same.reason = *Params().ForeignText(asked.reason).values().front();
  const std::string field = DifferingBookingField(same, stored);
  if (field.empty()) return absl::OkStatus();
  return FailField(Reason::kRequestIdReused, "request_id",
                   "the request id was used with another booking", {{"field", field}});
}

}  // namespace

absl::StatusOr<CreditAnswer> PostgresCreditStore::Book(const CreditBooking& booking) {
  CreditAnswer answer;
  const absl::Status status = SafeToRepeat(pool_.Autocommit([&](Transaction& tx) {
    answer.replayed = tx.Run(kBook, BookingParams(booking)).affected_rows() == 0;
    return absl::OkStatus();
  }));
  if (CreditTooSmall(status)) return CreditTooSmallFor(pool_, booking.tenant, -booking.amount);
  RETURN_IF_ERROR(status);
  ASSIGN_OR_RETURN(answer.available, Available(booking.tenant));
  if (!answer.replayed) return answer;
  ASSIGN_OR_RETURN(const auto stored, FindBooking(pool_, BookingIdFor(booking)));
  if (!stored) return Fail(Reason::kInternal, "A booking was neither made nor found.");
  RETURN_IF_ERROR(CheckRepeat(booking, *stored));
  return answer;
}

absl::StatusOr<Units> PostgresCreditStore::Available(const TenantId& tenant) {
  std::optional<Units> available;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const Params params = Params().ForeignText(tenant.value()).ForeignText(CreditAccount(tenant));
    for (const auto& line : tx.Run(kAvailable, params)) {
      available = Units(RowReader(line).Integer());
    }
    return absl::OkStatus();
  }));
  if (!available) return Fail(Reason::kTenantNotFound, "no such tenant");
  return *available;
}

bool CreditTooSmall(const absl::Status& status) { return Violates(status, "credits_not_negative"); }

absl::Status CreditTooSmallFor(Pool& pool, const TenantId& tenant, Units required) {
  ASSIGN_OR_RETURN(const Units available, PostgresCreditStore(pool).Available(tenant));
  return CreditInsufficient(available, required);
}

}  // namespace starlift::postgres
