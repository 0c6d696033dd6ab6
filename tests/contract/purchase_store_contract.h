#pragma once

#include <string>

#include <gtest/gtest.h>

#include "base/error.h"
#include "contract/store_world.h"

// The promises of PurchaseStore. Included by one file of each test binary, which names the world.

namespace starlift {

class PurchaseStoreContract : public StoreContract {};

TEST_P(PurchaseStoreContract, OneWorkerAtATime) {
  const Order order = CreatePaid("lease", Payer("lease"));
  const ClaimedOrder first = Claim(order.id, absl::Seconds(1));
  EXPECT_EQ(first.order.state, OrderState::kQueued);
  EXPECT_EQ(first.crashes, 0);
  EXPECT_FALSE(world_->purchases().Claim(order.id, "worker-2", absl::Seconds(1))->has_value());
  world_->Pass(absl::Milliseconds(1200));
  const auto second = world_->purchases().Claim(order.id, "worker-2", absl::Seconds(30));
  ASSERT_TRUE(second.ok() && second->has_value());
  EXPECT_GT((*second)->fence, first.fence);
  EXPECT_EQ((*second)->crashes, 1);  // the first never said what came of it
}

TEST_P(PurchaseStoreContract, AnOldFenceWritesNothing) {
  const Order order = CreatePaid("zombie", Payer("zombie"));
  const ClaimedOrder zombie = Claim(order.id, absl::Milliseconds(100));
  world_->Pass(absl::Milliseconds(200));
  const ClaimedOrder live = Claim(order.id, absl::Seconds(30), "worker-2");
  const absl::Status late = world_->purchases().Save(zombie, Failed(zombie.order, Now()));
  EXPECT_EQ(ReasonOf(late), Reason::kConcurrentRequest);
  EXPECT_EQ(late.code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(world_->purchases().Postpone(zombie, Now()).ok());
  EXPECT_FALSE(world_->purchases().AcquireSession(zombie).ok());
  const Invoice invoice = ExampleInvoice(order, "zombie", Now());
  const OrderChange invoiced{Move(zombie.order, OrderState::kInvoiced, Now()), {}};
  EXPECT_FALSE(world_->purchases().SaveInvoice(zombie, invoiced, invoice).ok());
  EXPECT_EQ(Load(order.id).state, OrderState::kQueued);
  EXPECT_EQ(world_->LedgerTransactions(order.id), 1);
  EXPECT_TRUE(world_->purchases().Save(live, Failed(live.order, Now())).ok());
}

TEST_P(PurchaseStoreContract, ASecondWriteUnderOneLeaseIsRefused) {
  const Order order = CreatePaid("twice", Payer("twice"));
  const ClaimedOrder claimed = Claim(order.id);
  EXPECT_TRUE(world_->purchases().Save(claimed, Failed(claimed.order, Now())).ok());
  EXPECT_FALSE(world_->purchases().Save(claimed, Failed(claimed.order, Now())).ok());
  EXPECT_EQ(world_->orders().EventsAfter(tenant_, order.id, 0, 10)->size(), 3u);
}

TEST_P(PurchaseStoreContract, PostponingCountsATryAndWaits) {
  const Order order = CreatePaid("later", Payer("later"));
  const ClaimedOrder claimed = Claim(order.id);
  ASSERT_TRUE(world_->purchases().Postpone(claimed, Now() + absl::Seconds(1)).ok());
  EXPECT_FALSE(world_->purchases().Claim(order.id, "w", absl::Seconds(1))->has_value());
  world_->Pass(absl::Milliseconds(1200));
  const ClaimedOrder again = Claim(order.id);
  EXPECT_EQ(again.tries, 1);
  EXPECT_EQ(again.crashes, 0);
  ASSERT_TRUE(world_->purchases().Postpone(again, absl::InfiniteFuture()).ok());
  EXPECT_FALSE(world_->purchases().Claim(order.id, "w", absl::Seconds(1))->has_value());
}

TEST_P(PurchaseStoreContract, ARenewedLeaseHolds) {
  const Order order = CreatePaid("renew", Payer("renew"));
  const ClaimedOrder claimed = Claim(order.id, absl::Milliseconds(200));
  ASSERT_TRUE(world_->purchases().Renew(claimed, absl::Seconds(30)).ok());
  world_->Pass(absl::Milliseconds(300));
  EXPECT_FALSE(world_->purchases().Claim(order.id, "worker-2", absl::Seconds(1))->has_value());
  ASSERT_TRUE(world_->purchases().Postpone(claimed, Now()).ok());
  EXPECT_FALSE(world_->purchases().Renew(claimed, absl::Seconds(30)).ok());
}

TEST_P(PurchaseStoreContract, WhoCanSaySoDidNotDie) {
  const Order order = CreatePaid("alive", Payer("alive"));
  Claim(order.id, absl::Milliseconds(50));
  world_->Pass(absl::Milliseconds(100));
  const ClaimedOrder second = Claim(order.id, absl::Seconds(30), "worker-2");
  EXPECT_EQ(second.crashes, 1);
  ASSERT_TRUE(world_->purchases().Postpone(second, Now()).ok());
  EXPECT_EQ(Claim(order.id).crashes, 0);
}

TEST_P(PurchaseStoreContract, AnOwnerMayTakeItsOwnAgain) {
  const Order order = CreatePaid("own", Payer("own"));
  const ClaimedOrder first = Claim(order.id);
  const ClaimedOrder second = Claim(order.id);
  EXPECT_EQ(second.crashes, 0);
  EXPECT_GT(second.fence, first.fence);
  EXPECT_FALSE(world_->purchases().Save(first, Failed(first.order, Now())).ok());
}

TEST_P(PurchaseStoreContract, AnUnpaidOrderIsDueWhenItsTimeIsOver) {
  NewOrder fresh = Unpaid(tenant_, "expire", Now());
  fresh.created.order.expires_at = Now() + absl::Seconds(1);
  const Order order = world_->orders().Create({&fresh, 1}).front().order;
  EXPECT_FALSE(world_->purchases().Claim(order.id, "w", absl::Seconds(1))->has_value());
  world_->Pass(absl::Milliseconds(1200));
  const ClaimedOrder claimed = Claim(order.id);
  const OrderChange expired{Move(claimed.order, OrderState::kExpired, Now()), {}};
  EXPECT_TRUE(world_->purchases().Save(claimed, expired).ok());
  EXPECT_EQ(Load(order.id).state, OrderState::kExpired);
}

TEST_P(PurchaseStoreContract, ASessionHasOneOpenOrder) {
  const ExamplePayer payer = Payer("shared");
  const Order first = CreatePaid("first", payer);
  const Order second = CreatePaid("second", payer);
  const ClaimedOrder one = Claim(first.id);
  const ClaimedOrder two = Claim(second.id);
  const auto lease = world_->purchases().AcquireSession(one);
  ASSERT_TRUE(lease.ok() && lease->has_value()) << lease.status();
  EXPECT_EQ((*lease)->jar.bytes, "sealed jar");
  EXPECT_EQ((*lease)->jar_tenant, tenant_);
  EXPECT_TRUE(world_->purchases().AcquireSession(one)->has_value());
  const auto busy = world_->purchases().AcquireSession(two);
  ASSERT_TRUE(busy.ok()) << busy.status();
  EXPECT_FALSE(busy->has_value());
  ASSERT_TRUE(world_->purchases().Save(one, Failed(one.order, Now())).ok());
  EXPECT_TRUE(world_->purchases().AcquireSession(two)->has_value());
}

TEST_P(PurchaseStoreContract, TheLastOrderTakesTheCookiesWithIt) {
  const ExamplePayer payer = Payer("wipe");
  const SessionId session(payer.session);
  const Order first = CreatePaid("first", payer);
  const Order second = CreatePaid("second", payer);
  const ClaimedOrder one = Claim(first.id);
  ASSERT_TRUE(world_->purchases().Save(one, Failed(one.order, Now())).ok());
  EXPECT_EQ(world_->SealedSecrets(first.id), 0);
  EXPECT_EQ(world_->SealedSecrets(second.id), 1);
  EXPECT_TRUE(world_->HasJar(session));
  const ClaimedOrder two = Claim(second.id);
  ASSERT_TRUE(world_->purchases().Save(two, Failed(two.order, Now())).ok());
  EXPECT_EQ(world_->SealedSecrets(second.id), 0);
  EXPECT_FALSE(world_->HasJar(session));
  EXPECT_EQ(world_->LedgerSum(), Units(0));
  CreatePaid("third", payer);
  EXPECT_TRUE(world_->HasJar(session));
}

TEST_P(PurchaseStoreContract, AnotherTenantsCookiesAreNeverUsed) {
  const ExamplePayer payer = Payer("stolen");
  const Order mine = CreatePaid("mine", payer);
  const TenantId thief = world_->NewTenant();
  NewOrder theirs = Paid(thief, "theirs", payer, Now());
  theirs.payment->session_jar = {"key0000000000001", "garbage"};
  const Order other = world_->orders().Create({&theirs, 1}).front().order;
  ASSERT_EQ(other.state, OrderState::kQueued);

  const ClaimedOrder one = Claim(mine.id);
  const auto lease = world_->purchases().AcquireSession(one);
  ASSERT_TRUE(lease.ok() && lease->has_value()) << lease.status();
  EXPECT_EQ((*lease)->jar.bytes, "sealed jar");
  EXPECT_EQ((*lease)->jar_tenant, tenant_);
  // One account: one open order, whoever's it is.
  const ClaimedOrder two = Claim(other.id);
  const auto busy = world_->purchases().AcquireSession(two);
  ASSERT_TRUE(busy.ok()) << busy.status();
  EXPECT_FALSE(busy->has_value());
  EXPECT_TRUE(*world_->purchases().SaveJar(**lease, {"key0000000000001", "rotated"}));
  const auto again = world_->purchases().AcquireSession(one);
  EXPECT_EQ((*again)->jar.bytes, "rotated");

  ASSERT_TRUE(world_->purchases().Save(one, Failed(one.order, Now())).ok());
  const auto next = world_->purchases().AcquireSession(two);
  ASSERT_TRUE(next.ok() && next->has_value()) << next.status();
  EXPECT_EQ((*next)->jar.bytes, "garbage");
  EXPECT_EQ((*next)->jar_tenant, thief);
}

TEST_P(PurchaseStoreContract, ATenantsLastOrderTakesItsOwnCookiesAlone) {
  const ExamplePayer payer = Payer("apart");
  const SessionId session(payer.session);
  const Order mine = CreatePaid("mine", payer);
  const NewOrder theirs = Paid(world_->NewTenant(), "theirs", payer, Now());
  const Order other = world_->orders().Create({&theirs, 1}).front().order;
  const ClaimedOrder one = Claim(mine.id);
  const auto stale = world_->purchases().AcquireSession(one);
  ASSERT_TRUE(stale.ok() && stale->has_value());
  ASSERT_TRUE(world_->purchases().Save(one, Failed(one.order, Now())).ok());
  EXPECT_FALSE(*world_->purchases().SaveJar(**stale, {"key0000000000001", "from the dead"}));
  const ClaimedOrder two = Claim(other.id);
  const auto lease = world_->purchases().AcquireSession(two);
  ASSERT_TRUE(lease.ok() && lease->has_value()) << "the other tenant's are still there";
  ASSERT_TRUE(world_->purchases().Save(two, Failed(two.order, Now())).ok());
  EXPECT_FALSE(world_->HasJar(session));
  CreatePaid("again", payer);
  EXPECT_FALSE(*world_->purchases().SaveJar(**stale, {"key0000000000001", "from the dead"}))
      << "a jar's version never starts anew";
}

TEST_P(PurchaseStoreContract, SavesCookiesByCompareAndSet) {
  const Order order = CreatePaid("jar", Payer("jar"));
  const ClaimedOrder claimed = Claim(order.id);
  const auto lease = world_->purchases().AcquireSession(claimed);
  ASSERT_TRUE(lease.ok() && lease->has_value());
  EXPECT_TRUE(*world_->purchases().SaveJar(**lease, {"key0000000000002", "newer jar"}));
  EXPECT_FALSE(*world_->purchases().SaveJar(**lease, {"key0000000000002", "lost race"}));
  const auto again = world_->purchases().AcquireSession(claimed);
  EXPECT_EQ((*again)->jar.bytes, "newer jar");
  EXPECT_EQ((*again)->jar.key_id, "key0000000000002");
}

TEST_P(PurchaseStoreContract, AnInvoiceBelongsToOneOrderForEver) {
  const Order first = CreatePaid("first", Payer("inv-a"));
  const Order second = CreatePaid("second", Payer("inv-b"));
  const Invoice invoice = MakeInvoiced(first, "shared");
  const ClaimedOrder claimed = Claim(second.id);
  const OrderChange invoiced{Move(claimed.order, OrderState::kInvoiced, Now()), {}};
  Invoice same_request = ExampleInvoice(second, "other payload", Now());
  same_request.fragment_request_id = invoice.fragment_request_id;
  EXPECT_EQ(ReasonOf(world_->purchases().SaveInvoice(claimed, invoiced, same_request)),
            Reason::kInvoiceReused);
  Invoice same_payload = ExampleInvoice(second, tenant_.value(), Now());
  same_payload.payload_hash = invoice.payload_hash;
  EXPECT_EQ(ReasonOf(world_->purchases().SaveInvoice(claimed, invoiced, same_payload)),
            Reason::kInvoiceReused);
  EXPECT_EQ(Load(second.id).state, OrderState::kQueued);
  EXPECT_EQ(**world_->lanes().InvoiceOwner(invoice.payee, invoice.payload_hash), first.id);
  EXPECT_FALSE(world_->lanes().InvoiceOwner(invoice.payee, "unknown")->has_value());
}

TEST_P(PurchaseStoreContract, AnInvoicedOrderIsItsLanesToLookAt) {
  const ExamplePayer payer = Payer("lane");
  const Order order = CreatePaid("lane", payer);
  MakeInvoiced(order, "lane");
  EXPECT_FALSE(world_->purchases().Claim(order.id, "w", absl::Seconds(1))->has_value());
  EXPECT_TRUE(world_->lanes().Claim(payer.wallet, "w", absl::Seconds(1))->has_value());
}

TEST_P(PurchaseStoreContract, AReviewWithoutPaymentIsNobodysWork) {
  const Order order = CreatePaid("review", Payer("review"));
  const ClaimedOrder claimed = Claim(order.id);
  const OrderChange review{Move(claimed.order, OrderState::kNeedsReview, Now(),
                                {Reason::kWorkerCrashedRepeatedly, "", {}}),
                           {}};
  ASSERT_TRUE(world_->purchases().Save(claimed, review).ok());
  EXPECT_FALSE(world_->purchases().Claim(order.id, "w", absl::Seconds(1))->has_value());
  EXPECT_EQ(world_->SealedSecrets(order.id), 1);  // a person may queue it again
}

}  // namespace starlift
