#include "sandbox/chain.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sandbox/refusal.h"
#include "ton/boc.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

constexpr uint32_t kFirstSeqno = 60'000'000;
constexpr size_t kMostBytes = 65'535;
constexpr int kMostDepth = 511;
constexpr int64_t kDuplicateMs = 60'000;
constexpr int64_t kPoolLifeMs = 600'000;
constexpr int64_t kLimitWindowMs = 10'000;
constexpr int kLimitPerWindow = 30;
constexpr size_t kVersionsKept = 512;
constexpr size_t kBlocksKept = 20'000;

SendAnswer Refused(std::string error) {
  SendAnswer answer;
  answer.error = std::move(error);
  return answer;
}

}  // namespace

Chain::Chain(Faults* faults, int64_t machine_ms) : faults_(faults) {
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

std::string Chain::TooMany(const ton::Address& destination, int64_t machine_ms) const {
  const auto count = std::count_if(taken_.begin(), taken_.end(), [&](const Pending& pending) {
    return pending.destination == destination && pending.taken_ms > machine_ms - kLimitWindowMs;
  });
  if (count < kLimitPerWindow) return "";
  return MalformedText(absl::StrCat("too many external messages to address ",
                                    absl::AsciiStrToUpper(ton::RawForm(destination))));
}

SendAnswer Chain::Admit(const ton::CellRef& message, int64_t machine_ms) {
  const absl::StatusOr<ton::ParsedExternal> parsed = ton::ParseExternalMessage(message);
  if (!parsed.ok()) {
    return Refused(
        MalformedText("failed to parse external message external message is not a (Message Any)"));
  }
  while (!taken_.empty() && taken_.front().taken_ms <= machine_ms - kDuplicateMs) {
    taken_hash_.erase(taken_.front().message->hash());
    taken_.pop_front();
  }
  if (taken_hash_.contains(message->hash())) {
    return Refused("LITE_SERVER_UNKNOWN: cannot send external message : duplicate message");
  }
  const std::string too_many = TooMany(parsed->destination, machine_ms);
  if (!too_many.empty()) return Refused(too_many);
  const Moment moment = {head().utime, next_lt_};
  const ExternalOutcome outcome = ExecuteExternal(Read(parsed->destination), message, moment);
  if (!outcome.accepted) return Refused(RefusalText(outcome, ++refusals_ % 2 == 0));

  SendAnswer answer;
  answer.taken = true;
  answer.hash = message->hash();
  answer.normalized = outcome.transaction.in_normalized;
  const Pending pending = {message, parsed->destination, machine_ms,
                           machine_ms + faults_->delay_inclusion_ms};
  const bool dropped = TakeOne(&faults_->drop_external);
  if (!dropped) pool_.push_back(pending);
  if (!dropped || !faults_->drop_forgets) {
    taken_.push_back(pending);
    taken_hash_[message->hash()] = machine_ms;
  }
  return answer;
}

void Chain::Force(const ton::CellRef& message, int64_t machine_ms) {
  const absl::StatusOr<ton::ParsedExternal> parsed = ton::ParseExternalMessage(message);
  if (parsed.ok()) pool_.push_front({message, parsed->destination, machine_ms, 0});
}

void Chain::ProduceBlock(int64_t chain_ms, int64_t machine_ms) {
  Block block;
  block.seqno = head().seqno + 1;
  block.utime = std::max(head().utime, static_cast<uint32_t>(chain_ms / 1000));
  block.machine_ms = std::max(head().machine_ms, machine_ms);
  next_lt_ += 1'000'000 - next_lt_ % 1'000'000;
  std::deque<Pending> waiting;
  waiting.swap(pool_);
  for (const Pending& pending : waiting) {
    const bool ready = pending.ready_ms <= machine_ms;
    const bool done = ready && Execute(pending, block);
    const bool forgotten = pending.taken_ms + kPoolLifeMs < machine_ms;
    if (!done && !forgotten) pool_.push_back(pending);
  }
  blocks_.push_back(block);
  if (blocks_.size() > kBlocksKept) blocks_.pop_front();
}

bool Chain::Execute(const Pending& pending, const Block& block) {
  const Account before = Read(pending.destination);
  const Moment moment = {block.utime, next_lt_};
  if (!ExecuteExternal(before, pending.message, moment).accepted) return true;
  ExternalOutcome outcome =
      ExecuteExternal(before, pending.message, moment, faults_->TakeExecution());
  // A failed action phase leaves the seqno as it was, and the message as alive as it was.
  const bool used_up = outcome.transaction.action->success;
  std::deque<ton::CellRef> sent(outcome.transaction.out.begin(), outcome.transaction.out.end());
  Record(std::move(outcome.transaction), outcome.account, block);
  Deliver(std::move(sent), block);
  return used_up;
}

void Chain::Deliver(std::deque<ton::CellRef> messages, const Block& block) {
  while (!messages.empty()) {
    const ton::CellRef message = messages.front();
    messages.pop_front();
    const absl::StatusOr<ton::ParsedInternal> parsed = ton::ParseInternalMessage(message);
    if (!parsed.ok()) continue;
    absl::StatusOr<InternalOutcome> outcome =
        ReceiveInternal(Read(parsed->destination), message, {block.utime, next_lt_});
    if (!outcome.ok()) continue;
    messages.insert(messages.end(), outcome->transaction.out.begin(),
                    outcome->transaction.out.end());
    Record(std::move(outcome->transaction), outcome->account, block);
  }
}

void Chain::Record(Transaction transaction, const Account& account, const Block& block) {
  next_lt_ += transaction.out.size() + 2;
  transaction.block_seqno = block.seqno;
  transaction.machine_ms = block.machine_ms;
  Store(account, block.machine_ms);
  const auto stored = std::make_shared<const Transaction>(std::move(transaction));
  log_.push_back(stored);
  by_account_[stored->account].push_back(stored);
  by_in_.emplace(stored->in_message->hash(), stored);
  if (stored->external_in && stored->in_normalized != stored->in_message->hash()) {
    by_in_.emplace(stored->in_normalized, stored);
  }
  for (const ton::CellRef& message : stored->out) by_out_[message->hash()] = stored;
  if (observer_) observer_(*stored);
}

std::vector<TransactionRef> Chain::Of(const ton::Address& address) const {
  const auto found = by_account_.find(address);
  return found == by_account_.end() ? std::vector<TransactionRef>() : found->second;
}

std::vector<TransactionRef> Chain::ByInMessage(const ton::Hash256& hash) const {
  std::vector<TransactionRef> found;
  const auto [first, last] = by_in_.equal_range(hash);
  for (auto row = first; row != last; ++row) found.push_back(row->second);
  return found;
}

TransactionRef Chain::BySentMessage(const ton::Hash256& hash) const {
  const auto found = by_out_.find(hash);
  return found == by_out_.end() ? nullptr : found->second;
}

}  // namespace starlift::sandbox
