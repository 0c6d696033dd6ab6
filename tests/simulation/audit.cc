#include "simulation/audit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/order/order_machine.h"
#include "domain/payment/batch.h"
#include "domain/payment/evidence.h"

namespace starlift::simulation {
namespace {

constexpr int64_t kEraStep = 1'000'000;

}  // namespace

Audit::Audit(World& world) : world_(world) {
  world_.chain.on_bytes = [this](absl::string_view boc, const WalletMessage& message) {
    Sending(boc, message);
  };
  world_.chain.on_paid = [this](const FakeChain::Paid& paid) { Left(paid); };
  world_.renderer.on_event = [this](const Order& order) { Event(order); };
}

void Audit::Broken(absl::string_view invariant, std::string what) {
  for (const std::string& unheeded : world_.plan.unheeded) {
    if (absl::StrContains(absl::StrCat(invariant, ": ", what), unheeded)) return;
  }
  world_.Tell("BROKEN ", invariant, ": ", what);
  if (!finding_) finding_ = Finding{std::string(invariant), std::move(what)};
}

std::string Audit::NameOf(const OrderId& order) const {
  const FakeOrderRow* row = world_.database.Row(order);
  return row == nullptr ? order.value() : row->order.request_id;
}

void Audit::Invoiced(const std::string& payload_hash, const OrderId& order) {
  owner_of_.emplace(payload_hash, order);
}

// Money rules 1 and 11: only what is stored is sent, and only what is witnessed.
void Audit::Sending(absl::string_view boc, const WalletMessage& message) {
  if (checked_.contains(&message)) return;
  const auto& hash = message.normalized_hash;
  const auto row = world_.database.transfer_of.find(hash);
  const bool stored = row != world_.database.transfer_of.end() &&
                      world_.database.transfers.at(row->second).boc == boc;
  if (!stored && !rows_before_.contains(hash)) {
    return Broken("bytes without a row", absl::StrCat("a message of seqno ", message.seqno));
  }
  if (!world_.witness.lines().contains(hash)) {
    return Broken("bytes without a witness", absl::StrCat("a message of seqno ", message.seqno));
  }
  checked_.insert(&message);
}

void Audit::Left(const FakeChain::Paid& paid) {
  world_.Tell("chain: ", paid.amount.value(), " left ", paid.wallet.substr(0, 8),
              paid.normalized_hash.empty() ? " from outside" : "");
  const auto owner = owner_of_.find(paid.body_hash);
  if (owner == owner_of_.end()) {
    if (paid.normalized_hash.empty()) return;
    return Broken("a payment that nobody asked for", paid.body_hash);
  }
  const OrderId& order = owner->second;
  CheckTwice(order, paid);
  Of(order).paid.push_back(world_.chain.paid.size() - 1);
  if (!paid.normalized_hash.empty()) CheckCeilings(order, paid);
}

// The first of all rules. What the owner of a wallet pays by hand counts when it was there before
// us: we must have seen it.
void Audit::CheckTwice(const OrderId& order, const FakeChain::Paid& paid) {
  if (paid.normalized_hash.empty()) return;
  for (const size_t place : Of(order).paid) {
    const FakeChain::Paid& before = world_.chain.paid[place];
    const bool foreign = before.normalized_hash.empty();
    if (before.returned || (foreign && before.wallet != paid.wallet)) continue;
    // An invoice that nothing was signed for leaves no line in the witness log: when a restore took
    // its row, nobody can know what the owner paid.
    const auto& invoices = world_.database.invoices;
    if (foreign && invoices.OfPayload(before.payee, before.body_hash) == nullptr) continue;
    Broken("paid twice", absl::StrCat(NameOf(order), foreign ? ", first from outside" : ""));
  }
}

void Audit::CheckCeilings(const OrderId& order, const FakeChain::Paid& paid) {
  const FakeOrderRow* row = world_.database.Row(order);
  if (row == nullptr) return;  // lost with the database; its customer comes again
  const Quote& quote = row->order.quote;
  const Units leaving = paid.amount + quote.commission + quote.network_reserve;
  if (leaving > quote.max_total || leaving > world_.rules.payment.max_order_total) {
    Broken("spent above a ceiling", absl::StrCat(NameOf(order), " spent ", leaving.value()));
  }
  const OrderState state = row->order.state;
  // A restore may take an order back to before it was paid for; then its time runs out as it must.
  const bool unpaid = state == OrderState::kExpired || state == OrderState::kCancelled;
  if (state == OrderState::kFailed || (unpaid && restores_ == 0)) {
    Broken("paid after it was given up", NameOf(order));
  }
}

int Audit::PaidByUs(const OrderId& order) const {
  const auto truth = truths_.find(order.value());
  if (truth == truths_.end()) return 0;
  int times = 0;
  for (const size_t place : truth->second.paid) {
    const FakeChain::Paid& paid = world_.chain.paid[place];
    times += !paid.returned && !paid.normalized_hash.empty();
  }
  return times;
}

void Audit::Event(const Order& order) {
  world_.Tell(order.request_id, " #", order.sequence, " ", OrderStateName(order.state), " ",
              order.reason == Reason::kNone ? "" : ReasonName(order.reason));
  // Within one step of a worker another one may end what this one wrote.
  NoteProvisional(order.payer.wallet_address);
  Truth& truth = Of(order.id);
  CheckSequence(order, &truth);
  truth.known = true;
  truth.state = order.state;
  truth.sequence = order.sequence;
  if (order.state == OrderState::kPaid) CheckPaid(order);
  if (order.state == OrderState::kFailed) CheckGivenUp(order);
  if (order.state == OrderState::kNeedsReview) fresh_reviews_.push_back(order.id);
}

// Each move is one that the table holds, and has the next number; a new era begins a million.
void Audit::CheckSequence(const Order& order, Truth* truth) {
  const auto broken = [&](absl::string_view what) {
    Broken("told out of order", absl::StrCat(order.request_id, " ", what, " #", order.sequence));
  };
  const int64_t first = order.sequence % kEraStep;
  if (!truth->known) {
    if (first != 1) broken("begins with");
  } else {
    const bool next = order.sequence == truth->sequence + 1;
    const bool jump = order.sequence > truth->sequence && first == 1;
    if (!next && !jump) broken("went on with");
    if (!CanMove(truth->state, order.state, order.funding)) broken("moved as it must not");
  }
  const auto [told, fresh] = truth->told.emplace(order.sequence, order.state);
  if (!fresh && told->second != order.state) {
    Broken("told twice", absl::StrCat(order.request_id, " #", order.sequence));
  }
}

// PAID is what the chain shows: this message, with this amount.
void Audit::CheckPaid(const Order& order) {
  for (const size_t place : Of(order.id).paid) {
    const FakeChain::Paid& paid = world_.chain.paid[place];
    if (paid.normalized_hash == order.payment.normalized_hash &&
        paid.amount == order.payment.amount) {
      return;
    }
  }
  Broken("PAID without a payment", order.request_id);
}

void Audit::CheckGivenUp(const Order& order) {
  if (PaidByUs(order.id) > 0) Broken("given up after it was paid", order.request_id);
}

void Audit::Stepped(const WorkItem& item, const absl::Status& status, bool restored) {
  if (!status.ok()) {
    world_.Tell("  failed: ", status.message());
    if (status.code() == absl::StatusCode::kInternal && !restored) {
      std::string constraint;
      for (const auto& [name, value] : MetadataOf(status)) absl::StrAppend(&constraint, " ", value);
      Broken("only a constraint stopped it",
             absl::StrCat(item.id.substr(0, 12), ": ", status.message(), constraint));
    }
  }
  if (item.kind == WorkItem::Kind::kLane) NoteProvisional(item.id);
  CheckLedger();
  CheckReviews();
}

void Audit::CheckLedger() {
  const auto& ledger = world_.database.ledger;
  for (; audited_ < ledger.size(); ++audited_) {
    if (!Balanced(ledger[audited_])) Broken("the ledger does not balance", "a transaction");
  }
  for (const auto& [account, units] : world_.database.credits) {
    if (units < Units(0)) Broken("a tenant's credit is below zero", account);
  }
}

void Audit::CheckReviews() {
  std::vector<OrderId> fresh;
  std::swap(fresh, fresh_reviews_);
  for (const OrderId& id : fresh) {
    const FakeOrderRow* row = world_.database.Row(id);
    if (row != nullptr && row->order.state == OrderState::kNeedsReview) CheckReview(row->order);
  }
}

// A person is called only where evidence did not allow a verdict.
void Audit::CheckReview(const Order& order) {
  bool legitimate = true;
  switch (order.reason) {
    case Reason::kPaymentVerdictUnknown:
      legitimate = Doubtful(order);
      break;
    case Reason::kPaymentWithoutRecord:
      legitimate = PaidWithoutRow(order);
      break;
    case Reason::kWorkerCrashedRepeatedly:
      legitimate = world_.plan.deaths + world_.plan.call_faults + world_.plan.overtakes > 0;
      break;
    case Reason::kDeliveryUnconfirmed:
      break;  // looked at in the end
    default:
      // Who was overtaken held money that was free by the time of its write; the end shows whether
      // such a review ends by itself.
      legitimate = world_.database.MustHold(order) || restores_ > 0 || world_.plan.overtakes > 0;
  }
  if (!legitimate) {
    Broken("a review without need", absl::StrCat(order.request_id, " ", ReasonName(order.reason)));
  }
}

// Somebody was blind within the time that it takes to call a person, or there is nothing to see.
bool Audit::Doubtful(const Order& order) {
  const absl::Duration patience = world_.rules.payment.unknown_limit + absl::Minutes(5);
  if (world_.plan.skewed_clocks + world_.plan.clock_jumps > 0) return true;
  if (blind_until_ + patience >= world_.clock.Now()) return true;
  const auto paying = world_.database.paying_of.find(order.id.value());
  if (paying == world_.database.paying_of.end()) return false;
  const Verdict verdict = Truly(world_.database.transfers.at(paying->second.back())).verdict;
  return verdict == Verdict::kUnknown || verdict == Verdict::kLive;
}

bool Audit::PaidWithoutRow(const Order& order) {
  for (const size_t place : Of(order.id).paid) {
    const std::string& hash = world_.chain.paid[place].normalized_hash;
    if (hash.empty() || !world_.database.transfer_of.contains(hash)) return true;
  }
  for (const auto& [hash, line] : world_.witness.lines()) {
    if (world_.database.transfer_of.contains(hash)) continue;
    if (std::find(line.orders.begin(), line.orders.end(), order.id) != line.orders.end()) {
      return true;
    }
  }
  return false;
}

void Audit::BeforeRestore() {
  for (const auto& [hash, id] : world_.database.transfer_of) rows_before_.insert(hash);
  era_before_ = world_.eras.Current()->number;
}

void Audit::AfterRestore() {
  ++restores_;
  audited_ = 0;
  fresh_reviews_.clear();
  // A restore that took no transfer with it cannot be told from no restore, and one that took the
  // beginning of an era begins that era again: then numbers may come again.
  const int64_t newest = world_.witness.Ask("", 0, {})->newest_number;
  const Era era = *world_.eras.Current();
  const bool visible = newest > era.newest_transfer && era.number == era_before_;
  for (auto& [id, truth] : truths_) {
    const FakeOrderRow* row = world_.database.Row(OrderId(id));
    truth.known = row != nullptr && !row->events.empty();
    const int64_t sequence = truth.known ? row->order.sequence : 0;
    if (!visible) truth.told.erase(truth.told.upper_bound(sequence), truth.told.end());
    if (!truth.known) continue;
    truth.state = row->order.state;
    truth.sequence = sequence;
  }
}

Judgement Audit::Truly(const Transfer& transfer) const {
  Payer payer{transfer.wallet, WalletVersion::kV5R1, ""};
  const FakeWallet& wallet = world_.chain.Of(transfer.wallet);
  payer.version = wallet.version;
  payer.public_key_hex = ton::HexOf(wallet.public_key);
  const Providers sight({{"truth", &world_.chain}});
  const auto evidence = GatherEvidence(sight, transfer, payer, world_.rules.payment);
  return Judge(transfer, evidence, world_.rules.payment);
}

}  // namespace starlift::simulation
