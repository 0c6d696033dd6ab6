#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "contract/house_orders.h"

// What PurchaseStore promises of places on sessions and of the house, and HouseRegistry of where
// both come from. Included by one file of each test binary, which names the world.

namespace starlift {

class SessionPlaceContract : public HouseOrders {};

TEST_P(SessionPlaceContract, AnOrderOfBalanceGetsSessionWalletAndPlace) {
  const struct Payer wallet = HouseWallet("one", WalletVersion::kV4R2);
  const HouseSession session = Session("one", wallet.wallet_address, 3);
  Register({wallet}, {session});
  const Placed placed = Place("first");
  const SessionLease& lease = placed.lease;
  EXPECT_EQ(lease.session, session.id);
  EXPECT_EQ(lease.jar.bytes, "jar of one");
  EXPECT_EQ(lease.jar_tenant, TenantId());
  EXPECT_EQ(lease.wallet, wallet.wallet_address);
  EXPECT_FALSE(lease.foreign_payer);
  EXPECT_TRUE(lease.sole);
  EXPECT_TRUE(lease.shared);
  EXPECT_EQ(lease.payer.wallet_address, wallet.wallet_address);
  EXPECT_EQ(lease.payer.version, WalletVersion::kV4R2);
  EXPECT_EQ(lease.payer.public_key_hex, wallet.public_key_hex);
  const Order order = Load(placed.claimed.order.id);
  EXPECT_EQ(order.session, session.id);
  EXPECT_EQ(order.payer.wallet_address, wallet.wallet_address);
  EXPECT_EQ(order.sequence, placed.claimed.order.sequence) << "no event tells of it";
  const std::optional<SessionLease> again = Acquire(placed.claimed);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->session, session.id);
  EXPECT_TRUE(again->sole);
}

TEST_P(SessionPlaceContract, ASessionHasSoManyPlacesAndNoMore) {
  RegisterOne(2);
  const Placed first = Place("first");
  EXPECT_TRUE(first.lease.sole);
  const Placed second = Place("second");
  EXPECT_FALSE(second.lease.sole);
  EXPECT_FALSE(Acquire(first.claimed)->sole) << "nobody is alone any more";
  const ClaimedOrder third = ClaimBalance("third");
  EXPECT_FALSE(Acquire(third).has_value());
  End(first.claimed);
  EXPECT_FALSE(Acquire(second.claimed)->sole) << "somebody was there";
  const std::optional<SessionLease> late = Acquire(third);
  ASSERT_TRUE(late.has_value());
  EXPECT_FALSE(late->sole);
  End(second.claimed);
  End(third);
  EXPECT_TRUE(Place("fourth").lease.sole);
}

TEST_P(SessionPlaceContract, ASessionWithOnePlaceIsNotShared) {
  RegisterOne(1);
  const Placed only = Place("only");
  EXPECT_TRUE(only.lease.sole);
  EXPECT_FALSE(only.lease.shared);
  EXPECT_FALSE(Acquire(ClaimBalance("waits")).has_value());
}

TEST_P(SessionPlaceContract, ConversationsKeepTheirPace) {
  HouseSession session = Session("one", HouseWallet("one").wallet_address, 3);
  session.pace = absl::Seconds(1);
  Register({HouseWallet("one")}, {session});
  const Placed first = Place("first");
  const ClaimedOrder second = ClaimBalance("second");
  EXPECT_FALSE(Acquire(second).has_value());
  EXPECT_FALSE(Acquire(first.claimed).has_value()) << "its next conversation waits as well";
  world_->Pass(absl::Milliseconds(1100));
  EXPECT_TRUE(Acquire(second).has_value());
  EXPECT_FALSE(Acquire(first.claimed).has_value());
}

TEST_P(SessionPlaceContract, WhoWasPaidForDoesNotWaitForThePace) {
  HouseSession session = Session("one", HouseWallet("one").wallet_address, 3);
  session.pace = absl::Minutes(10);
  Register({HouseWallet("one")}, {session});
  const Order paid = Pay(Place("paid"), 0);
  EXPECT_TRUE(Acquire(Claim(paid.id)).has_value());
}

TEST_P(SessionPlaceContract, TheSessionWithTheMostRoomIsTaken) {
  const std::string wallet = HouseWallet("one").wallet_address;
  const HouseSession narrow = Session("narrow", wallet, 1);
  const HouseSession wide = Session("wide", wallet, 3);
  Register({HouseWallet("one")}, {narrow, wide});
  EXPECT_EQ(Place("a").lease.session, wide.id);
  EXPECT_EQ(Place("b").lease.session, wide.id);
  const SessionId third = Place("c").lease.session;
  EXPECT_NE(Place("d").lease.session, third) << "each had one place left";
  EXPECT_FALSE(Acquire(ClaimBalance("e")).has_value());
}

TEST_P(SessionPlaceContract, AnotherWalletPaysOnlyWhereTheSessionAllowsIt) {
  const std::string stranger = Payer("stranger").wallet;
  Register({HouseWallet("one")}, {Session("bound", stranger, 3)});
  const ClaimedOrder waits = ClaimBalance("waits");
  EXPECT_FALSE(Acquire(waits).has_value());
  Register({HouseWallet("one")}, {Session("bound", stranger, 3, /*foreign_payer=*/true)});
  const std::optional<SessionLease> lease = Acquire(waits);
  ASSERT_TRUE(lease.has_value());
  EXPECT_TRUE(lease->foreign_payer);
  EXPECT_EQ(lease->wallet, stranger);
  EXPECT_EQ(lease->payer.wallet_address, HouseWallet("one").wallet_address);
}

TEST_P(SessionPlaceContract, AWalletThatIsShutPaysNothingNew) {
  const std::string wallet = HouseWallet("one").wallet_address;
  Register({HouseWallet("one"), HouseWallet("two")}, {Session("s", wallet, 9, true)});
  const Placed unsigned_yet = Place("unsigned");
  const Placed first = Place("first");
  EXPECT_EQ(first.lease.payer.wallet_address, wallet) << "the connected one, of equals";
  SaveInvoice(first, 0);
  const Lane lane = ClaimLane(wallet);
  ASSERT_TRUE(world_->lanes().ReleaseAndShut(lane, Reason::kPaymentWithoutRecord, Now(), 0).ok());
  const std::string other = HouseWallet("two").wallet_address;
  EXPECT_EQ(Place("second").lease.payer.wallet_address, other);
  EXPECT_EQ(Acquire(unsigned_yet.claimed)->payer.wallet_address, other) << "nothing was signed";
  EXPECT_EQ(Load(unsigned_yet.claimed.order.id).payer.wallet_address, other);
  Register({HouseWallet("one")}, {Session("s", wallet, 9, true)});
  EXPECT_FALSE(Acquire(ClaimBalance("third")).has_value()) << "the other is not configured now";
}

TEST_P(SessionPlaceContract, WalletsShareTheWork) {
  const std::string wallet = HouseWallet("one").wallet_address;
  Register({HouseWallet("one"), HouseWallet("two")}, {Session("s", wallet, 9, true)});
  SaveInvoice(Place("first"), 0);
  EXPECT_NE(Place("second").lease.payer.wallet_address, wallet) << "one waits for its lane there";
}

TEST_P(SessionPlaceContract, ALoggedOutSessionIsGivenUpAndTheOrderGoesElsewhere) {
  const std::string wallet = HouseWallet("one").wallet_address;
  const HouseSession first = Session("first", wallet, 9);
  const HouseSession second = Session("second", wallet, 2);
  Register({HouseWallet("one")}, {first, second});
  const Placed placed = Place("a");
  const Placed neighbour = Place("b");
  ASSERT_EQ(placed.lease.session, first.id);
  ASSERT_EQ(neighbour.lease.session, first.id);
  const auto gone = world_->purchases().GiveUpSession(placed.claimed, placed.lease);
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_TRUE(*gone);
  EXPECT_TRUE(Load(placed.claimed.order.id).session.empty());
  EXPECT_TRUE(Load(placed.claimed.order.id).payer.wallet_address.empty());
  const std::optional<SessionLease> elsewhere = Acquire(placed.claimed);
  ASSERT_TRUE(elsewhere.has_value());
  EXPECT_EQ(elsewhere->session, second.id);
  EXPECT_TRUE(elsewhere->sole);
  EXPECT_EQ(Acquire(neighbour.claimed)->session, second.id) << "its session was given up, too";
  EXPECT_FALSE(Acquire(ClaimBalance("c")).has_value());
}

TEST_P(SessionPlaceContract, OldCookiesAreNoReasonToGiveASessionUp) {
  const HouseSession session = RegisterOne(3);
  const Placed first = Place("first");
  const Placed second = Place("second");
  ASSERT_TRUE(*world_->purchases().SaveJar(first.lease, {"key0000000000001", "rotated"}));
  EXPECT_TRUE(*world_->purchases().GiveUpSession(second.claimed, second.lease));
  const std::optional<SessionLease> again = Acquire(second.claimed);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->session, session.id);
  EXPECT_EQ(again->jar.bytes, "rotated");
}

TEST_P(SessionPlaceContract, WhoWasSignedForKeepsSessionAndWallet) {
  const std::string wallet = HouseWallet("one").wallet_address;
  const HouseSession session = Session("first", wallet, 9);
  const HouseSession second = Session("second", wallet, 2);
  Register({HouseWallet("one")}, {session, second});
  const Placed placed = Place("signed");
  const OrderId id = placed.claimed.order.id;
  const Transfer transfer = SignFor(SaveInvoice(placed, 0));
  ASSERT_TRUE(world_->lanes().Resolve(ClaimLane(wallet), Dead(transfer, false)).ok());
  const ClaimedOrder again = Claim(id);
  EXPECT_EQ(again.order.session, session.id);
  const std::optional<SessionLease> lease = Acquire(again);
  ASSERT_TRUE(lease.has_value());
  EXPECT_FALSE(*world_->purchases().GiveUpSession(again, *lease));
  EXPECT_EQ(Load(id).session, session.id);
  EXPECT_EQ(Load(id).payer.wallet_address, wallet);
  EXPECT_EQ(WhyNot(again), Reason::kSessionDead);
  HouseSession renewed = session;
  renewed.jar.bytes = "new cookies";
  renewed.cookies_digest = "of new cookies";
  Register({HouseWallet("one")}, {renewed, second});
  const std::optional<SessionLease> back = Acquire(again);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->session, session.id);
  EXPECT_EQ(back->jar.bytes, "new cookies");
}

TEST_P(SessionPlaceContract, AnOwnSessionIsNeverGivenUp) {
  const ClaimedOrder claimed = Claim(CreatePaid("own", Payer("own")).id);
  const std::optional<SessionLease> lease = Acquire(claimed);
  ASSERT_TRUE(lease.has_value());
  EXPECT_TRUE(lease->wallet.empty());
  EXPECT_TRUE(lease->sole);
  EXPECT_FALSE(lease->shared);
  EXPECT_EQ(lease->payer.wallet_address, Payer("own").wallet);
  EXPECT_FALSE(*world_->purchases().GiveUpSession(claimed, *lease));
  EXPECT_TRUE(Acquire(claimed).has_value());
}

TEST_P(SessionPlaceContract, RivalsAreCountedFromTheOrdersOwnBaseline) {
  RegisterOne(9);
  const OrderId early = Pay(Place("early"), 0).id;
  Deliver(early, DeliveryEvidence::kHistory);
  const Placed first = Place("first"), second = Place("second"), third = Place("third");
  Pay(Place("other", "somebody_else"), 1);
  const OrderId a = Pay(first, 1).id;
  EXPECT_EQ(RivalsOf(a), std::make_pair(0, 0)) << "the early one is in the baseline";
  const OrderId b = Pay(second, 1).id;
  EXPECT_EQ(RivalsOf(a), std::make_pair(0, 0));
  EXPECT_EQ(RivalsOf(b), std::make_pair(0, 1));
  Deliver(a, DeliveryEvidence::kHistory);
  EXPECT_EQ(RivalsOf(b), std::make_pair(1, 0));
  const OrderId c = Pay(third, 1).id;
  EXPECT_EQ(RivalsOf(c), std::make_pair(1, 1));
  Deliver(b, DeliveryEvidence::kHistory);
  EXPECT_EQ(RivalsOf(c), std::make_pair(2, 0));
  const OrderId late = Pay(Place("late"), 3).id;
  EXPECT_EQ(RivalsOf(late), std::make_pair(0, 1));
}

TEST_P(SessionPlaceContract, APageThatWasFasterThanTheHistoryLeavesARowToCome) {
  RegisterOne(9);
  const OrderId first = Pay(Place("first"), 0).id;
  Deliver(first, DeliveryEvidence::kSessionState);
  const OrderId behind = Pay(Place("behind"), 0).id;
  EXPECT_EQ(RivalsOf(behind), std::make_pair(1, 0)) << "the first row to come is the first's";
  const OrderId after = Pay(Place("after"), 1).id;
  EXPECT_EQ(RivalsOf(after), std::make_pair(0, 1));
}

TEST_P(SessionPlaceContract, AnInvoiceKeepsWhoPaysAndTheBaseline) {
  const std::string wallet = HouseWallet("one").wallet_address;
  Register({HouseWallet("one")}, {Session("s", Payer("stranger").wallet, 3, true)});
  const Placed placed = Place("foreign");
  Order order = placed.claimed.order;
  order.session = placed.lease.session;
  order.payer = placed.lease.payer;
  Invoice invoice = ExampleInvoice(order, order.id.value(), Now());
  invoice.sender = placed.lease.wallet;
  invoice.foreign_payer = true;
  invoice.history_baseline = 7;
  const OrderChange invoiced{Move(order, OrderState::kInvoiced, Now()), {}};
  ASSERT_TRUE(world_->purchases().SaveInvoice(placed.claimed, invoiced, invoice).ok());
  const Lane lane = ClaimLane(wallet);
  EXPECT_TRUE(lane.house);
  EXPECT_EQ(lane.payer.public_key_hex, HouseWallet("one").public_key_hex);
  const auto payables = world_->lanes().NextPayables(lane, 1);
  ASSERT_TRUE(payables.ok() && payables->size() == 1) << payables.status();
  const PayableOrder& payable = payables->front();
  EXPECT_TRUE(payable.foreign_payer_allowed);
  EXPECT_TRUE(payable.invoice.foreign_payer);
  EXPECT_EQ(payable.invoice.sender, Payer("stranger").wallet);
  EXPECT_EQ(payable.invoice.history_baseline, std::optional<int32_t>(7));
}

TEST_P(SessionPlaceContract, AReviewThatHoldsMoneyCallsTheLaneThatCanEndIt) {
  const std::string wallet = HouseWallet("one").wallet_address;
  RegisterOne(9);
  const Placed placed = Place("held");
  const Transfer transfer = SignFor(SaveInvoice(placed, 0));
  const Lane lane = ClaimLane(wallet);
  ASSERT_TRUE(world_->lanes().Resolve(lane, Dead(transfer, true)).ok());
  ASSERT_TRUE(world_->lanes().Release(lane, absl::InfiniteFuture()).ok());
  ASSERT_FALSE(world_->lanes().Claim(wallet, "w", absl::Seconds(1))->has_value());
  const ClaimedOrder claimed = Claim(placed.claimed.order.id);
  ASSERT_TRUE(claimed.hold_money);
  const OrderChange review{
      Move(claimed.order, OrderState::kNeedsReview, Now(), {Reason::kRecipientNotFound, "", {}}),
      {}};
  ASSERT_TRUE(world_->purchases().Save(claimed, review).ok());
  EXPECT_TRUE(world_->lanes().Claim(wallet, "w", absl::Seconds(1))->has_value());
}

// The wallet that signed was forgotten with the transfer.
TEST_P(SessionPlaceContract, AnOrderThatALostTransferMayHavePaidGetsNeitherWalletNorPlace) {
  RegisterOne(1);
  const ClaimedOrder claimed = ClaimBalance("lost");
  LostTransfer lost;
  lost.line.normalized_hash = DerivedId("", {tenant_.value(), "lost"});
  lost.line.wallet = HouseWallet("one").wallet_address;
  lost.line.valid_until = Now();
  lost.line.orders = {claimed.order.id};
  lost.line.payload_hashes = {"p"};
  lost.line.payees = {"0:p"};
  ASSERT_TRUE(world_->eras().RecordMissing({lost.line}).ok());
  const std::optional<SessionLease> none = Acquire(claimed);
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->payer.wallet_address.empty());
  EXPECT_TRUE(none->session.empty());
  EXPECT_TRUE(Load(claimed.order.id).session.empty());
  const Placed other = Place("other");
  EXPECT_FALSE(other.lease.session.empty()) << "the only place is not taken";
  End(other.claimed);
  lost.verdict = Verdict::kDead;
  ASSERT_TRUE(world_->eras().RecordLost(lost).ok());
  EXPECT_EQ(Acquire(claimed)->payer.wallet_address, lost.line.wallet);
}

TEST_P(SessionPlaceContract, AReviewWithoutAWalletIsLookedAtByItself) {
  const ClaimedOrder claimed = ClaimBalance("alone");
  const OrderChange review{
      Move(claimed.order, OrderState::kNeedsReview, Now(), {Reason::kQueueTimeout, "", {}}), {}};
  ASSERT_TRUE(world_->purchases().Save(claimed, review).ok());
  const ClaimedOrder again = Claim(claimed.order.id);
  EXPECT_EQ(again.order.state, OrderState::kNeedsReview);
  End(again);
  EXPECT_EQ(Load(claimed.order.id).state, OrderState::kFailed);
}

TEST_P(SessionPlaceContract, OnlyNewCookiesReplaceTheLiveOnes) {
  const HouseSession session = RegisterOne(3);
  const Placed placed = Place("a");
  ASSERT_TRUE(*world_->purchases().SaveJar(placed.lease, {"key0000000000002", "rotated"}));
  RegisterOne(3);
  EXPECT_EQ(Acquire(placed.claimed)->jar.bytes, "rotated");
  HouseSession renewed = session;
  renewed.cookies_digest = "another";
  renewed.jar.bytes = "from the operator";
  Register({HouseWallet("one")}, {renewed});
  const std::optional<SessionLease> lease = Acquire(placed.claimed);
  EXPECT_EQ(lease->jar.bytes, "from the operator");
  EXPECT_FALSE(*world_->purchases().SaveJar(placed.lease, {"key0000000000002", "older"}));
  EXPECT_TRUE(*world_->purchases().SaveJar(*lease, {"key0000000000002", "newer"}));
}

TEST_P(SessionPlaceContract, WhatIsNotConfiguredGetsNoNewOrders) {
  const HouseSession session = RegisterOne(9);
  const Placed moves = Place("moves");
  const Order paid = Pay(Place("paid"), 0);
  Register({HouseWallet("one")}, {});
  EXPECT_FALSE(Acquire(ClaimBalance("new")).has_value());
  EXPECT_FALSE(Acquire(moves.claimed).has_value()) << "not signed for: it goes to another one";
  EXPECT_TRUE(Load(moves.claimed.order.id).session.empty());
  const ClaimedOrder waits = Claim(paid.id);
  EXPECT_EQ(Acquire(waits)->session, session.id) << "what was bought there is awaited there";
  RegisterOne(9);
  EXPECT_EQ(Acquire(moves.claimed)->session, session.id);
}

TEST_P(SessionPlaceContract, ANewLoginOfAnAccountIsStillThatAccount) {
  const std::string wallet = HouseWallet("one").wallet_address;
  const HouseSession before = RegisterOne(9);
  const OrderId old = Pay(Place("old"), 0).id;
  HouseSession anew = Session("anew", wallet, 9);
  anew.name = before.name;
  Register({HouseWallet("one")}, {anew});
  const Placed placed = Place("new");
  EXPECT_EQ(placed.lease.session, anew.id);
  EXPECT_FALSE(placed.lease.sole) << "the account's page may still speak of the old order";
  const OrderId fresh = Pay(placed, 0).id;
  EXPECT_EQ(RivalsOf(fresh), std::make_pair(0, 1));
  Deliver(old, DeliveryEvidence::kHistory);
  EXPECT_EQ(RivalsOf(fresh), std::make_pair(1, 0));
  Deliver(fresh, DeliveryEvidence::kHistory);
  EXPECT_TRUE(Place("alone").lease.sole);
}

TEST_P(SessionPlaceContract, NothingOfACallerBecomesTheHousesSilently) {
  const ExamplePayer payer = Payer("caller");
  const Order order = CreatePaid("callers", payer);
  MakeInvoiced(order, "callers");
  const struct Payer wallet { payer.wallet, WalletVersion::kV5R1, std::string(64, 'a') };
  EXPECT_EQ(ReasonOf(world_->house().Register({&wallet, 1}, {})), Reason::kCombinationNotAllowed);
  HouseSession session = Session("caller", HouseWallet("one").wallet_address);
  const struct Payer ours = HouseWallet("one");
  EXPECT_EQ(ReasonOf(world_->house().Register({&ours, 1}, {&session, 1})),
            Reason::kCombinationNotAllowed);
  const Lane lane = ClaimLane(payer.wallet);
  EXPECT_FALSE(lane.house);
  const OrderChange ended = Failed(Load(order.id), Now());
  ASSERT_TRUE(world_->lanes().MoveWaiting(lane, {&ended, 1}).ok());
  EXPECT_EQ(ReasonOf(world_->house().Register({&wallet, 1}, {})), Reason::kCombinationNotAllowed)
      << "its history stays";
  Register({ours}, {session});
  EXPECT_EQ(Place("ours").lease.session, session.id) << "nobody's order is open there";
  EXPECT_EQ(WhyNot(Claim(CreatePaid("again", payer).id)), Reason::kSessionDead)
      << "the account is the house's now";
  struct Payer other_key = ours;
  other_key.public_key_hex = std::string(64, 'b');
  EXPECT_EQ(ReasonOf(world_->house().Register({&other_key, 1}, {&session, 1})),
            Reason::kCombinationNotAllowed);
}

}  // namespace starlift
