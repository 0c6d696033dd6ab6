#include "money_simulation.h"

#include "absl/strings/match.h"

namespace starlift {
namespace {

constexpr absl::Duration kWindow = absl::Hours(2);

}  // namespace

MoneySimulation::MoneySimulation(uint64_t seed) : dice_(seed), world_(seed ^ 0x5eed) {
  world_.execute_window = kWindow;
  world_.rules.session_busy = absl::Seconds(30);
  call_faults_ = dice_.Below(5);
  lags_ = dice_.Below(4) * 10;
  owners_meddle_ = dice_.Percent(20);
  for (uint32_t i = 0; i <= dice_.Below(2); ++i) {
    wallets_.push_back(world_.AddWallet(static_cast<int>(i), dice_.Percent(70)));
  }
  const uint32_t orders = 1 + dice_.Below(5);
  for (uint32_t i = 0; i < orders; ++i) {
    const std::string& wallet = wallets_[dice_.Below(static_cast<uint32_t>(wallets_.size()))];
    orders_.push_back(
        world_.Buy(absl::StrCat("o", i), wallet, absl::StrCat("ses-", dice_.Below(orders))));
    world_.clock.Advance(absl::Milliseconds(3));
  }
  world_.market.weather = [this](absl::string_view method) { return Weather(method); };
  for (size_t i = 0; i < 2; ++i) {
    workers_.push_back(std::make_unique<Worker>(world_, absl::StrCat("w", ++processes_)));
  }
}

std::vector<std::string> MoneySimulation::Run() {
  const uint32_t ticks = 100 + dice_.Below(400);
  for (uint32_t i = 0; i < ticks && broken_.empty(); ++i) {
    Tick();
    CheckAlways();
  }
  Calm();
  CheckAlways();
  CheckEnd();
  return {broken_.begin(), broken_.end()};
}

void MoneySimulation::Tick() {
  const uint32_t what = dice_.Below(100);
  if (what < 50) return DoDueWork(1);
  if (what < 54) {  // a wake-up that nobody asked for
    const WorkItem order{WorkItem::Kind::kOrder,
                         orders_[dice_.Below(static_cast<uint32_t>(orders_.size()))].value()};
    const WorkItem lane{WorkItem::Kind::kLane,
                        wallets_[dice_.Below(static_cast<uint32_t>(wallets_.size()))]};
    return RunStep(dice_.Percent(50) ? order : lane, dice_.Below(2));
  }
  if (what < 80) return world_.Pass(absl::Milliseconds(dice_.Below(1500)));
  if (what < 88) return world_.clock.Advance(absl::Milliseconds(dice_.Below(3000)));
  if (what < 89) return world_.Pass(absl::Seconds(dice_.Below(150)));
  if (what < 93) return Settle();
  Disturb();
}

void MoneySimulation::Disturb() {
  const std::string& wallet = wallets_[dice_.Below(static_cast<uint32_t>(wallets_.size()))];
  using Handover = FakeChain::Handover;
  using Execution = FakeChain::Execution;
  switch (dice_.Below(8)) {
    case 0:
      world_.chain.handovers.assign(dice_.Below(60), Handover::kDroppedByNode);
      break;
    case 1:
      world_.chain.handovers = {Handover::kRequestLost, Handover::kAnswerLost};
      break;
    case 2:
      world_.chain.executions.assign(1 + dice_.Below(2), Execution::kActionPhaseFails);
      break;
    case 3:
      world_.chain.executions.assign(1 + dice_.Below(3), Execution::kSkipped);
      break;
    case 4:
      world_.chain.ForgetWaiting();
      break;
    case 5:
      world_.chain.Receive(wallet, Units(1'000'000));
      break;
    case 6:
      if (owners_meddle_) world_.chain.SpendElsewhere(wallet, "0:friend", Units(7), "note");
      break;
    default:
      world_.market.accounts[absl::StrCat("ses-", dice_.Below(5))].new_cookies =
          absl::StrCat("cookies=", dice_.Below(1000));
  }
}

void MoneySimulation::DoDueWork(int steps) {
  for (int i = 0; i < steps; ++i) {
    const std::vector<WorkItem> due = DueWork();
    if (due.empty()) return;
    RunStep(due[dice_.Below(static_cast<uint32_t>(due.size()))], dice_.Below(2));
  }
}

std::vector<WorkItem> MoneySimulation::DueWork() const {
  std::vector<WorkItem> due;
  const absl::Time now = world_.clock.Now();
  for (const auto& [id, row] : world_.database.orders) {
    if (row.lease.due <= now) due.push_back({WorkItem::Kind::kOrder, id});
  }
  for (const auto& [wallet, row] : world_.database.lanes) {
    if (row.lease.due <= now) due.push_back({WorkItem::Kind::kLane, wallet});
  }
  return due;
}

void MoneySimulation::RunStep(const WorkItem& item, size_t worker) {
  if (!running_.empty() && running_.front() == worker) worker = 1 - worker;
  workers_[worker]->fate.choose = [this, worker](absl::string_view method) {
    return Choose(worker, method);
  };
  running_.push_back(worker);
  const absl::StatusOr<absl::Time> next = workers_[worker]->Run(item);
  running_.pop_back();
  if (!next.ok() && absl::StrContains(next.status().message(), "constraint")) {
    Broken(absl::StrCat("only a constraint stopped it: ", next.status().message()));
  }
  // A process that comes back may have its old name, or be another one.
  if (workers_[worker]->fate.dead() && dice_.Percent(50)) {
    workers_[worker] = std::make_unique<Worker>(world_, absl::StrCat("w", ++processes_));
  }
}

CallFate MoneySimulation::Choose(size_t worker, absl::string_view method) {
  if (!faults_) return CallFate::kNormal;
  world_.chain.view = {};
  if (dice_.Percent(lags_)) {
    FakeChain::View& view = world_.chain.view;
    view.down = dice_.Percent(20);
    view.account_lag = static_cast<int>(dice_.Below(4));
    view.index_lag = static_cast<int>(dice_.Below(6));
    view.hole = dice_.Percent(10);
    view.no_hash = dice_.Percent(10);
  }
  if (running_.size() == 1 && dice_.Percent(2)) Overtake(worker);
  if (method == "ClaimLane" || method == "ClaimOrder" || !dice_.Percent(call_faults_)) {
    return CallFate::kNormal;
  }
  constexpr CallFate kFates[] = {CallFate::kFails, CallFate::kAnswerLost, CallFate::kVanishes,
                                 CallFate::kDiesBefore, CallFate::kDiesAfter};
  return kFates[dice_.Below(5)];
}

// In the middle of one worker's step: time, blocks, and the other one's steps.
void MoneySimulation::Overtake(size_t worker) {
  if (dice_.Percent(50)) world_.Pass(absl::Seconds(dice_.Below(40)));
  for (uint32_t i = 0; i < dice_.Below(6); ++i) {
    const std::vector<WorkItem> due = DueWork();
    if (!due.empty()) RunStep(due[dice_.Below(static_cast<uint32_t>(due.size()))], 1 - worker);
    if (dice_.Percent(40)) world_.Pass(absl::Milliseconds(dice_.Below(2000)));
  }
}

absl::Status MoneySimulation::Weather(absl::string_view method) {
  if (workers_[running_.back()]->fate.dead()) return absl::CancelledError("the worker died");
  if (!faults_) return absl::OkStatus();
  if (dice_.Percent(3)) return Fail(Reason::kFragmentUnavailable, "down");
  if (method == "FetchInvoice" && dice_.Percent(3)) return Fail(Reason::kPriceChanged, "moved");
  if (method == "FindRecipient" && dice_.Percent(1)) return Fail(Reason::kRecipientNotFound, "");
  if (method == "State" && dice_.Percent(1)) return Fail(Reason::kSessionDead, "logged out");
  return absl::OkStatus();
}

void MoneySimulation::Settle() {
  for (const FakeChain::Paid& paid : world_.chain.paid) world_.market.Settle(paid.body_hash);
}

// All faults are over; what is left comes to its end.
void MoneySimulation::Calm() {
  faults_ = false;
  world_.chain.view = {};
  world_.chain.handovers.clear();
  world_.chain.executions.clear();
  const absl::Time last = world_.clock.Now() + kWindow + absl::Hours(3);
  while (!AtRest() && world_.clock.Now() < last && broken_.empty()) {
    const std::vector<WorkItem> due = DueWork();
    for (const WorkItem& item : due) RunStep(item, dice_.Below(2));
    Settle();
    // What is due and was not taken is still leased to a dead worker.
    const absl::Time soon = world_.clock.Now() + absl::Milliseconds(500);
    const absl::Time next = NextDue();
    world_.Pass(std::max(soon, std::min(next, soon + absl::Minutes(1))) - world_.clock.Now());
  }
}

absl::Time MoneySimulation::NextDue() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [id, row] : world_.database.orders) next = std::min(next, row.lease.due);
  for (const auto& [wallet, row] : world_.database.lanes) next = std::min(next, row.lease.due);
  return next;
}

bool MoneySimulation::AtRest() const {
  for (const auto& [id, transfer] : world_.database.transfers) {
    if (transfer.verdict == Verdict::kLive) return false;
  }
  for (const auto& [id, row] : world_.database.orders) {
    const bool paid_in_review =
        row.order.state == OrderState::kNeedsReview && row.order.paid_at != absl::InfiniteFuture();
    const bool review = row.order.state == OrderState::kNeedsReview && !paid_in_review;
    if (!IsTerminal(row.order.state) && !review) return false;
  }
  return true;
}

int MoneySimulation::PaidOnChain(const OrderId& id) const {
  int times = 0;
  for (const FakeChain::Paid& paid : world_.chain.paid) {
    for (const Invoice& invoice : world_.database.invoices) {
      if (invoice.order == id && invoice.payee == paid.payee &&
          invoice.payload_hash == paid.body_hash) {
        ++times;
      }
    }
  }
  return times;
}

void MoneySimulation::CheckAlways() {
  for (const OrderId& id : orders_) {
    if (PaidOnChain(id) > 1) Broken(absl::StrCat(id.value(), " was paid twice"));
  }
  Units sum;
  for (const LedgerTransaction& transaction : world_.database.ledger) {
    for (const LedgerEntry& entry : transaction.entries) sum += entry.amount;
  }
  if (sum != Units(0)) Broken("the ledger does not sum to zero");
  for (const std::string& boc : world_.chain.sent) {
    bool known = false;
    for (const auto& [id, transfer] : world_.database.transfers) known |= transfer.boc == boc;
    if (!known) Broken("bytes were sent that are not in the database");
  }
}

void MoneySimulation::CheckEnd() {
  Units on_chain;
  for (const OrderId& id : orders_) {
    const Order& order = world_.Load(id);
    CheckOrder(order);
    if (PaidOnChain(id) == 1) on_chain += order.payment.amount;
  }
  Units purchases;
  for (const FakeChain::Paid& paid : world_.chain.paid) {
    if (paid.payee == FakeMarket::kPayeeRaw) purchases += paid.amount;
  }
  if (on_chain != purchases || world_.Balance("fragment") != purchases) {
    Broken("what the orders say was paid is not what the chain says");
  }
}

void MoneySimulation::CheckOrder(const Order& order) {
  const auto broken = [&](absl::string_view what) {
    Broken(absl::StrCat(order.request_id, " ", OrderStateName(order.state), ": ", what));
  };
  const bool review = order.state == OrderState::kNeedsReview;
  if (!IsTerminal(order.state) && !review) broken("neither ended nor in review");
  const bool paid = order.paid_at != absl::InfiniteFuture();
  const int holds = world_.Ledger(order.id, LedgerKind::kHold);
  const int posts = world_.Ledger(order.id, LedgerKind::kPost);
  const int voids = world_.Ledger(order.id, LedgerKind::kVoid);
  if (PaidOnChain(order.id) != (paid ? 1 : 0)) broken("its payment is not the chain's");
  if (holds != 1 || posts != (paid ? 1 : 0)) broken("its hold was not posted as it should");
  if (voids != (order.state == OrderState::kFailed ? 1 : 0)) broken("voided, or not");
  if (paid && order.state == OrderState::kFailed) broken("failed although it was paid");
  if (order.state == OrderState::kDelivered && !paid) broken("delivered, not paid");
  if (review && paid) broken("evidence of the delivery was there");
  const auto& events = world_.database.orders.at(order.id.value()).events;
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].sequence != static_cast<int64_t>(i + 1)) broken("a gap in its events");
  }
  if (events.back().state != order.state) broken("its last state was not told");
}

std::string MoneySimulation::Story() const {
  std::string story;
  for (const OrderId& id : orders_) {
    const Order& order = world_.Load(id);
    absl::StrAppend(&story, order.request_id, " ", OrderStateName(order.state), " ",
                    ReasonName(order.reason), " wallet ", order.payer.wallet_address.substr(0, 8),
                    " attempts ", order.payment_attempts, "/", order.invoice_attempts, " on chain ",
                    PaidOnChain(id), "\n");
  }
  for (const Transfer& transfer : world_.Transfers()) {
    absl::StrAppend(&story, "transfer ", transfer.wallet.substr(0, 8), " seqno ", transfer.seqno,
                    " ", VerdictName(transfer.verdict), transfer.provisional ? " provisional" : "",
                    " for ", world_.Load(transfer.payments[0].order).request_id, "\n");
  }
  for (const auto& [wallet, lane] : world_.database.lanes) {
    absl::StrAppend(&story, "lane ", wallet.substr(0, 8), " next ", lane.next_seqno.value_or(-1),
                    lane.shut ? " shut " : "", ReasonName(lane.shut_reason), "\n");
  }
  return story;
}

std::map<std::string, int> MoneySimulation::Ends() const {
  std::map<std::string, int> ends;
  for (const OrderId& id : orders_) ++ends[world_.StateOf(id)];
  return ends;
}

}  // namespace starlift
