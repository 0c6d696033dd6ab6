// The money rules as the database itself keeps them, whatever a program believes.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "contract/store_world.h"
#include "integration/postgres_world.h"

namespace starlift {
namespace {

class PostgresConstraintsTest : public StoreContract {
 protected:
  PostgresConstraintsTest() {
    const ExamplePayer payer = Payer("constraints");
    order_ = CreatePaid("constraints", payer);
    invoice_ = MakeInvoiced(order_, "constraints");
    lane_ = ClaimLane(payer.wallet);
    transfer_ = ExampleTransfer(lane_.wallet(), 4, {invoice_}, "t", Now());
    const absl::Status committed =
        world_->lanes().CommitTransfer(lane_, transfer_, {Paying(order_.id, transfer_)});
    EXPECT_TRUE(committed.ok()) << committed;
  }

  std::string Refusal(const std::string& sql) { return SharedDatabase().Refusal(sql); }

  // A copy of the transfer's row with other values.
  std::string InsertTransfer(const std::string& id, int seqno, const std::string& verdict) {
    return absl::StrCat(
        "INSERT INTO transfers (id, wallet, seqno, valid_until, boc, message_hash, "
        "normalized_hash, "
        "start_lt, verdict, fence) SELECT '",
        id, "', wallet, ", seqno, ", valid_until, boc, message_hash, '", id, "', start_lt, '",
        verdict, "', fence FROM transfers WHERE id = '", transfer_.id.value(), "'");
  }

  void ExpectRefused(const std::string& sql, const std::string& by) {
    EXPECT_NE(Refusal(sql).find(by), std::string::npos) << sql << "\n" << Refusal(sql);
  }

  Order order_;
  Invoice invoice_;
  Lane lane_;
  Transfer transfer_;
};

TEST_P(PostgresConstraintsTest, OneLivePaymentAnOrder) {
  ExpectRefused(absl::StrCat("INSERT INTO payments SELECT transfer_id, 1, kind, order_id, payee, "
                             "amount + 1, body_hash, verdict FROM payments WHERE transfer_id = '",
                             transfer_.id.value(), "'"),
                "payments_one_per_order");
}

TEST_P(PostgresConstraintsTest, NoTwoPaymentsOfATransferLookAlike) {
  ExpectRefused(
      absl::StrCat("INSERT INTO payments SELECT transfer_id, 1, 'commission', NULL, payee, "
                   "amount, body_hash, verdict FROM payments WHERE transfer_id = '",
                   transfer_.id.value(), "'"),
      "payments_transfer_id_payee_amount_body_hash_key");
}

TEST_P(PostgresConstraintsTest, OneUnresolvedTransferALane) {
  ExpectRefused(InsertTransfer(absl::StrCat("live", tenant_.value()), 5, "LIVE"),
                "transfers_one_unresolved");
  ExpectRefused(InsertTransfer(absl::StrCat("unknown", tenant_.value()), 5, "UNKNOWN"),
                "transfers_one_unresolved");
}

TEST_P(PostgresConstraintsTest, ASeqnoIsUsedOnceUnlessDead) {
  ExpectRefused(InsertTransfer(absl::StrCat("paid", tenant_.value()), 4, "PAID"),
                "transfers_seqno");
  EXPECT_EQ(Refusal(InsertTransfer(absl::StrCat("dead", tenant_.value()), 4, "DEAD")), "");
}

TEST_P(PostgresConstraintsTest, ANormalizedHashIsUnique) {
  EXPECT_EQ(Refusal(InsertTransfer(absl::StrCat("once", tenant_.value()), 9, "DEAD")), "");
  ExpectRefused(absl::StrCat("UPDATE transfers SET normalized_hash = '", transfer_.normalized_hash,
                             "' WHERE id = 'once", tenant_.value(), "'"),
                "transfers_normalized_hash_key");
}

TEST_P(PostgresConstraintsTest, OnlyADeathIsProvisional) {
  ExpectRefused(absl::StrCat("UPDATE transfers SET provisional = true WHERE id = '",
                             transfer_.id.value(), "'"),
                "transfers_check");
}

TEST_P(PostgresConstraintsTest, TheLedgerSumsToZero) {
  ExpectRefused(
      absl::StrCat("WITH t AS (INSERT INTO ledger_transactions (order_id, kind, number) "
                   "VALUES ('",
                   order_.id.value(),
                   "', 'fee', 7) RETURNING id) INSERT INTO ledger_entries SELECT id, 'a', "
                   "'TON', 5 FROM t"),
      "does not sum to zero");
  ExpectRefused(absl::StrCat("WITH t AS (INSERT INTO ledger_transactions (order_id, kind, number) "
                             "VALUES ('",
                             order_.id.value(),
                             "', 'fee', 7) RETURNING id) INSERT INTO ledger_entries SELECT id, v.* "
                             "FROM t, (VALUES ('a', 'TON', 5), ('b', 'USDT', -5)) v"),
                "does not sum to zero");
}

TEST_P(PostgresConstraintsTest, TheLedgerIsAppendOnly) {
  for (const char* sql : {"UPDATE ledger_entries SET amount = amount", "DELETE FROM ledger_entries",
                          "TRUNCATE ledger_entries", "UPDATE ledger_transactions SET number = 2",
                          "DELETE FROM ledger_transactions"}) {
    ExpectRefused(sql, "append-only");
  }
}

TEST_P(PostgresConstraintsTest, AHoldIsResolvedOnce) {
  const std::string insert =
      absl::StrCat("INSERT INTO ledger_transactions (order_id, kind, number) VALUES ('",
                   order_.id.value(), "', ");
  EXPECT_EQ(Refusal(insert + "'post', 1)"), "");
  ExpectRefused(insert + "'void', 1)", "ledger_one_resolution");
  ExpectRefused(insert + "'hold', 1)", "ledger_transactions_order_id_kind_number_key");
}

TEST_P(PostgresConstraintsTest, AnInvoiceIsUniqueByRequestAndByPayload) {
  const std::string copy =
      "INSERT INTO invoices (order_id, fragment_request_id, payee, amount, payload_boc, "
      "payload_hash, "
      "sender, valid_until, confirm_method, confirm_params, state_was_not_done) SELECT order_id, ";
  const std::string from = absl::StrCat(
      ", sender, valid_until, confirm_method, confirm_params, state_was_not_done FROM invoices "
      "WHERE fragment_request_id = '",
      invoice_.fragment_request_id, "'");
  ExpectRefused(copy + "fragment_request_id, payee, amount, payload_boc, 'other'" + from,
                "invoices_fragment_request_id_key");
  ExpectRefused(copy + "'other', payee, amount, payload_boc, payload_hash" + from,
                "invoices_payee_payload_hash_key");
}

TEST_P(PostgresConstraintsTest, ASlotIsUsedOnceAndThereAre255) {
  const std::string copy = absl::StrCat(
      "INSERT INTO payments SELECT transfer_id, $, 'commission', NULL, payee, amount + 1, "
      "body_hash, verdict FROM payments WHERE transfer_id = '",
      transfer_.id.value(), "'");
  const auto into = [&](const std::string& slot) {
    return absl::StrReplaceAll(copy, {{"$", slot}});
  };
  ExpectRefused(into("0"), "payments_pkey");
  ExpectRefused(into("255"), "payments_slot_check");
  ExpectRefused(into("-1"), "payments_slot_check");
  EXPECT_EQ(Refusal(into("254")), "");
}

TEST_P(PostgresConstraintsTest, ATransfersNumberIsItsOwn) {
  EXPECT_EQ(Refusal(InsertTransfer(absl::StrCat("number", tenant_.value()), 9, "DEAD")), "");
  ExpectRefused(
      absl::StrCat("UPDATE transfers SET number = (SELECT number FROM transfers WHERE id = '",
                   transfer_.id.value(), "') WHERE id = 'number", tenant_.value(), "'"),
      "transfers_by_number");
}

TEST_P(PostgresConstraintsTest, AnOrderHasOnePlaceAndOneOfThemIsSole) {
  const std::string order = order_.id.value();
  ExpectRefused(absl::StrCat("INSERT INTO session_places (order_id, session_id, sole) VALUES ('",
                             order, "', '", order_.session.value(), "', false)"),
                "session_places_pkey");
  const Order other = CreatePaid("other", {Payer("constraints").wallet, order_.session.value()});
  ExpectRefused(absl::StrCat("INSERT INTO session_places (order_id, session_id, sole) VALUES ('",
                             other.id.value(), "', '", order_.session.value(), "', true)"),
                "session_places_sole");
}

TEST_P(PostgresConstraintsTest, AnOwnSessionHasOnePlaceAndAHouseSessionAName) {
  const std::string where = absl::StrCat(" WHERE id = '", order_.session.value(), "'");
  ExpectRefused("UPDATE sessions SET max_open_orders = 2" + where, "sessions_own_has_one_place");
  ExpectRefused("UPDATE sessions SET foreign_payer = true" + where, "sessions_check");
  ExpectRefused("UPDATE sessions SET kind = 'house'" + where, "sessions_house_is_named");
}

TEST_P(PostgresConstraintsTest, MoneyMovesWithAKnownPayer) {
  const std::string where = absl::StrCat(" WHERE id = '", order_.id.value(), "'");
  ExpectRefused("UPDATE orders SET wallet_address = NULL" + where, "orders_payer_known");
  ExpectRefused("UPDATE orders SET session_id = NULL, funding = 'balance'" + where,
                "orders_payer_known");
  ExpectRefused("UPDATE orders SET session_id = NULL, state = 'QUEUED'" + where,
                "orders_payer_known");
  ExpectRefused(
      "UPDATE orders SET pay_request_id = NULL, state = 'QUEUED', funding = 'balance'" + where,
      "orders_payer_known");
  EXPECT_EQ(Refusal("UPDATE orders SET session_id = NULL, wallet_address = NULL, state = 'QUEUED', "
                    "funding = 'balance'" +
                    where),
            "");
}

TEST_P(PostgresConstraintsTest, CreditIsNeverBelowZero) {
  const std::string account = absl::StrCat("credit:", tenant_.value());
  const auto book = [&](const std::string& id, int64_t amount) {
    return absl::StrCat(
        "WITH b AS (INSERT INTO credit_bookings (id, tenant_id, request_id, asset, amount, "
        "operator, "
        "reason) VALUES ('",
        id, tenant_.value(), "', '", tenant_.value(), "', '", id, "', 'TON', ", amount,
        ", 'o', 'r') RETURNING id), t AS (INSERT INTO ledger_transactions (booking_id, kind, "
        "number) "
        "SELECT id, 'credit', 1 FROM b RETURNING id) INSERT INTO ledger_entries SELECT id, v.* "
        "FROM t, "
        "(VALUES ('operator', 'TON', ",
        -amount, "), ('", account, "', 'TON', ", amount, ")) v");
  };
  ExpectRefused(book("a", -5), "credits_not_negative");
  EXPECT_EQ(Refusal(book("b", 7)), "");
  EXPECT_EQ(Refusal(book("c", -5)), "");
  ExpectRefused(book("d", -3), "credits_not_negative");
  EXPECT_EQ(SharedDatabase().Ask("SELECT available FROM credits WHERE account = '" + account + "'"),
            "2");
}

TEST_P(PostgresConstraintsTest, WhatAnOperatorDecidedStaysWritten) {
  const std::string insert = absl::StrCat(
      "INSERT INTO operator_decisions (operator, action, order_id, sequence, wallet, "
      "reason) VALUES ('o', 'fail', '",
      order_.id.value(), "', ");
  EXPECT_EQ(Refusal(insert + "4, NULL, 'r')"), "");
  ExpectRefused(insert + "4, '0:w', 'r')", "operator_decisions_check");
  ExpectRefused(insert + "NULL, NULL, 'r')", "operator_decisions_check");
  ExpectRefused(insert + "4, NULL, '')", "operator_decisions_reason_check");
  ExpectRefused("DELETE FROM operator_decisions", "append-only");
  ExpectRefused("UPDATE operator_decisions SET reason = 'x'", "append-only");
}

TEST(PostgresWitnessTest, TheWitnessLogIsAppendOnly) {
  TestDatabase database("migrations/witness");
  EXPECT_EQ(database.Refusal("INSERT INTO witnessed_transfers VALUES ('h', 1, 'w', 1, now(), '{}', "
                             "'{}', '{}', 1, 'v5r1', 'key')"),
            "");
  for (const char* sql : {"UPDATE witnessed_transfers SET number = 2",
                          "DELETE FROM witnessed_transfers", "TRUNCATE witnessed_transfers"}) {
    EXPECT_NE(database.Refusal(sql).find("append-only"), std::string::npos) << sql;
  }
}

TEST_P(PostgresConstraintsTest, AStateIsOneOfTheTable) {
  ExpectRefused(
      absl::StrCat("UPDATE orders SET state = 'BOUGHT' WHERE id = '", order_.id.value(), "'"),
      "orders_state_check");
  std::string definition = SharedDatabase().Ask(
      "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'orders_state_check'");
  for (OrderState state : OrderStates()) {
    const std::string quoted = absl::StrCat("'", OrderStateName(state), "'");
    const size_t at = definition.find(quoted);
    ASSERT_NE(at, std::string::npos) << quoted;
    definition.erase(at, quoted.size());
  }
  EXPECT_EQ(definition.find("'"), std::string::npos) << definition;
}

const MakeWorld kPostgresWorld = [] { return std::make_unique<PostgresWorld>(SharedDatabase()); };
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresConstraintsTest, testing::Values(kPostgresWorld),
                         WorldName);

}  // namespace
}  // namespace starlift
