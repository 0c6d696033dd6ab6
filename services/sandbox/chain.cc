#include "sandbox/chain.h"

#include <algorithm>

#include "sandbox/refusal.h"
#include "ton/boc.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

constexpr uint32_t kFirstSeqno = 60'000'000;
constexpr size_t kMostBytes = 65'535;
constexpr int kMostDepth = 511;
constexpr size_t kVersionsKept = 512;
constexpr size_t kBlocksKept = 20'000;

SendAnswer Refused(std::string error) {
  SendAnswer answer;
  answer.error = std::move(error);
  return answer;
}

const std::vector<TransactionRef>& None() {
  static const auto* none = new std::vector<TransactionRef>();
  return *none;
}

}  // namespace

Chain::Chain(Faults* faults, std::vector<ton::Address> payees, int64_t machine_ms)
    : faults_(faults), payees_(std::move(payees)) {
  blocks_.push_back({kFirstSeqno, static_cast<uint32_t>(machine_ms / 1000), machine_ms});
}

Account Chain::Read(const ton::Address& address) const {
  const auto found = accounts_.find(address);
  if (found != accounts_.end()) return found->second.back().account;
  Account account;
  account.address = address;
  return account;
}

Block Chain::BlockAt(int64_t machine_ms) const {
  const auto later = std::upper_bound(
      blocks_.begin(), blocks_.end(), machine_ms,
      [](int64_t moment, const Block& block) { return moment < block.machine_ms; });
  return later == blocks_.begin() ? *later : *std::prev(later);
}

AccountRead Chain::ReadAt(const ton::Address& address, int64_t machine_ms) const {
  AccountRead read;
  read.account.address = address;
  read.block = BlockAt(machine_ms);
  const auto found = accounts_.find(address);
  if (found == accounts_.end()) return read;
  for (const Version& version : found->second) {
    if (version.machine_ms <= machine_ms) read.account = version.account;
  }
  return read;
}

AccountRead Chain::ReadBefore(const ton::Address& address) const {
  const auto found = accounts_.find(address);
  if (found == accounts_.end()) return {Read(address), head()};
  const std::deque<Version>& versions = found->second;
  const int64_t changed_ms = versions.back().machine_ms;
  if (versions.front().machine_ms >= changed_ms) return {versions.back().account, head()};
  return ReadAt(address, changed_ms - 1);
}

void Chain::Store(const Account& account, int64_t machine_ms) {
  std::deque<Version>& versions = accounts_[account.address];
  versions.push_back({machine_ms, account});
  if (versions.size() > kVersionsKept) versions.pop_front();
}

void Chain::Put(const Account& account, int64_t machine_ms) { Store(account, machine_ms); }

SendAnswer Chain::Send(absl::Span<const uint8_t> boc, int64_t machine_ms) {
  if (boc.size() > kMostBytes) {
    return Refused(
        MalformedText("failed to parse external message external message too large, rejecting"));
  }
  const absl::StatusOr<ton::CellRef> message = ton::ReadBoc(boc);
  if (!message.ok()) {
    return Refused(MalformedText(
        "failed to parse external message external message is not a valid bag of cells"));
  }
  if ((*message)->depth() > kMostDepth) {
    return Refused(MalformedText("external message is too deep"));
  }
  return Admit(*message, machine_ms);
}

SendAnswer Chain::Admit(const ton::CellRef& message, int64_t machine_ms) {
  const absl::StatusOr<ton::ParsedExternal> parsed = ton::ParseExternalMessage(message);
  if (!parsed.ok()) {
    return Refused(
        MalformedText("failed to parse external message external message is not a (Message Any)"));
  }
  const std::string refusal = pool_.Refusal(message, parsed->destination, machine_ms);
  if (!refusal.empty()) return Refused(refusal);
  const Moment moment = {head().utime, next_lt_};
  const ExternalOutcome outcome = ExecuteExternal(Read(parsed->destination), message, moment);
  if (!outcome.accepted) return Refused(RefusalText(outcome, ++refusals_ % 2 == 0));

  SendAnswer answer;
  answer.taken = true;
  answer.hash = message->hash();
  answer.normalized = outcome.transaction.in_normalized;
  if (pool_.KeepsBack(message)) return answer;
  PendingMessage pending = {message, parsed->destination, machine_ms,
                            machine_ms + faults_->delay_inclusion_ms};
  const bool dropped = TakeOne(&faults_->drop_external);
  if (!dropped || !faults_->drop_forgets) pool_.Remember(pending);
  if (dropped) return answer;
  if (const auto late_s = faults_->TakeLate(pending.destination); late_s.has_value()) {
    pending.late = {head().utime + static_cast<uint32_t>(*late_s), head().utime};
  }
  pool_.Add(std::move(pending));
  return answer;
}

void Chain::Force(const ton::CellRef& message, int64_t machine_ms) {
  const absl::StatusOr<ton::ParsedExternal> parsed = ton::ParseExternalMessage(message);
  if (parsed.ok()) pool_.AddFirst({message, parsed->destination, machine_ms, 0});
}

void Chain::ProduceBlock(int64_t chain_ms, int64_t machine_ms) {
  Block block;
  block.seqno = head().seqno + 1;
  block.utime = std::max(head().utime, static_cast<uint32_t>(chain_ms / 1000));
  block.machine_ms = std::max(head().machine_ms, machine_ms);
  next_lt_ += 1'000'000 - next_lt_ % 1'000'000;
  DeliverArriving(block);
  for (PendingMessage& pending : pool_.TakeAll()) {
    const bool done = pending.Ready(block.utime, machine_ms) && Execute(pending, block);
    if (!done && !pending.Forgotten(machine_ms)) pool_.Add(std::move(pending));
  }
  blocks_.push_back(block);
  if (blocks_.size() > kBlocksKept) blocks_.pop_front();
}

bool Chain::Execute(const PendingMessage& pending, const Block& block) {
  const Account before = Read(pending.destination);
  const uint32_t utime = pending.late.has_value() ? pending.late->as : block.utime;
  const Moment moment = {utime, next_lt_};
  ExternalOutcome outcome = ExecuteExternal(before, pending.message, moment);
  if (!outcome.accepted) return true;
  if (faults_->BendsExecutions()) {
    outcome = ExecuteExternal(before, pending.message, moment, faults_->TakeExecution());
  }
  // A failed action phase leaves the seqno as it was, and the message as alive as it was.
  const bool used_up = outcome.transaction.action->success;
  std::deque<ton::CellRef> sent(outcome.transaction.out.begin(), outcome.transaction.out.end());
  Record(std::move(outcome.transaction), outcome.account, block);
  Deliver(std::move(sent), block);
  return used_up;
}

Reception Chain::ReceptionOf(const ton::Address& destination) {
  const bool payee = std::find(payees_.begin(), payees_.end(), destination) != payees_.end();
  return payee && TakeOne(&faults_->bounce) ? Reception::kSendBack : Reception::kTake;
}

void Chain::Deliver(std::deque<ton::CellRef> messages, const Block& block) {
  while (!messages.empty()) {
    const ton::CellRef message = messages.front();
    messages.pop_front();
    const absl::StatusOr<ton::ParsedInternal> parsed = ton::ParseInternalMessage(message);
    if (!parsed.ok()) continue;
    const Reception reception = ReceptionOf(parsed->destination);
    absl::StatusOr<InternalOutcome> outcome =
        ReceiveInternal(Read(parsed->destination), message, {block.utime, next_lt_}, reception);
    if (!outcome.ok()) continue;
    for (const ton::CellRef& sent : outcome->transaction.out) {
      if (reception == Reception::kSendBack) {
        arriving_.push_back({sent, block.machine_ms + faults_->bounce_after_ms});
      } else {
        messages.push_back(sent);
      }
    }
    Record(std::move(outcome->transaction), outcome->account, block);
  }
}

void Chain::DeliverArriving(const Block& block) {
  std::deque<ton::CellRef> due;
  std::erase_if(arriving_, [&](const Arriving& message) {
    if (message.ready_ms > block.machine_ms) return false;
    due.push_back(message.message);
    return true;
  });
  Deliver(std::move(due), block);
}

void Chain::Record(Transaction transaction, const Account& account, const Block& block) {
  next_lt_ += transaction.out.size() + 2;
  transaction.block_seqno = block.seqno;
  transaction.machine_ms = block.machine_ms;
  Store(account, block.machine_ms);
  const auto stored = std::make_shared<const Transaction>(std::move(transaction));
  log_.push_back(stored);
  by_account_[stored->account].push_back(stored);
  by_in_[stored->in_message->hash()].push_back(stored);
  if (stored->external_in && stored->in_normalized != stored->in_message->hash()) {
    by_in_[stored->in_normalized].push_back(stored);
  }
  for (const ton::CellRef& message : stored->out) by_out_[message->hash()] = stored;
  if (observer_) observer_(*stored);
}

const std::vector<TransactionRef>& Chain::Of(const ton::Address& address) const {
  const auto found = by_account_.find(address);
  return found == by_account_.end() ? None() : found->second;
}

const std::vector<TransactionRef>& Chain::ByInMessage(const ton::Hash256& hash) const {
  const auto found = by_in_.find(hash);
  return found == by_in_.end() ? None() : found->second;
}

TransactionRef Chain::BySentMessage(const ton::Hash256& hash) const {
  const auto found = by_out_.find(hash);
  return found == by_out_.end() ? nullptr : found->second;
}

}  // namespace starlift::sandbox
