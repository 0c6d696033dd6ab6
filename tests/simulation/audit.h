#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "domain/order/ports/work_signal.h"
#include "domain/payment/verdict.h"
#include "simulation/customers.h"
#include "simulation/world.h"

namespace starlift::simulation {

// What was broken: which invariant, and how.
struct Finding {
  std::string invariant;
  std::string what;
};

// Watches the world from behind the ports, and knows what no worker knows: the whole chain, every
// invoice that was ever handed out, everything that was ever told. It outlives the database.
class Audit {
 public:
  explicit Audit(World& world);

  // Who asked the marketplace for this invoice.
  void Invoiced(const std::string& payload_hash, const OrderId& order);
  // A worker could not see the chain as it is.
  void Blinded() { blind_until_ = world_.clock.Now(); }
  // A step ended. `restored`: the database was restored in the middle of it.
  void Stepped(const WorkItem& item, const absl::Status& status, bool restored);
  void BeforeRestore();
  void AfterRestore();
  // After a run: what must hold at any time, and, if all faults were over for long enough, that
  // everything came to a right end.
  void Close(const Customers& customers, bool finished);

  const std::optional<Finding>& finding() const { return finding_; }
  int restores() const { return restores_; }
  // Payments of the order that left a wallet by a message of ours, and did not come back.
  int PaidByUs(const OrderId& order) const;

 private:
  struct Truth {
    std::vector<size_t> paid;  // places in FakeChain::paid
    bool known = false;        // an event was told
    OrderState state = OrderState::kAwaitingPayment;
    int64_t sequence = 0;
    std::map<int64_t, OrderState> told;
  };

  void Broken(absl::string_view invariant, std::string what);
  Truth& Of(const OrderId& order) { return truths_[order.value()]; }
  std::string NameOf(const OrderId& order) const;

  void Sending(absl::string_view boc, const WalletMessage& message);
  void Left(const FakeChain::Paid& paid);
  void CheckCeilings(const OrderId& order, const FakeChain::Paid& paid);
  void CheckTwice(const OrderId& order, const FakeChain::Paid& paid);

  void Event(const Order& order);
  void CheckSequence(const Order& order, Truth* truth);
  void CheckPaid(const Order& order);
  void CheckGivenUp(const Order& order);
  void CheckReviews();
  void CheckReview(const Order& order);
  bool Doubtful(const Order& order);
  bool PaidWithoutRow(const Order& order);

  void CheckLedger();
  void CheckOrders(const Customers& customers, bool finished);
  void CheckRow(const FakeOrderRow& row, bool finished);
  void CheckTold(const FakeOrderRow& row);
  void CheckBooks(const FakeOrderRow& row);
  void CheckEnd(const Order& order);
  void CheckReviewAtEnd(const Order& order);
  void CheckTransfers();
  void CheckSums();
  // What the network took: audit_fees.cc.
  void NoteProvisional(const std::string& wallet);
  void CheckFees();
  void CheckFeesOf(const Transfer& transfer);
  bool HasRival(const Transfer& transfer) const;

  // What perfect sight of the chain says of the transfer.
  Judgement Truly(const Transfer& transfer) const;

  World& world_;
  std::optional<Finding> finding_;
  std::unordered_map<std::string, Truth> truths_;      // by order
  std::unordered_map<std::string, OrderId> owner_of_;  // by payload hash
  std::unordered_set<const WalletMessage*> checked_;   // sent, and found in order
  std::unordered_set<std::string> rows_before_;        // lost rows' normalized hashes
  std::unordered_set<std::string> once_provisional_;   // transfers
  std::vector<OrderId> fresh_reviews_;
  absl::Time blind_until_ = absl::InfinitePast();
  size_t audited_ = 0;      // rows of the ledger
  int64_t era_before_ = 0;  // the last restore
  int restores_ = 0;
};

}  // namespace starlift::simulation
