#include "adapters/postgres/lane_census.h"

#include <pqxx/pqxx>

#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The lanes are read one by one: an installation has as many as it has seen wallets. The transfers
// come from the index of the unresolved ones.
constexpr Statement kCensus{"lane_census", R"(
SELECT count(*) FILTER (WHERE NOT shut AND NOT COALESCE(cool_until > now(), false)),
       count(*) FILTER (WHERE shut),
       count(*) FILTER (WHERE NOT shut AND cool_until > now()),
       (SELECT count(*) FROM transfers WHERE verdict = 'UNKNOWN')
  FROM lanes)"};

}  // namespace

absl::StatusOr<LaneCensus> PostgresLaneCensus::Count() {
  LaneCensus census;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const pqxx::row counts = tx.Run(kCensus).front();
    RowReader row(counts);
    census.open = row.Integer();
    census.shut = row.Integer();
    census.cooling = row.Integer();
    census.unknown_transfers = row.Integer();
    return absl::OkStatus();
  }));
  return census;
}

}  // namespace starlift::postgres
