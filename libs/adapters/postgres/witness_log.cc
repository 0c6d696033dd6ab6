#include "adapters/postgres/witness_log.h"

#include <pqxx/pqxx>

#include "adapters/postgres/error.h"
#include "adapters/postgres/witness_line.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

constexpr Statement kWrite{"witness_write", R"(
INSERT INTO witnessed_transfers (normalized_hash, number, wallet, seqno, valid_until, orders,
                                 payload_hashes, payees, start_lt, wallet_version,
                                 wallet_public_key)
VALUES ($1, $2::bigint, $3, $4::bigint, $5::timestamptz, $6::text[], $7::text[], $8::text[],
        $9::bigint, $10, $11)
ON CONFLICT (normalized_hash) DO NOTHING)"};

// One statement, so that the newest number and the lines are of the same moment.
constexpr Statement kAsk{"witness_ask", R"(
WITH line AS (
  SELECT * FROM witnessed_transfers WHERE wallet = $1 AND number > $2::bigint
  UNION
  SELECT * FROM witnessed_transfers WHERE orders && $3::text[])
SELECT newest.*, line.normalized_hash, line.number, line.wallet, line.seqno, line.valid_until,
       array_to_string(line.orders, ','), array_to_string(line.payload_hashes, ','),
       array_to_string(line.payees, ','), line.start_lt, line.wallet_version, line.wallet_public_key
  FROM (SELECT (SELECT max(number) FROM witnessed_transfers),
               (SELECT max(valid_until) FROM witnessed_transfers)) newest
  LEFT JOIN line ON true ORDER BY line.number)"};

constexpr Statement kLinesAfter{"witness_lines_after", R"(
SELECT normalized_hash, number, wallet, seqno, valid_until, array_to_string(orders, ','),
       array_to_string(payload_hashes, ','), array_to_string(payees, ','), start_lt, wallet_version,
       wallet_public_key
  FROM witnessed_transfers WHERE number > $1::bigint
 ORDER BY number FETCH FIRST ($2::bigint) ROWS WITH TIES)"};

}  // namespace

absl::Status PostgresWitnessLog::Write(const WitnessLine& line) {
  return SafeToRepeat(pool_.Autocommit([&](Transaction& tx) {
    tx.Run(kWrite, WitnessLineParams(line));
    return absl::OkStatus();
  }));
}

absl::StatusOr<WitnessAnswer> PostgresWitnessLog::Ask(absl::string_view wallet,
                                                      int64_t after_number,
                                                      absl::Span<const OrderId> orders) {
  ArrayText ids;
  for (const OrderId& order : orders) ids.Add(order.value());
  WitnessAnswer answer;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    const Params params = Params().Text(wallet).Integer(after_number).Text(ids.text());
    for (const auto& found : tx.Run(kAsk, params)) {
      RowReader row(found);
      answer.newest_number = row.Integer();
      const absl::Time newest = row.Time();
      if (newest != absl::InfiniteFuture()) answer.newest_valid_until = newest;
      if (!row.IsNull()) answer.lines.push_back(WitnessLineFromRow(row));
    }
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<std::vector<WitnessLine>> PostgresWitnessLog::LinesAfter(int64_t number, int limit) {
  std::vector<WitnessLine> lines;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& found : tx.Run(kLinesAfter, Params().Integer(number).Integer(limit))) {
      RowReader row(found);
      lines.push_back(WitnessLineFromRow(row));
    }
    return absl::OkStatus();
  }));
  return lines;
}

}  // namespace starlift::postgres
