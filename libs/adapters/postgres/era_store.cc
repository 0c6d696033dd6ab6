#include "adapters/postgres/era_store.h"

#include <map>
#include <pqxx/pqxx>
#include <set>
#include <string>

#include "absl/strings/str_split.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/witness_line.h"
#include "base/status_macros.h"

namespace starlift::postgres {
namespace {

// The newest transfer by the rows: a sequence may be ahead of them after a crash, and is not rolled
// back by every kind of restore.
constexpr Statement kCurrent{"era_current", R"(
SELECT COALESCE(era.number, 0),
       GREATEST(COALESCE(era.newest_transfer, 0),
                COALESCE((SELECT max(number) FROM transfers), 0)),
       era.safe_after
  FROM (SELECT 1) one LEFT JOIN (SELECT * FROM eras ORDER BY number DESC LIMIT 1) era ON true)"};

// Workers that find the rollback together begin its era one after the other: the second finds it
// begun.
constexpr Statement kLock{"era_lock", "SELECT pg_advisory_xact_lock(7381920035)"};

// `safe_after` never goes back.
constexpr Statement kInsert{"era_insert", R"(
INSERT INTO eras (number, newest_transfer, safe_after)
VALUES ($1::bigint, $2::bigint,
        GREATEST($3::timestamptz, (SELECT max(safe_after) FROM eras))))"};

// The gap is for transfers that are numbered at this very moment by lanes which do not know yet: a
// number that came twice would be refused by its unique index, and the lane would try again.
constexpr Statement kSkipNumbers{"era_skip_numbers", R"(
SELECT setval('transfers_number_seq', $1::bigint + 1000)
 WHERE (SELECT last_value FROM transfers_number_seq) <= $1::bigint)"};

// By id, like everybody who changes many orders. A writer who read an order before finds another
// sequence and changes nothing; he reads it anew.
constexpr Statement kRaiseSequences{"era_raise_sequences", R"(
WITH open AS (
  SELECT id FROM orders
   WHERE state NOT IN ('DELIVERED', 'FAILED', 'EXPIRED', 'CANCELLED', 'REVERSED')
     AND sequence < $1::bigint * 1000000
   ORDER BY id FOR NO KEY UPDATE)
UPDATE orders SET sequence = $1::bigint * 1000000 FROM open WHERE orders.id = open.id)"};

constexpr Statement kFindLost{"era_find_lost", R"(
SELECT normalized_hash, number, wallet, seqno, valid_until, array_to_string(orders, ','),
       array_to_string(payload_hashes, ','), array_to_string(payees, ','), start_lt, wallet_version,
       wallet_public_key, verdict, transaction_hash, array_to_string(paid_orders, ','), NULL
  FROM lost_transfers WHERE normalized_hash = ANY ($1::text[]))"};

constexpr Statement kOpenLost{"era_open_lost", R"(
SELECT normalized_hash, number, wallet, seqno, valid_until, array_to_string(orders, ','),
       array_to_string(payload_hashes, ','), array_to_string(payees, ','), start_lt, wallet_version,
       wallet_public_key, verdict, transaction_hash, array_to_string(paid_orders, ','),
       (extract(epoch FROM now() - judged_at) * 1000000)::bigint
  FROM lost_transfers
 WHERE verdict IN ('LIVE', 'UNKNOWN') AND ($2::text IS NULL OR wallet = $2)
 ORDER BY judged_at NULLS FIRST, number, normalized_hash LIMIT $1::integer)"};

// Whoever wrote a line had committed its transfer before: a row that is missing is lost.
constexpr Statement kMissing{"era_missing", R"(
SELECT h FROM unnest($1::text[]) AS h
 WHERE NOT EXISTS (SELECT 1 FROM transfers WHERE normalized_hash = h)
   AND NOT EXISTS (SELECT 1 FROM lost_transfers WHERE normalized_hash = h))"};

constexpr Statement kRecordMissing{"era_record_missing", R"(
INSERT INTO lost_transfers (normalized_hash, number, wallet, seqno, valid_until, orders,
                            payload_hashes, payees, start_lt, wallet_version, wallet_public_key,
                            verdict)
VALUES ($1, $2::bigint, $3, $4::bigint, $5::timestamptz, $6::text[], $7::text[], $8::text[],
        $9::bigint, $10, $11, 'UNKNOWN')
ON CONFLICT (normalized_hash) DO NOTHING)"};

// The lanes first, as the lanes themselves do, which write here under their own row's lock: that of
// the wallet, and those of the orders, which may have another wallet by now.
constexpr Statement kLockLanes{"era_lock_lanes", R"(
SELECT 1 FROM lanes
 WHERE wallet = $1 OR wallet IN (SELECT wallet_address FROM orders WHERE id = ANY ($2::text[]))
 ORDER BY wallet FOR NO KEY UPDATE)"};

constexpr Statement kRecordLost{"era_record_lost", R"(
INSERT INTO lost_transfers (normalized_hash, number, wallet, seqno, valid_until, orders,
                            payload_hashes, payees, start_lt, wallet_version, wallet_public_key,
                            verdict, transaction_hash, paid_orders, judged_at)
VALUES ($1, $2::bigint, $3, $4::bigint, $5::timestamptz, $6::text[], $7::text[], $8::text[],
        $9::bigint, $10, $11, $12, $13, $14::text[], now())
ON CONFLICT (normalized_hash) DO UPDATE
   SET verdict = EXCLUDED.verdict, transaction_hash = EXCLUDED.transaction_hash,
       paid_orders = EXCLUDED.paid_orders, judged_at = now()
 WHERE lost_transfers.verdict IN ('LIVE', 'UNKNOWN'))"};

constexpr Statement kCallLanes{"era_call_lanes", R"(
UPDATE lanes SET called = true, next_attempt_at = LEAST(next_attempt_at, now())
 WHERE wallet = $1 OR wallet IN (SELECT wallet_address FROM orders WHERE id = ANY ($2::text[])))"};

Era ReadCurrent(Transaction& tx) {
  const auto rows = tx.Run(kCurrent);
  const pqxx::row line = rows.front();
  RowReader row(line);
  Era era;
  era.number = row.Integer();
  era.newest_transfer = row.Integer();
  if (!row.IsNull()) era.safe_after = row.Time();
  return era;
}

LostTransfer LostFromRow(RowReader& row) {
  LostTransfer lost;
  lost.line = WitnessLineFromRow(row);
  lost.verdict = ParseVerdict(row.Text());
  lost.transaction_hash = row.Text();
  for (const absl::string_view order : absl::StrSplit(row.Text(), ',', absl::SkipEmpty())) {
    lost.paid_orders.emplace_back(std::string(order));
  }
  if (!row.IsNull()) lost.unjudged_for = absl::Microseconds(row.Integer());
  return lost;
}

}  // namespace

absl::StatusOr<Era> PostgresEraStore::Current() {
  Era era;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    era = ReadCurrent(tx);
    return absl::OkStatus();
  }));
  return era;
}

absl::Status PostgresEraStore::Begin(int64_t newest_number, absl::Time safe_after) {
  return SafeToRepeat(pool_.InTransaction([&](Transaction& tx) {
    tx.Run(kLock);
    const Era before = ReadCurrent(tx);
    if (before.newest_transfer >= newest_number) return absl::OkStatus();
    const int64_t number = before.number + 1;
    tx.Run(kSkipNumbers, Params().Integer(newest_number));
    tx.Run(kInsert, Params().Integer(number).Integer(newest_number).Time(safe_after));
    tx.Run(kRaiseSequences, Params().Integer(number));
    return absl::OkStatus();
  }));
}

absl::StatusOr<std::map<std::string, LostTransfer>> PostgresEraStore::FindLost(
    absl::Span<const std::string> normalized_hashes) {
  ArrayText hashes;
  for (const std::string& hash : normalized_hashes) hashes.Add(hash);
  std::map<std::string, LostTransfer> found;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kFindLost, Params().Text(hashes.text()))) {
      RowReader row(line);
      LostTransfer lost = LostFromRow(row);
      found.emplace(lost.line.normalized_hash, std::move(lost));
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<LostTransfer>> PostgresEraStore::OpenLost(int limit,
                                                                     absl::string_view wallet) {
  std::vector<LostTransfer> open;
  RETURN_IF_ERROR(pool_.Autocommit([&](Transaction& tx) {
    for (const auto& line : tx.Run(kOpenLost, Params().Integer(limit).OptionalText(wallet))) {
      RowReader row(line);
      open.push_back(LostFromRow(row));
    }
    return absl::OkStatus();
  }));
  return open;
}

absl::Status PostgresEraStore::RecordMissing(absl::Span<const WitnessLine> lines) {
  ArrayText hashes;
  for (const WitnessLine& line : lines) hashes.Add(line.normalized_hash);
  return SafeToRepeat(pool_.InTransaction([&](Transaction& tx) {
    std::set<std::string> missing;
    for (const auto& hash : tx.Run(kMissing, Params().Text(hashes.text()))) {
      missing.insert(RowReader(hash).Text());
    }
    // By hash, like everybody who records several.
    std::map<std::string, const WitnessLine*> sorted;
    for (const WitnessLine& line : lines) sorted[line.normalized_hash] = &line;
    for (const std::string& hash : missing) {
      tx.Run(kRecordMissing, WitnessLineParams(*sorted.at(hash)));
    }
    return absl::OkStatus();
  }));
}

absl::Status PostgresEraStore::RecordLost(const LostTransfer& lost) {
  Params params = WitnessLineParams(lost.line);
  ArrayText paid, orders;
  for (const OrderId& order : lost.paid_orders) paid.Add(order.value());
  for (const OrderId& order : lost.line.orders) orders.Add(order.value());
  params.Text(VerdictName(lost.verdict)).Text(lost.transaction_hash).Text(paid.text());
  const bool final = lost.verdict == Verdict::kPaid || lost.verdict == Verdict::kDead;
  const Params lanes = Params().Text(lost.line.wallet).Text(orders.text());
  return SafeToRepeat(pool_.InTransaction([&](Transaction& tx) {
    if (final) tx.Run(kLockLanes, lanes);
    tx.Run(kRecordLost, params);
    if (final) tx.Run(kCallLanes, lanes);
    return absl::OkStatus();
  }));
}

}  // namespace starlift::postgres
