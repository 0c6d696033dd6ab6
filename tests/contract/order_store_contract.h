#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "contract/store_world.h"

// The promises of OrderStore. Included by one file of each test binary, which names the world.

namespace starlift {

class OrderStoreContract : public StoreContract {};

TEST_P(OrderStoreContract, StoresAnOrderAndFindsItAgainAsItWas) {
  NewOrder fresh = Unpaid(tenant_, "one", Now());
  fresh.created.order.callback_url = "https://example.com/hook?a='\"\\,{}";
  const CreateResult made = world_->orders().Create({&fresh, 1}).front();
  ASSERT_TRUE(made.status.ok()) << made.status;
  EXPECT_TRUE(made.created);
  const auto found = world_->orders().Find(tenant_, made.order.id);
  ASSERT_TRUE(found.ok() && found->has_value());
  const Order& order = (*found)->order;
  EXPECT_EQ(order.request_id, "one");
  EXPECT_EQ(order.product, fresh.created.order.product);
  EXPECT_EQ(order.quote.max_total, fresh.created.order.quote.max_total);
  EXPECT_EQ(order.quote.valid_until, fresh.created.order.quote.valid_until);
  EXPECT_EQ(order.callback_url, fresh.created.order.callback_url);
  EXPECT_EQ(order.traceparent, fresh.created.order.traceparent);
  EXPECT_EQ(order.created_at, fresh.created.order.created_at);
  EXPECT_EQ(order.execute_by, absl::InfiniteFuture());
  EXPECT_EQ(order.queued_at, absl::InfiniteFuture());
  EXPECT_EQ(order.state, OrderState::kAwaitingPayment);
  EXPECT_EQ((*found)->fingerprint, fresh.fingerprint);
  EXPECT_TRUE((*found)->payment.request_id.empty());
  EXPECT_EQ(world_->Deliveries(order.id), 1);
}

TEST_P(OrderStoreContract, AnswersARepeatWithTheFirst) {
  NewOrder fresh = Unpaid(tenant_, "again", Now());
  ASSERT_TRUE(world_->orders().Create({&fresh, 1}).front().created);
  fresh.fingerprint = std::string(64, '0');
  fresh.created.order.recipient = "somebody_else";
  const CreateResult repeat = world_->orders().Create({&fresh, 1}).front();
  ASSERT_TRUE(repeat.status.ok()) << repeat.status;
  EXPECT_FALSE(repeat.created);
  EXPECT_EQ(repeat.order.recipient, "durov");
  EXPECT_EQ(repeat.fingerprint, std::string(64, 'f'));
}

TEST_P(OrderStoreContract, ARepeatWithAPaymentPaysNothing) {
  NewOrder fresh = Unpaid(tenant_, "late", Now());
  ASSERT_TRUE(world_->orders().Create({&fresh, 1}).front().created);
  const ExamplePayer payer = Payer("late");
  const NewOrder paid = Paid(tenant_, "late", payer, Now());
  const CreateResult repeat = world_->orders().Create({&paid, 1}).front();
  EXPECT_FALSE(repeat.created);
  EXPECT_EQ(repeat.order.state, OrderState::kAwaitingPayment);
  EXPECT_FALSE(world_->HasJar(SessionId(payer.session)));
}

TEST_P(OrderStoreContract, AnswersEachOrderOfABatchInItsPlace) {
  std::vector<NewOrder> batch;
  for (int i = 0; i < 20; ++i) batch.push_back(Unpaid(tenant_, absl::StrCat("b", i), Now()));
  batch.push_back(batch[3]);
  batch.push_back(Paid(tenant_, "paid", Payer("batch"), Now()));
  const auto results = world_->orders().Create(batch);
  ASSERT_EQ(results.size(), batch.size());
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_TRUE(results[i].status.ok()) << results[i].status;
    EXPECT_EQ(results[i].created, i != 20);
    EXPECT_EQ(results[i].order.id, batch[i].created.order.id);
  }
  EXPECT_EQ(results[21].order.state, OrderState::kQueued);
}

TEST_P(OrderStoreContract, CreatesAPaidOrderWithEverythingItBrings) {
  const ExamplePayer payer = Payer("all");
  const Order order = CreatePaid("all", payer, "https://example.com/hook");
  EXPECT_EQ(order.sequence, 2);
  EXPECT_EQ(order.payer.wallet_address, payer.wallet);
  EXPECT_EQ(world_->SealedSecrets(order.id), 1);
  EXPECT_TRUE(world_->HasJar(SessionId(payer.session)));
  EXPECT_EQ(world_->Deliveries(order.id), 2);
  EXPECT_EQ(world_->LedgerTransactions(order.id), 1);
  EXPECT_EQ(world_->LedgerSum(), Units(0));
  const auto found = world_->orders().Find(tenant_, order.id);
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->payment.request_id, "all");
}

TEST_P(OrderStoreContract, AnotherTenantFindsNothing) {
  const Order order = CreatePaid("mine", Payer("mine"));
  const TenantId other = world_->NewTenant();
  EXPECT_FALSE(world_->orders().Find(other, order.id)->has_value());
  EXPECT_TRUE(world_->orders().List(other, {}, std::nullopt, 10)->empty());
  EXPECT_TRUE(world_->orders().EventsAfter(other, order.id, 0, 10)->empty());
  Order foreign = ExampleOrder(tenant_, "unpaid", Now());
  NewOrder fresh = Unpaid(tenant_, "unpaid", Now());
  ASSERT_TRUE(world_->orders().Create({&fresh, 1}).front().created);
  foreign.tenant = other;
  EXPECT_FALSE(*world_->orders().EndUnpaid({Move(foreign, OrderState::kCancelled, Now()), {}}));
  const ExamplePayer payer = Payer("foreign");
  EXPECT_FALSE(*world_->orders().Pay(Queued(foreign, payer, Now()), Secured("p", payer)));
}

TEST_P(OrderStoreContract, ListsNewestFirstAndPages) {
  const absl::Time start = Now();
  for (int i = 0; i < 5; ++i) {
    NewOrder fresh = Unpaid(tenant_, absl::StrCat("l", i), start + absl::Microseconds(i / 2));
    ASSERT_TRUE(world_->orders().Create({&fresh, 1}).front().created);
  }
  std::vector<std::string> seen;
  std::optional<OrderCursor> before;
  for (int page = 0; page < 3; ++page) {
    const auto orders = world_->orders().List(tenant_, {}, before, 2);
    ASSERT_TRUE(orders.ok());
    EXPECT_EQ(orders->size(), page < 2 ? 2u : 1u);
    for (const Order& order : *orders) {
      if (before) {
        EXPECT_TRUE(std::tie(order.created_at, order.id.value()) <
                    std::tie(before->created_at, before->id));
      }
      seen.push_back(order.request_id);
      before = OrderCursor{order.created_at, order.id.value()};
    }
  }
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen.front(), "l4");
}

TEST_P(OrderStoreContract, ListsByStateAndByRequest) {
  NewOrder fresh = Unpaid(tenant_, "waiting", Now());
  ASSERT_TRUE(world_->orders().Create({&fresh, 1}).front().created);
  CreatePaid("queued", Payer("list"));
  OrderFilter filter;
  filter.state = OrderState::kQueued;
  auto orders = world_->orders().List(tenant_, filter, std::nullopt, 10);
  ASSERT_TRUE(orders.ok() && orders->size() == 1);
  EXPECT_EQ(orders->front().request_id, "queued");
  filter = {};
  filter.request_id = "waiting";
  orders = world_->orders().List(tenant_, filter, std::nullopt, 10);
  ASSERT_TRUE(orders.ok() && orders->size() == 1);
}

TEST_P(OrderStoreContract, PaysOnce) {
  NewOrder fresh = Unpaid(tenant_, "pay", Now());
  const Order order = world_->orders().Create({&fresh, 1}).front().order;
  const ExamplePayer payer = Payer("pay");
  const OrderChange queued = Queued(order, payer, Now());
  EXPECT_TRUE(*world_->orders().Pay(queued, Secured("pay-1", payer)));
  EXPECT_FALSE(*world_->orders().Pay(queued, Secured("pay-2", payer)));
  const auto found = world_->orders().Find(tenant_, order.id);
  EXPECT_EQ((*found)->payment.request_id, "pay-1");
  EXPECT_EQ((*found)->order.state, OrderState::kQueued);
  EXPECT_EQ((*found)->order.session, SessionId(payer.session));
  EXPECT_EQ(world_->LedgerTransactions(order.id), 1);
}

TEST_P(OrderStoreContract, ACreditPaysWhatItCoversAndNothingElse) {
  const NewOrder paid = PaidByCredit(tenant_, "credit", Now());
  const Units needed = paid.created.order.quote.max_total;
  world_->GiveCredit(tenant_, needed + needed - Units(1));
  const CreateResult made = world_->orders().Create({&paid, 1}).front();
  ASSERT_TRUE(made.status.ok()) << made.status;
  EXPECT_EQ(made.order.state, OrderState::kQueued);
  EXPECT_EQ(world_->CreditOf(tenant_), needed - Units(1));
  EXPECT_EQ(world_->SealedSecrets(made.order.id), 0);
  const Order stored = Load(made.order.id);
  EXPECT_EQ(stored.payer.wallet_address, "");
  EXPECT_TRUE(stored.session.empty());
  EXPECT_EQ(stored.funding, Funding::kBalance);

  const NewOrder second = PaidByCredit(tenant_, "too much", Now());
  const absl::Status refused = world_->orders().Create({&second, 1}).front().status;
  EXPECT_EQ(ReasonOf(refused), Reason::kCreditInsufficient);
  EXPECT_EQ(MetadataOf(refused), (ErrorMetadata{{"available", absl::StrCat(needed.value() - 1)},
                                                {"required", absl::StrCat(needed.value())}}));
  EXPECT_FALSE((*world_->orders().Find(tenant_, second.created.order.id)).has_value());
  EXPECT_EQ(world_->CreditOf(tenant_), needed - Units(1));
  EXPECT_EQ(world_->LedgerSum(), Units(0));
}

TEST_P(OrderStoreContract, OneOrderAboveTheCreditLeavesItsBatchAlone) {
  const NewOrder paid = PaidByCredit(tenant_, "first", Now());
  world_->GiveCredit(tenant_, paid.created.order.quote.max_total);
  const std::vector<NewOrder> batch = {paid, Unpaid(tenant_, "unpaid", Now()),
                                       PaidByCredit(tenant_, "third", Now())};
  const auto results = world_->orders().Create(batch);
  EXPECT_TRUE(results[0].created);
  EXPECT_TRUE(results[1].created);
  EXPECT_EQ(ReasonOf(results[2].status), Reason::kCreditInsufficient);
}

TEST_P(OrderStoreContract, PaysLaterFromTheCredit) {
  const NewOrder paid = PaidByCredit(tenant_, "later", Now());
  NewOrder unpaid;
  unpaid.created = paid.created;
  unpaid.fingerprint = paid.fingerprint;
  ASSERT_TRUE(world_->orders().Create({&unpaid, 1}).front().created);
  EXPECT_EQ(ReasonOf(world_->orders().Pay(*paid.queued, *paid.payment).status()),
            Reason::kCreditInsufficient);
  EXPECT_EQ(Load(unpaid.created.order.id).state, OrderState::kAwaitingPayment);
  world_->GiveCredit(tenant_, paid.created.order.quote.max_total);
  EXPECT_TRUE(*world_->orders().Pay(*paid.queued, *paid.payment));
  EXPECT_EQ(world_->CreditOf(tenant_), Units(0));
  EXPECT_FALSE(*world_->orders().Pay(*paid.queued, *paid.payment));
}

TEST_P(OrderStoreContract, TakesNoPaymentAfterItsTime) {
  NewOrder fresh = Unpaid(tenant_, "slow", Now());
  fresh.created.order.expires_at = Now() + absl::Seconds(1);
  const Order order = world_->orders().Create({&fresh, 1}).front().order;
  const OrderChange expired{Move(order, OrderState::kExpired, Now()), {}};
  EXPECT_FALSE(*world_->orders().EndUnpaid(expired));
  world_->Pass(absl::Milliseconds(1200));
  const ExamplePayer payer = Payer("slow");
  EXPECT_FALSE(*world_->orders().Pay(Queued(order, payer, Now()), Secured("p", payer)));
  EXPECT_EQ(world_->SealedSecrets(order.id), 0);
  EXPECT_FALSE(*world_->orders().EndUnpaid({Move(order, OrderState::kCancelled, Now()), {}}));
  EXPECT_TRUE(*world_->orders().EndUnpaid(expired));
  EXPECT_EQ(Load(order.id).state, OrderState::kExpired);
}

TEST_P(OrderStoreContract, CancelsWhatAwaitsPaymentOnly) {
  NewOrder fresh = Unpaid(tenant_, "cancel", Now());
  const Order order = world_->orders().Create({&fresh, 1}).front().order;
  Order cancelled = Move(order, OrderState::kCancelled, Now(),
                         {Reason::kCancelledByCaller, "a \xff b", {{"who", "caller"}}});
  EXPECT_TRUE(*world_->orders().EndUnpaid({cancelled, {}}));
  EXPECT_FALSE(*world_->orders().EndUnpaid({cancelled, {}}));
  const Order now = Load(order.id);
  EXPECT_EQ(now.state, OrderState::kCancelled);
  EXPECT_EQ(now.reason, Reason::kCancelledByCaller);
  EXPECT_EQ(now.reason_metadata, (ErrorMetadata{{"who", "caller"}}));
  const Order queued = CreatePaid("queued", Payer("cancel"));
  Order wrong = queued;
  wrong.state = OrderState::kAwaitingPayment;
  EXPECT_FALSE(*world_->orders().EndUnpaid({Move(wrong, OrderState::kCancelled, Now()), {}}));
}

TEST_P(OrderStoreContract, TellsEventsInOrder) {
  const Order order = CreatePaid("events", Payer("events"));
  auto events = world_->orders().EventsAfter(tenant_, order.id, 0, 10);
  ASSERT_TRUE(events.ok() && events->size() == 2);
  EXPECT_EQ((*events)[0].sequence, 1);
  EXPECT_EQ((*events)[0].state, OrderState::kAwaitingPayment);
  EXPECT_EQ((*events)[1].state, OrderState::kQueued);
  EXPECT_NE((*events)[1].body.find("\"order.queued\""), std::string::npos);
  EXPECT_EQ((*events)[1].at, order.updated_at);
  EXPECT_EQ(world_->orders().EventsAfter(tenant_, order.id, 1, 10)->size(), 1u);
  EXPECT_EQ(world_->orders().EventsAfter(tenant_, order.id, 0, 1)->size(), 1u);
}

}  // namespace starlift
