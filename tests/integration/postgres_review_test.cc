// Reviews and lanes as operators see and end them, on PostgreSQL.
#include "adapters/postgres/review_store.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "domain/payment/release_guard.h"
#include "domain/payment/review.h"
#include "fakes/fake_witness_log.h"
#include "fakes/recording_signal.h"
#include "integration/postgres_world.h"

namespace starlift {
namespace {

class PostgresReviewTest : public testing::Test {
 protected:
  void Do(const std::string& sql) { EXPECT_EQ(SharedDatabase().Refusal(sql), "") << sql; }
  std::string Ask(const std::string& sql) { return SharedDatabase().Ask(sql); }
  absl::Time Now() { return absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now())); }

  // An order that was paid for and waits in review, as its row says.
  Order InReview(const std::string& name, Reason reason = Reason::kPaymentVerdictUnknown) {
    const ExamplePayer payer{Wallet(name), DerivedId("ses_", {tenant_.value(), name})};
    const NewOrder fresh = Paid(tenant_, name, payer, Now());
    const CreateResult made = world_.orders().Create({&fresh, 1}).front();
    EXPECT_TRUE(made.status.ok()) << made.status;
    Do("UPDATE orders SET state = 'NEEDS_REVIEW', sequence = 5, next_attempt_at = NULL, reason = "
       "'" +
       std::string(ReasonName(reason)) + "' WHERE id = '" + made.order.id.value() + "'");
    return Load(made.order.id);
  }
  std::string Wallet(const std::string& name) {
    return DerivedId("0:", {tenant_.value(), "wallet", name});
  }
  Order Load(const OrderId& id) {
    const auto found = world_.orders().Find(tenant_, id);
    EXPECT_TRUE(found.ok() && found->has_value());
    return (*found)->order;
  }
  void AddLane(const std::string& wallet, const std::string& shut_reason = "") {
    Do("INSERT INTO lanes (wallet, wallet_version, public_key, shut, shut_reason, displaced_at) "
       "VALUES ('" +
       wallet + "', 'v4r2', '', " + (shut_reason.empty() ? "false" : "true") + ", '" +
       (shut_reason.empty() ? "NONE" : shut_reason) +
       "', ARRAY[now() - interval '1 minute', now() - interval '1 hour'])");
  }
  // One attempt to pay for the order.
  std::string AddTransfer(const Order& order, const std::string& verdict, int seqno,
                          bool provisional = false) {
    const std::string id = DerivedId("trf_", {order.id.value(), std::to_string(seqno)});
    Do("INSERT INTO transfers (id, wallet, seqno, valid_until, boc, message_hash, normalized_hash, "
       "start_lt, verdict, provisional, fence, evidence) VALUES ('" +
       id + "', '" + order.payer.wallet_address + "', " + std::to_string(seqno) +
       ", now(), '', 'm', 'n" + id + "', 1, '" + verdict + "', " +
       (provisional ? "true" : "false") + ", 1, 'what was seen')");
    Do("INSERT INTO payments (transfer_id, slot, kind, order_id, payee, amount, body_hash, "
       "verdict) "
       "VALUES ('" +
       id + "', 0, 'purchase', '" + order.id.value() + "', '0:ff', 410, 'b', '" + verdict + "')");
    return id;
  }
  void AddLost(const Order& order, const std::string& verdict, const std::string& orders,
               const std::string& payloads, const std::string& paid) {
    Do("INSERT INTO lost_transfers (normalized_hash, number, wallet, seqno, valid_until, orders, "
       "payload_hashes, payees, start_lt, wallet_version, wallet_public_key, verdict, "
       "transaction_hash, paid_orders) VALUES ('lost" +
       order.id.value() + "', 1, '" + order.payer.wallet_address + "', 3, now(), '{" + orders +
       "}', '{" + payloads + "}', '{}', 1, 'v5r1', 'key', '" + verdict + "', 'beef', '{" + paid +
       "}')");
  }
  static ReviewRequest Asked(const Order& order, Resolution resolution,
                             const std::string& who = "ann") {
    return {order.id, resolution, {who, "looked at it"}};
  }
  absl::Status Resolve(const Order& order, Resolution resolution, const std::string& who = "ann") {
    return desk_.Resolve(Asked(order, resolution, who)).status();
  }
  std::vector<std::string> Listed(Reason reason) {
    std::vector<std::string> mine;
    std::optional<ReviewCursor> after;
    for (;;) {
      const auto page = store_.List({reason}, after, 2);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok() || page->empty()) return mine;
      for (const Review& review : *page) {
        after = ReviewCursor{review.order.updated_at, review.order.id.value()};
        if (review.order.tenant == tenant_) mine.push_back(review.order.request_id);
      }
    }
  }

  SystemClock clock_;
  PlainRenderer renderer_;
  PostgresWorld world_{SharedDatabase()};
  const TenantId tenant_ = world_.NewTenant();
  postgres::PostgresReviewStore store_{SharedDatabase().pool(), renderer_};
  RecordingSignal signal_;
  ReviewDesk desk_{store_, nullptr, signal_, clock_, absl::Hours(24)};
};

TEST_F(PostgresReviewTest, ListsTheLongestWaitingFirstPageByPage) {
  for (const char* name : {"a", "b", "c", "d", "e"}) InReview(name);
  InReview("other", Reason::kDeliveryUnconfirmed);
  EXPECT_EQ(Listed(Reason::kPaymentVerdictUnknown),
            (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(Listed(Reason::kNone).size(), 6u);
  EXPECT_EQ(Listed(Reason::kDeliveryUnconfirmed), std::vector<std::string>{"other"});
}

TEST_F(PostgresReviewTest, ShowsEverythingThatIsKnown) {
  const Order order = InReview("all");
  AddLane(order.payer.wallet_address, "PAYMENT_VERDICT_UNKNOWN");
  AddTransfer(order, "DEAD", 3);
  const std::string second = AddTransfer(order, "UNKNOWN", 4);
  const auto review = store_.Find(order.id);
  ASSERT_TRUE(review.ok()) << review.status();
  EXPECT_EQ(review->order.id, order.id);
  EXPECT_GE(review->waiting, absl::ZeroDuration());
  EXPECT_LT(review->waiting, absl::Minutes(5));
  EXPECT_TRUE(review->lane_shut);
  EXPECT_EQ(review->lane_shut_reason, Reason::kPaymentVerdictUnknown);
  ASSERT_EQ(review->payments.size(), 2u);
  EXPECT_EQ(review->payments[0].verdict, Verdict::kDead);
  const ReviewedPayment& newest = review->payments[1];
  EXPECT_EQ(newest.transfer.value(), second);
  EXPECT_EQ(newest.seqno, 4);
  EXPECT_EQ(newest.amount, Units(410));
  EXPECT_EQ(newest.normalized_hash, "n" + second);
  EXPECT_EQ(newest.evidence, "what was seen");
  EXPECT_EQ(ReasonOf(store_.Find(OrderId("ord_none")).status()), Reason::kOrderNotFound);
}

TEST_F(PostgresReviewTest, FailEndsTheOrderAndKeepsWhoAndWhy) {
  const Order order = InReview("fail", Reason::kWorkerCrashedRepeatedly);
  AddLane(order.payer.wallet_address);
  AddTransfer(order, "DEAD", 3);
  const auto resolved = desk_.Resolve(Asked(order, Resolution::kFail));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_TRUE(resolved->moved);
  const Order now = Load(order.id);
  EXPECT_EQ(now.state, OrderState::kFailed);
  EXPECT_EQ(now.sequence, 6);
  EXPECT_EQ(now.reason, Reason::kWorkerCrashedRepeatedly);
  EXPECT_EQ(now.reason_metadata, (ErrorMetadata{{"resolution", "fail"}}));
  EXPECT_EQ(world_.SealedSecrets(order.id), 0);
  EXPECT_EQ(world_.LedgerTransactions(order.id), 2);
  const std::string of_order =
      " FROM operator_decisions WHERE order_id = '" + order.id.value() + "'";
  EXPECT_EQ(Ask("SELECT operator || '/' || action || '/' || sequence || '/' || reason" + of_order),
            "ann/fail/5/looked at it");
  EXPECT_EQ(ReasonOf(Resolve(order, Resolution::kFail)), Reason::kNotInReview);
  EXPECT_EQ(Ask("SELECT count(*)" + of_order), "1");
  EXPECT_EQ(signal_.changed, std::vector<std::string>{order.id.value()});
  EXPECT_NE(SharedDatabase().Refusal("DELETE FROM operator_decisions"), "");
}

TEST_F(PostgresReviewTest, RequeueMakesTheOrderDue) {
  const Order order = InReview("requeue");
  AddLane(order.payer.wallet_address);
  AddTransfer(order, "DEAD", 3);
  ASSERT_TRUE(Resolve(order, Resolution::kRequeue).ok());
  EXPECT_EQ(Load(order.id).state, OrderState::kQueued);
  EXPECT_TRUE(signal_.Announced(WorkItem::Kind::kOrder, order.id.value()));
  EXPECT_EQ(world_.SealedSecrets(order.id), 1);
  EXPECT_TRUE((*world_.purchases().Claim(order.id, "w", absl::Seconds(30))).has_value());
}

TEST_F(PostgresReviewTest, TheEvidenceDecidesAndNothingIsWrittenAgainstIt) {
  const auto refused = [this](const Order& order, const std::string& verdict) {
    for (Resolution resolution : {Resolution::kRequeue, Resolution::kFail, Resolution::kDelivered,
                                  Resolution::kAcceptLoss}) {
      const absl::Status status = Resolve(order, resolution);
      EXPECT_EQ(ReasonOf(status), Reason::kResolutionNotAllowed) << status;
      EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"verdict", verdict}}));
    }
    EXPECT_EQ(Load(order.id).sequence, 5);
    EXPECT_EQ(
        Ask("SELECT count(*) FROM operator_decisions WHERE order_id = '" + order.id.value() + "'"),
        "0");
  };
  const Order live = InReview("live");
  AddLane(live.payer.wallet_address);
  AddTransfer(live, "LIVE", 3);
  refused(live, "LIVE");
  const Order unknown = InReview("unknown");
  AddLane(unknown.payer.wallet_address);
  AddTransfer(unknown, "UNKNOWN", 3);
  refused(unknown, "UNKNOWN");
  const Order provisional = InReview("provisional");
  AddLane(provisional.payer.wallet_address);
  AddTransfer(provisional, "DEAD", 3, true);
  refused(provisional, "PROVISIONAL");
  const Order shut = InReview("shut");
  AddLane(shut.payer.wallet_address, "PAYMENT_WITHOUT_RECORD");
  refused(shut, "NONE");
}

TEST_F(PostgresReviewTest, ALostTransferIsFoundByOrderAndByInvoice) {
  const Order by_order = InReview("by_order", Reason::kPaymentWithoutRecord);
  AddLost(by_order, "UNKNOWN", by_order.id.value(), "", "");
  EXPECT_EQ(MetadataOf(Resolve(by_order, Resolution::kFail)),
            (ErrorMetadata{{"verdict", "UNKNOWN"}}));

  const Order by_invoice = InReview("by_invoice", Reason::kPaymentWithoutRecord);
  Do("INSERT INTO invoices (order_id, fragment_request_id, payee, amount, payload_boc, "
     "payload_hash, sender, valid_until, confirm_method, confirm_params, state_was_not_done) "
     "VALUES "
     "('" +
     by_invoice.id.value() + "', 'req" + by_invoice.id.value() + "', '0:ff', 410, '', 'hash" +
     by_invoice.id.value() + "', '0:aa', now(), 'c', '[]', true)");
  AddLost(by_invoice, "PAID", "", "hash" + by_invoice.id.value(), by_invoice.id.value());
  EXPECT_EQ(MetadataOf(Resolve(by_invoice, Resolution::kRequeue)),
            (ErrorMetadata{{"verdict", "PAID"}}));
  ASSERT_TRUE(Resolve(by_invoice, Resolution::kDelivered).ok());
  const Order delivered = Load(by_invoice.id);
  EXPECT_EQ(delivered.evidence, DeliveryEvidence::kOperator);
  EXPECT_EQ(delivered.payment.amount, Units(410));
  EXPECT_EQ(delivered.payment.transaction_hash, "beef");
  EXPECT_EQ(world_.LedgerTransactions(by_invoice.id), 2);

  // Executed, but without this order's part.
  const Order skipped = InReview("skipped", Reason::kPaymentWithoutRecord);
  AddLost(skipped, "PAID", skipped.id.value(), "", "ord_else");
  EXPECT_TRUE(Resolve(skipped, Resolution::kFail).ok());
}

TEST_F(PostgresReviewTest, FailReleasesNothingThatTheDatabaseMayHaveForgotten) {
  FakeWitnessLog witness;
  ReleaseGuard releases(witness, world_.eras(), world_.lanes());
  ReviewDesk guarded(store_, &releases, signal_, clock_, absl::Hours(24));
  const Order order = InReview("forgotten", Reason::kWorkerCrashedRepeatedly);
  LostTransfer lost;
  lost.line.number = 1;
  lost.line.wallet = order.payer.wallet_address;
  lost.line.normalized_hash = "lost" + order.id.value();
  lost.line.valid_until = Now();
  lost.line.orders = {order.id};
  lost.line.payload_hashes = {"p"};
  lost.line.payees = {"0:ff"};
  ASSERT_TRUE(witness.Write(lost.line).ok());
  const absl::Status refused = guarded.Resolve(Asked(order, Resolution::kFail)).status();
  EXPECT_EQ(ReasonOf(refused), Reason::kResolutionNotAllowed);
  EXPECT_EQ(MetadataOf(refused), (ErrorMetadata{{"verdict", "UNKNOWN"}}));
  EXPECT_EQ(Load(order.id).state, OrderState::kNeedsReview);
  lost.verdict = Verdict::kDead;
  ASSERT_TRUE(world_.eras().RecordLost(lost).ok());
  EXPECT_TRUE(guarded.Resolve(Asked(order, Resolution::kFail)).ok());
}

// A restored database knows neither the wallet nor the session of what it lost.
TEST_F(PostgresReviewTest, AnOrderOfBalanceWithoutAWalletIsResolved) {
  for (const char* wallet : {"NULL", "''"}) {
    for (const Resolution resolution : {Resolution::kDelivered, Resolution::kAcceptLoss}) {
      const std::string name = absl::StrCat("balance", wallet, ResolutionName(resolution));
      world_.GiveCredit(tenant_, Units(1'000'000'000));
      const NewOrder fresh = PaidByCredit(tenant_, name, Now());
      const CreateResult made = world_.orders().Create({&fresh, 1}).front();
      ASSERT_TRUE(made.status.ok()) << made.status;
      const std::string& id = made.order.id.value();
      Do("UPDATE orders SET state = 'NEEDS_REVIEW', sequence = 5, next_attempt_at = NULL, "
         "reason = 'QUEUE_TIMEOUT', wallet_address = " +
         std::string(wallet) + " WHERE id = '" + id + "'");
      Do("INSERT INTO sessions (id, kind) VALUES ('ses" + id + "', 'own')");
      Do("INSERT INTO session_places (order_id, session_id, sole) VALUES ('" + id + "', 'ses" + id +
         "', true)");
      Order lost = made.order;
      lost.payer.wallet_address = "0:house" + id;
      AddLost(lost, "PAID", id, "", id);
      EXPECT_EQ(MetadataOf(Resolve(made.order, Resolution::kFail)),
                (ErrorMetadata{{"verdict", "PAID"}}));
      for (const char* who : {"ann", "bob"}) {
        if (Load(made.order.id).state != OrderState::kNeedsReview) continue;
        const absl::Status resolved = Resolve(made.order, resolution, who);
        EXPECT_TRUE(resolved.ok()) << resolved;
      }
      const Order ended = Load(made.order.id);
      EXPECT_EQ(ended.state, resolution == Resolution::kDelivered ? OrderState::kDelivered
                                                                  : OrderState::kReversed);
      EXPECT_EQ(ended.payment.transaction_hash, "beef");
      EXPECT_EQ(Ask("SELECT count(*) FROM session_places WHERE order_id = '" + id + "'"), "0");
      EXPECT_EQ(world_.LedgerTransactions(made.order.id), 2);
      EXPECT_EQ(world_.LedgerSum(), Units(0));
    }
  }
}

TEST_F(PostgresReviewTest, ALossTakesTwoOperators) {
  const Order order = InReview("loss", Reason::kDeliveryUnconfirmed);
  Do("UPDATE orders SET paid_at = now() WHERE id = '" + order.id.value() + "'");
  const auto wish = desk_.Resolve(Asked(order, Resolution::kAcceptLoss));
  ASSERT_TRUE(wish.ok()) << wish.status();
  EXPECT_FALSE(wish->moved);
  EXPECT_FALSE(desk_.Resolve(Asked(order, Resolution::kAcceptLoss, "ANN"))->moved);
  EXPECT_EQ(Load(order.id).state, OrderState::kNeedsReview);
  const auto done = desk_.Resolve(Asked(order, Resolution::kAcceptLoss, "bob"));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_TRUE(done->moved);
  EXPECT_EQ(Load(order.id).state, OrderState::kReversed);
  EXPECT_EQ(store_.Find(order.id)->decisions.size(), 3u);
}

TEST_F(PostgresReviewTest, OneOfManyOperatorsEndsIt) {
  const Order order = InReview("race");
  AddLane(order.payer.wallet_address);
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const Resolution resolution = i % 2 == 0 ? Resolution::kFail : Resolution::kRequeue;
      const ReviewRequest request = Asked(order, resolution);
      const auto resolved = store_.Resolve(request, [&](const Review& review) {
        return DecideReview(review, request, Now(), absl::Hours(1));
      });
      won += resolved.ok() && resolved->moved;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(Load(order.id).sequence, 6);
}

TEST_F(PostgresReviewTest, LanesAreListedAndOpened) {
  const Order order = InReview("lane");
  const std::string wallet = order.payer.wallet_address;
  AddLane(wallet, "PAYMENT_WITHOUT_RECORD");
  AddTransfer(order, "DEAD", 3, true);
  const auto mine = [&](bool shut_only) {
    std::optional<LaneReport> found;
    std::string after;
    for (;;) {
      const auto page = store_.ListLanes(shut_only, after, 3);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok() || page->empty()) return found;
      for (const LaneReport& lane : *page) {
        if (lane.wallet == wallet) found = lane;
      }
      EXPECT_LT(after, page->back().wallet);
      after = page->back().wallet;
    }
  };
  const auto shut = mine(true);
  ASSERT_TRUE(shut.has_value());
  EXPECT_EQ(shut->version, WalletVersion::kV4R2);
  EXPECT_TRUE(shut->shut);
  EXPECT_EQ(shut->shut_reason, Reason::kPaymentWithoutRecord);
  EXPECT_EQ(shut->displacements, 1);
  EXPECT_EQ(shut->provisional, 1);
  EXPECT_EQ(shut->cool_until, absl::InfinitePast());
  EXPECT_FALSE(shut->unresolved.has_value());

  AddTransfer(order, "UNKNOWN", 4);
  EXPECT_EQ(mine(true)->unresolved->evidence, "what was seen");
  EXPECT_EQ(ReasonOf(desk_.OpenLane(wallet, {"ann", "looked"}).status()),
            Reason::kResolutionNotAllowed);
  Do("UPDATE transfers SET verdict = 'DEAD' WHERE wallet = '" + wallet + "'");
  const auto opened = desk_.OpenLane(wallet, {"ann", "looked"});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_FALSE(opened->shut);
  EXPECT_FALSE(mine(true).has_value());
  EXPECT_EQ(mine(false)->shut_reason, Reason::kNone);
  EXPECT_TRUE(signal_.Announced(WorkItem::Kind::kLane, wallet));
  EXPECT_EQ(Ask("SELECT next_attempt_at <= now() FROM lanes WHERE wallet = '" + wallet + "'"), "t");
  const std::string recorded =
      "SELECT count(*) FROM operator_decisions WHERE action = 'open_lane' "
      "AND operator = 'ann' AND wallet = '" +
      wallet + "'";
  EXPECT_EQ(Ask(recorded), "1");
  EXPECT_TRUE(desk_.OpenLane(wallet, {"ann", "again"}).ok());
  EXPECT_EQ(Ask(recorded), "1");
  EXPECT_EQ(ReasonOf(desk_.OpenLane("0:none", {"ann", "looked"}).status()),
            Reason::kWalletNotFound);
}

}  // namespace
}  // namespace starlift
