#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "contract/store_world.h"
#include "domain/ledger/ledger.h"

namespace starlift {

// The house's wallets, sessions and orders, and the way of its orders through the stores.
class HouseOrders : public StoreContract {
 protected:
  struct Payer HouseWallet(const std::string& name, WalletVersion version = WalletVersion::kV5R1) {
    return {Payer(name).wallet, version, DerivedId("", {tenant_.value(), "key", name})};
  }
  HouseSession Session(const std::string& name, const std::string& wallet, int32_t places = 1,
                       bool foreign_payer = false) {
    HouseSession session;
    session.id = SessionId(Payer(name).session);
    session.name = absl::StrCat(tenant_.value(), name);
    session.wallet = wallet;
    session.foreign_payer = foreign_payer;
    session.max_open_orders = places;
    session.jar = {"key0000000000001", "jar of " + name};
    session.cookies_digest = "digest of " + name;
    return session;
  }
  void Register(const std::vector<struct Payer>& wallets,
                const std::vector<HouseSession>& sessions) {
    const absl::Status registered = world_->house().Register(wallets, sessions);
    EXPECT_TRUE(registered.ok()) << registered;
  }
  // One wallet, and one session that it is connected to.
  HouseSession RegisterOne(int32_t places, bool foreign_payer = false) {
    const HouseSession session =
        Session("one", HouseWallet("one").wallet_address, places, foreign_payer);
    Register({HouseWallet("one")}, {session});
    return session;
  }

  // A QUEUED order that the tenant's credit pays, held by a worker.
  ClaimedOrder ClaimBalance(const std::string& name, const std::string& recipient = "durov") {
    world_->GiveCredit(tenant_, Units(1'000'000'000));
    NewOrder fresh = PaidByCredit(tenant_, name, Now());
    fresh.created.order.recipient = fresh.queued->order.recipient = recipient;
    const CreateResult result = world_->orders().Create({&fresh, 1}).front();
    EXPECT_TRUE(result.status.ok()) << result.status;
    return Claim(result.order.id);
  }

  std::optional<SessionLease> Acquire(const ClaimedOrder& claimed) {
    const auto lease = world_->purchases().AcquireSession(claimed);
    EXPECT_TRUE(lease.ok()) << lease.status();
    return lease.ok() ? *lease : std::nullopt;
  }
  Reason WhyNot(const ClaimedOrder& claimed) {
    return ReasonOf(world_->purchases().AcquireSession(claimed).status());
  }
  // An order with its place.
  struct Placed {
    ClaimedOrder claimed;
    SessionLease lease;
  };
  Placed Place(const std::string& name, const std::string& recipient = "durov") {
    Placed placed{ClaimBalance(name, recipient), {}};
    const std::optional<SessionLease> lease = Acquire(placed.claimed);
    EXPECT_TRUE(lease.has_value()) << name;
    if (lease) placed.lease = *lease;
    return placed;
  }

  OrderChange FailedBalance(Order order) {
    return {Move(order, OrderState::kFailed, Now(), {Reason::kQueueTimeout, "", {}}),
            {Void(order.id, CreditAccount(tenant_), order.quote.asset, order.quote.max_total)}};
  }
  void End(const ClaimedOrder& claimed) {
    const absl::Status ended =
        world_->purchases().Save(claimed, FailedBalance(Load(claimed.order.id)));
    EXPECT_TRUE(ended.ok()) << ended;
  }

  Invoice SaveInvoice(const Placed& placed, std::optional<int32_t> baseline) {
    Order order = placed.claimed.order;
    order.session = placed.lease.session;
    order.payer = placed.lease.payer;
    Invoice invoice = ExampleInvoice(order, absl::StrCat(order.id.value()), Now());
    invoice.history_baseline = baseline;
    const OrderChange invoiced{Move(order, OrderState::kInvoiced, Now()), {}};
    const absl::Status saved = world_->purchases().SaveInvoice(placed.claimed, invoiced, invoice);
    EXPECT_TRUE(saved.ok()) << saved;
    return invoice;
  }
  Transfer SignFor(const Invoice& invoice) {
    const Order order = Load(invoice.order);
    const Lane lane = ClaimLane(order.payer.wallet_address);
    const Transfer transfer = ExampleTransfer(lane.wallet(), lane.next_seqno.value_or(0), {invoice},
                                              order.id.value(), Now());
    const absl::Status signed_now =
        world_->lanes().CommitTransfer(lane, transfer, {Paying(invoice.order, transfer)});
    EXPECT_TRUE(signed_now.ok()) << signed_now;
    return transfer;
  }
  static LaneResolution Judged(Transfer transfer, Verdict verdict, bool provisional = false) {
    transfer.verdict = verdict;
    transfer.provisional = provisional;
    for (Payment& payment : transfer.payments) payment.verdict = verdict;
    LaneResolution resolution;
    if (!provisional) resolution.next_seqno = transfer.seqno + 1;
    resolution.transaction_hash = verdict == Verdict::kPaid ? "txhash" : "";
    resolution.transfer = std::move(transfer);
    return resolution;
  }
  // The order is QUEUED again.
  LaneResolution Dead(const Transfer& transfer, bool provisional) {
    LaneResolution resolution = Judged(transfer, Verdict::kDead, provisional);
    Order again = Load(transfer.payments.front().order);
    again.payment_attempts += 1;
    resolution.orders = {{Move(again, OrderState::kQueued, Now()), {}}};
    return resolution;
  }
  // PAID, the way over its lane.
  Order Pay(const Placed& placed, std::optional<int32_t> baseline) {
    const Transfer transfer = SignFor(SaveInvoice(placed, baseline));
    Order paid = Move(Load(placed.claimed.order.id), OrderState::kPaid, Now());
    paid.payment.transaction_hash = "txhash";
    paid.payment.amount = transfer.payments.front().amount;
    Posting posting;
    posting.account = CreditAccount(tenant_);
    posting.bearer = WalletAccount(transfer.wallet);
    posting.held = paid.quote.max_total;
    posting.paid = paid.payment.amount;
    LaneResolution resolution = Judged(transfer, Verdict::kPaid);
    resolution.orders = {{paid, {Post(paid.id, posting)}}};
    const Lane lane = ClaimLane(transfer.wallet);
    const absl::Status resolved = world_->lanes().Resolve(lane, resolution);
    EXPECT_TRUE(resolved.ok()) << resolved;
    world_->Pass(absl::Milliseconds(5));
    return Load(placed.claimed.order.id);
  }
  void Deliver(const OrderId& id, DeliveryEvidence evidence) {
    const ClaimedOrder claimed = Claim(id);
    Order done = Move(claimed.order, OrderState::kDelivered, Now());
    done.evidence = evidence;
    const absl::Status saved = world_->purchases().Save(claimed, {done, {}});
    EXPECT_TRUE(saved.ok()) << saved;
  }
  // delivered_since, paid_before
  std::pair<int, int> RivalsOf(const OrderId& id) {
    const auto rivals = world_->purchases().FindRivals(Load(id));
    EXPECT_TRUE(rivals.ok()) << rivals.status();
    return rivals.ok() ? std::make_pair(rivals->delivered_since, rivals->paid_before)
                       : std::make_pair(-1, -1);
  }
};

}  // namespace starlift
