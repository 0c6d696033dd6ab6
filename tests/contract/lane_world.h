#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "contract/store_world.h"

namespace starlift {

// The way of orders through a lane, for tests that start in the middle.
class LaneContract : public StoreContract {
 protected:
  // An order that waits for its lane, and its invoice.
  struct Waiting {
    Order order;
    Invoice invoice;
  };
  Waiting MakeWaiting(const std::string& name, const ExamplePayer& payer) {
    Waiting waiting;
    waiting.order = CreatePaid(name, payer);
    waiting.invoice = MakeInvoiced(waiting.order, name);
    return waiting;
  }

  ExamplePayer SameWallet(const ExamplePayer& payer, const std::string& name) {
    return {payer.wallet, Payer(name).session};
  }

  Transfer Sign(const Lane& lane, int64_t seqno, const Waiting& waiting, const std::string& name) {
    return ExampleTransfer(lane.wallet(), seqno, {waiting.invoice}, name, Now());
  }
  Transfer SignAll(const Lane& lane, int64_t seqno, const std::vector<Waiting>& all,
                   const std::string& name) {
    std::vector<Invoice> invoices;
    for (const Waiting& waiting : all) invoices.push_back(waiting.invoice);
    return ExampleTransfer(lane.wallet(), seqno, invoices, name, Now());
  }
  // Orders of one wallet, each with a session of its own.
  std::vector<Waiting> MakeWaitingOn(const ExamplePayer& payer, const std::string& name,
                                     int count) {
    std::vector<Waiting> all;
    for (int i = 0; i < count; ++i) {
      const std::string each = absl::StrCat(name, i);
      all.push_back(MakeWaiting(each, SameWallet(payer, each)));
    }
    return all;
  }

  // Of one order, or none.
  std::optional<PayableOrder> NextPayable(const Lane& lane) {
    const auto payables = world_->lanes().NextPayables(lane, 1);
    EXPECT_TRUE(payables.ok() && payables->size() < 2) << payables.status();
    return payables->empty() ? std::nullopt : std::optional<PayableOrder>(payables->front());
  }
  absl::Status MoveOne(const Lane& lane, const OrderChange& change) {
    return world_->lanes().MoveWaiting(lane, {&change, 1});
  }

  absl::Status Commit(const Lane& lane, const Transfer& transfer) {
    std::vector<OrderChange> changes;
    for (const Payment& payment : transfer.payments) {
      changes.push_back(Paying(payment.order, transfer));
    }
    return world_->lanes().CommitTransfer(lane, transfer, changes);
  }

  static void Judge(Transfer* transfer, Verdict verdict, bool provisional = false) {
    transfer->verdict = verdict;
    transfer->provisional = provisional;
    for (Payment& payment : transfer->payments) payment.verdict = verdict;
  }

  static LedgerTransaction PostOf(const Order& paid, const std::string& wallet) {
    Posting posting;
    posting.account = posting.bearer = WalletAccount(wallet);
    posting.held = paid.quote.max_total;
    posting.paid = paid.payment.amount;
    posting.fees = Units(3'000'000);
    return Post(paid.id, posting);
  }

  LaneResolution PaidResolution(Transfer transfer) {
    Judge(&transfer, Verdict::kPaid);
    LaneResolution resolution;
    for (const Payment& payment : transfer.payments) {
      Order paid = Move(Load(payment.order), OrderState::kPaid, Now());
      paid.payment.transaction_hash = "txhash";
      paid.payment.transaction_lt = 77;
      paid.payment.amount = payment.amount;
      resolution.orders.push_back({paid, {PostOf(paid, transfer.wallet)}});
    }
    resolution.next_seqno = transfer.seqno + 1;
    resolution.transaction_hash = "txhash";
    resolution.transaction_lt = resolution.last_lt = 77;
    resolution.transfer = std::move(transfer);
    return resolution;
  }

  LaneResolution DeadResolution(Transfer transfer, bool provisional) {
    Judge(&transfer, Verdict::kDead, provisional);
    LaneResolution resolution;
    for (const Payment& payment : transfer.payments) {
      Order again = Load(payment.order);
      again.payment_attempts += 1;
      resolution.orders.push_back({Move(again, OrderState::kQueued, Now()), {}});
    }
    if (!provisional) resolution.next_seqno = transfer.seqno + 1;
    resolution.transfer = std::move(transfer);
    return resolution;
  }

  // An order whose first transfer died by expiry and that was signed for again, under one seqno.
  struct Twice {
    Waiting waiting;
    Lane lane;
    Transfer first;   // DEAD, provisional
    Transfer second;  // LIVE
  };
  Twice SignTwice(const std::string& name) {
    const ExamplePayer payer = Payer(name);
    Twice twice;
    twice.waiting = MakeWaiting(name, payer);
    twice.lane = ClaimLane(payer.wallet);
    twice.first = Sign(twice.lane, 5, twice.waiting, "first");
    EXPECT_TRUE(Commit(twice.lane, twice.first).ok());
    EXPECT_TRUE(world_->lanes().Resolve(twice.lane, DeadResolution(twice.first, true)).ok());
    twice.waiting.invoice = MakeInvoiced(Load(twice.waiting.order.id), name + "-again");
    twice.second = Sign(twice.lane, 5, twice.waiting, "second");
    const absl::Status committed = Commit(twice.lane, twice.second);
    EXPECT_TRUE(committed.ok()) << committed;
    return twice;
  }

  // The first was executed after all: the second dies, the order goes from PAYING through review to
  // PAID.
  LaneResurrection FirstWon(const Twice& twice) {
    LaneResurrection back;
    back.winner = twice.first;
    Judge(&back.winner, Verdict::kPaid);
    back.loser = twice.second;
    Judge(&*back.loser, Verdict::kDead);
    back.transaction_hash = "late";
    back.transaction_lt = back.last_lt = 99;
    back.evidence = "seen after all";
    back.next_seqno = 6;
    const Order review = Move(Load(twice.waiting.order.id), OrderState::kNeedsReview, Now());
    Order paid = Move(review, OrderState::kPaid, Now());
    paid.payment.normalized_hash = twice.first.normalized_hash;
    paid.payment.transaction_hash = "late";
    paid.payment.amount = twice.first.payments.front().amount;
    back.orders = {{review, {}}, {paid, {PostOf(paid, twice.lane.wallet())}}};
    return back;
  }
};

}  // namespace starlift
