#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/payment/ports/chain.h"
#include "fakes/fake_wallet.h"
#include "ton/address.h"
#include "ton/boc.h"

namespace starlift {

// How one provider sees the chain. Lags are in blocks. The last three are lies: answers that no
// honest provider gives.
struct FakeView {
  bool down = false;          // reads fail
  int account_lag = 0;        // the account's state is this old, and says so
  int index_lag = 0;          // transactions younger than this are not listed
  bool hole = false;          // the oldest transaction of a listing is missing
  bool no_hash = false;       // the search by hash finds nothing
  absl::Duration time_ahead;  // the state's time is said to be later than it is
  int state_behind = 0;       // the state is this old and has the time of the newest one
  bool old_last_lt = false;   // with state_behind: only the seqno is old
};

// A chain of V5R1 and V4R2 wallets that really reads, checks and executes what it is sent. Nothing
// happens between blocks; Block() executes the waiting messages. Its faults are set by the test.
// It is a provider of itself, with `view`; FakeProvider is another one.
class FakeChain final : public Chain {
 public:
  // What becomes of one hand-over.
  enum class Handover {
    kDelivered,
    kAnswerLost,     // delivered, and the caller does not learn it
    kRequestLost,    // not delivered, and the caller does not learn it
    kDroppedByNode,  // taken, and not included unless somebody calls Include
  };
  // What becomes of one execution.
  enum class Execution { kNormal, kActionPhaseFails, kSkipped };
  struct Run {
    Execution execution = Execution::kNormal;
    std::vector<bool> skipped;  // by message; missing: not skipped
  };

  using View = FakeView;

  // A message that left a wallet.
  struct Paid {
    std::string wallet;
    std::string payee;
    Units amount;
    std::string body_hash;
    std::string normalized_hash;  // of the external message; empty: not through us
    int64_t lt = 0;
    absl::Time at;
    bool returned = false;  // it came back
  };

  static constexpr int64_t kFee = 3'000'000;    // nanoton, of every outgoing transaction
  static constexpr int64_t kNextFee = 600'000;  // of every message after the first

  explicit FakeChain(const Clock& clock) : clock_(clock) { times_.push_back(clock.Now()); }

  View view;
  std::deque<Handover> handovers;    // the next ones; then `on_handover`
  std::deque<Execution> executions;  // the next ones; then `on_run`
  std::vector<std::string> sent;     // every hand-over's bytes, in order
  bool keep_sent = true;             // false: `sent` stays empty
  std::vector<Paid> paid;
  // Asked when the lists are empty; null: everything goes well.
  std::function<Handover(const WalletMessage&)> on_handover;
  std::function<Run(const WalletMessage&)> on_run;
  // Told of every hand-over's bytes, before anything becomes of them.
  std::function<void(absl::string_view boc, const WalletMessage&)> on_bytes;
  std::function<void(const Paid&)> on_paid;

  // The raw address.
  std::string AddWallet(const std::array<uint8_t, 32>& public_key, Units balance, bool deployed,
                        WalletVersion version = WalletVersion::kV5R1) {
    FakeWallet wallet;
    wallet.version = version;
    wallet.public_key = public_key;
    FakeWallet::State& state = wallet.states.emplace_back();
    state.block = head();
    state.balance = balance;
    state.deployed = deployed;
    const std::string address = PayerFor(version, public_key, ton::kMainnet).wallet_address;
    wallets_[address] = std::move(wallet);
    return address;
  }

  void SetBalance(const std::string& wallet, Units balance) { Now(wallet).balance = balance; }
  void Freeze(const std::string& wallet, bool frozen = true) { Now(wallet).frozen = frozen; }
  void AddExtension(const std::string& wallet) { Now(wallet).extension = true; }
  Units balance(const std::string& wallet) const { return Latest(wallet).balance; }
  int64_t seqno(const std::string& wallet) const { return Latest(wallet).seqno; }
  int64_t last_lt(const std::string& wallet) const { return Latest(wallet).last_lt; }
  const FakeWallet& Of(const std::string& wallet) const { return wallets_.at(wallet); }
  size_t waiting() const { return waiting_.size(); }
  void ForgetWaiting() { waiting_.clear(); }
  absl::Time head_time() const { return times_.back(); }

  // The next block, at the clock's time.
  void Block() {
    times_.push_back(std::max(times_.back(), clock_.Now()));
    std::vector<Waiting> left;
    std::swap(left, waiting_);
    for (const Waiting& one : left) {
      if (one.not_before > times_.back() || Execute(one)) waiting_.push_back(one);
    }
  }

  // A node that kept the message puts it up once more. `late`: the chain breaks its promise, and
  // executes it even after its valid_until.
  void Include(const WalletMessage& message, bool late, absl::Duration delay = {}) {
    Await({&message, late, clock_.Now() + delay});
  }
  // Delays what waits.
  void Delay(absl::Duration delay) {
    for (Waiting& one : waiting_) one.not_before = clock_.Now() + delay;
  }
  // Every message that was ever handed over, in order.
  const std::vector<const WalletMessage*>& messages() const { return in_order_; }
  // Null: it was never handed over.
  const WalletMessage* Message(const std::string& normalized_hash) const {
    for (const WalletMessage* message : in_order_) {
      if (message->normalized_hash == normalized_hash) return message;
    }
    return nullptr;
  }

  // The owner pays from another program: the seqno is used up. Takes effect in a block of its own.
  void SpendElsewhere(const std::string& wallet, const std::string& payee, Units amount,
                      const std::string& body_hash) {
    Block();
    ChainTransaction transaction = NewTransaction(wallet);
    transaction.external_in = true;
    transaction.in_normalized_hash = absl::StrCat("foreign-", transaction.lt);
    Succeed(1, &transaction);
    Now(wallet).deployed = true;
    ++Now(wallet).seqno;
    transaction.network_fees = Units(kFee);
    Now(wallet).balance = Now(wallet).balance - Units(kFee);
    Pay(wallet, {payee, amount, body_hash}, "", &transaction);
    Append(wallet, std::move(transaction));
  }

  // Somebody sends coins to the wallet.
  void Receive(const std::string& wallet, Units amount) {
    Block();
    ChainTransaction transaction = NewTransaction(wallet);
    transaction.in_amount = amount;
    Now(wallet).balance += amount;
    Append(wallet, std::move(transaction));
  }

  // The payee sends back `paid[payment]`, less the fees of the way.
  void Return(size_t payment) {
    Block();
    paid[payment].returned = true;
    const Paid back = paid[payment];
    ChainTransaction transaction = NewTransaction(back.wallet);
    transaction.bounced_in = true;
    transaction.in_source = back.payee;
    transaction.in_amount = back.amount - Units(kNextFee);
    Now(back.wallet).balance += transaction.in_amount;
    Append(back.wallet, std::move(transaction));
  }

  SendResult Send(absl::string_view boc) override {
    const WalletMessage* message = Read(boc);
    if (keep_sent) sent.emplace_back(boc);
    if (message == nullptr) return {SendOutcome::kOurBug, std::nullopt, "malformed", ""};
    if (on_bytes) on_bytes(boc, *message);
    Handover handover = Handover::kDelivered;
    if (!handovers.empty()) {
      handover = handovers.front();
      handovers.pop_front();
    } else if (on_handover) {
      handover = on_handover(*message);
    }
    const bool reaches = handover == Handover::kDelivered || handover == Handover::kAnswerLost;
    if (reaches) Await({message, false, absl::InfinitePast()});
    const bool answered = handover == Handover::kDelivered || handover == Handover::kDroppedByNode;
    return {answered ? SendOutcome::kHandedOver : SendOutcome::kUnknown, std::nullopt, "", ""};
  }

  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override {
    return Account(raw_address, view);
  }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override {
    return FindByNormalizedHash(raw_address, normalized_hash_hex, view);
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override {
    return TransactionsAfter(raw_address, after_lt, limit, view);
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override {
    return NewestTransactions(raw_address, limit, view);
  }

  // The same as a provider with that view answers.
  absl::StatusOr<AccountState> Account(absl::string_view raw_address, const View& seen) const {
    if (seen.down) return Down();
    const FakeWallet& wallet = WalletAt(raw_address);
    const size_t at = Behind(seen.account_lag);
    FakeWallet::State state = wallet.At(at - std::min(at, static_cast<size_t>(seen.state_behind)));
    if (seen.old_last_lt) state.last_lt = wallet.At(at).last_lt;
    AccountState answer;
    answer.balance = state.balance;
    answer.last_lt = state.last_lt;
    if (state.last_lt != 0) answer.last_hash = HashOf(state.last_lt);
    answer.state_time = times_[at] + seen.time_ahead;
    if (state.frozen) {
      answer.status = AccountState::Status::kFrozen;
    } else if (state.deployed) {
      answer.status = AccountState::Status::kActive;
      answer.code = wallet.Code();
      answer.data = wallet.Data(state);
    }
    return answer;
  }

  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex,
      const View& seen) const {
    if (seen.down) return Down();
    std::vector<ChainTransaction> found;
    if (seen.no_hash) return found;
    const FakeWallet& wallet = WalletAt(raw_address);
    const size_t end = Listed(wallet, seen);
    for (size_t i = 0; i < end; ++i) {
      if (wallet.history[i].in_normalized_hash == normalized_hash_hex) {
        found.push_back(wallet.history[i]);
      }
    }
    return found;
  }

  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit,
                                                                   const View& seen) const {
    if (seen.down) return Down();
    const FakeWallet& wallet = WalletAt(raw_address);
    const size_t end = Listed(wallet, seen);
    const size_t first = end - std::min(end, static_cast<size_t>(limit));
    std::vector<ChainTransaction> newest(wallet.history.begin() + static_cast<long>(first),
                                         wallet.history.begin() + static_cast<long>(end));
    if (seen.hole && newest.size() > 1) newest.erase(newest.end() - 2);
    return newest;
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt, int limit,
                                                                  const View& seen) const {
    if (seen.down) return Down();
    const FakeWallet& wallet = WalletAt(raw_address);
    const size_t end = Listed(wallet, seen);
    size_t first = std::min(FirstAfter(wallet, after_lt), end);
    if (seen.hole && first < end) ++first;
    const size_t last = std::min(end, first + static_cast<size_t>(limit));
    return std::vector<ChainTransaction>(wallet.history.begin() + static_cast<long>(first),
                                         wallet.history.begin() + static_cast<long>(last));
  }

 private:
  struct Waiting {
    const WalletMessage* message;
    bool late;  // executed even after its valid_until
    absl::Time not_before;
  };

  static absl::Status Down() { return Fail(Reason::kChainUnavailable, "no provider answers"); }
  static std::string HashOf(int64_t lt) { return DerivedId("", {absl::StrCat("tx", lt)}); }

  size_t head() const { return times_.size() - 1; }
  size_t Behind(int lag) const { return head() - std::min(head(), static_cast<size_t>(lag)); }

  const FakeWallet& WalletAt(absl::string_view raw_address) const {
    return wallets_.at(std::string(raw_address));
  }
  const FakeWallet::State& Latest(const std::string& wallet) const {
    return wallets_.at(wallet).states.back();
  }
  // The state that the newest block shows, to be changed.
  FakeWallet::State& Now(const std::string& wallet) {
    std::vector<FakeWallet::State>& states = wallets_.at(wallet).states;
    if (states.back().block != head()) {
      FakeWallet::State next = states.back();
      next.block = head();
      states.push_back(std::move(next));
    }
    return states.back();
  }

  // How many transactions of the wallet the provider lists.
  size_t Listed(const FakeWallet& wallet, const View& seen) const {
    const auto& blocks = wallet.blocks;
    return static_cast<size_t>(
        std::upper_bound(blocks.begin(), blocks.end(), Behind(seen.index_lag)) - blocks.begin());
  }
  static size_t FirstAfter(const FakeWallet& wallet, int64_t lt) {
    const auto& history = wallet.history;
    const auto first =
        std::upper_bound(history.begin(), history.end(), lt,
                         [](int64_t value, const ChainTransaction& t) { return value < t.lt; });
    return static_cast<size_t>(first - history.begin());
  }

  ChainTransaction NewTransaction(const std::string& wallet) {
    ChainTransaction transaction;
    transaction.lt = next_lt_ += 1'000'000;
    transaction.hash = HashOf(transaction.lt);
    transaction.previous_lt = Latest(wallet).last_lt;
    if (transaction.previous_lt != 0) transaction.previous_hash = HashOf(transaction.previous_lt);
    transaction.at = times_.back();
    return transaction;
  }

  void Append(const std::string& address, ChainTransaction transaction) {
    Now(address).last_lt = transaction.lt;
    FakeWallet& wallet = wallets_.at(address);
    wallet.history.push_back(std::move(transaction));
    wallet.blocks.push_back(head());
  }

  static void Succeed(size_t actions, ChainTransaction* transaction) {
    transaction->action_present = transaction->action_success = true;
    transaction->total_actions = static_cast<int32_t>(actions);
  }

  void Pay(const std::string& wallet, const ChainOutMessage& out, const std::string& by,
           ChainTransaction* transaction) {
    transaction->out.push_back(out);
    ++transaction->messages_created;
    Now(wallet).balance = Now(wallet).balance - out.amount;
    paid.push_back({wallet, out.destination, out.amount, out.body_hash, by, transaction->lt,
                    transaction->at, false});
    if (on_paid) on_paid(paid.back());
  }

  // Null: not a message for one of the wallets.
  const WalletMessage* Read(absl::string_view boc) {
    std::string key(boc);
    const auto known = messages_.find(key);
    if (known != messages_.end()) return known->second ? &*known->second : nullptr;
    const auto fresh = messages_.emplace(std::move(key), Parse(boc)).first;
    if (!fresh->second) return nullptr;
    in_order_.push_back(&*fresh->second);
    return in_order_.back();
  }

  std::optional<WalletMessage> Parse(absl::string_view boc) const {
    const auto cell = ton::ReadBoc({reinterpret_cast<const uint8_t*>(boc.data()), boc.size()});
    if (!cell.ok()) return std::nullopt;
    const auto external = ton::ParseExternalMessage(*cell);
    if (!external.ok()) return std::nullopt;
    const auto wallet = wallets_.find(ton::RawForm(external->destination));
    if (wallet == wallets_.end()) return std::nullopt;
    std::optional<WalletMessage> message = wallet->second.Read(external->body);
    if (!message) return std::nullopt;
    message->wallet = wallet->first;
    message->deploys = external->state_init != nullptr;
    message->normalized_hash = ton::HexOf(*ton::NormalizedHash(*cell));
    return message;
  }

  void Await(const Waiting& one) {
    for (Waiting& known : waiting_) {
      if (known.message != one.message) continue;
      known.late |= one.late;
      return;
    }
    waiting_.push_back(one);
  }

  // Whether the message stays: it may be executed by a later block.
  bool Execute(const Waiting& one) {
    const WalletMessage& message = *one.message;
    if (!Accepts(message, one.late)) return false;
    ChainTransaction transaction = NewTransaction(message.wallet);
    transaction.external_in = true;
    transaction.in_normalized_hash = message.normalized_hash;
    transaction.network_fees = Units(kFee);
    Now(message.wallet).balance = Now(message.wallet).balance - Units(kFee);
    const bool again = Act(message, &transaction);
    Append(message.wallet, std::move(transaction));
    return again;
  }

  bool Accepts(const WalletMessage& message, bool late) const {
    const FakeWallet& wallet = wallets_.at(message.wallet);
    const FakeWallet::State& state = wallet.states.back();
    if (state.frozen || (!state.deployed && !message.deploys)) return false;
    if (message.wallet_id != wallet.wallet_id() || message.seqno != state.seqno) return false;
    if (message.valid_until <= times_.back() && !late) return false;
    return message.genuine && state.balance >= Units(kFee);
  }

  bool Act(const WalletMessage& message, ChainTransaction* transaction) {
    Run run = NextRun(message);
    if (run.execution == Execution::kActionPhaseFails) {
      transaction->action_present = true;
      transaction->action_result_code = 37;
      return true;  // the seqno is unused, and the message alive
    }
    Succeed(message.out.size(), transaction);
    Now(message.wallet).deployed = true;
    ++Now(message.wallet).seqno;
    run.skipped.resize(message.out.size(), run.execution == Execution::kSkipped);
    for (size_t i = 0; i < message.out.size(); ++i) {
      const Units fee(transaction->messages_created == 0 ? 0 : kNextFee);
      const Units needed = message.out[i].amount + fee;
      if (run.skipped[i] || Latest(message.wallet).balance < needed) {
        ++transaction->skipped_actions;
        continue;
      }
      transaction->network_fees += fee;
      Now(message.wallet).balance = Now(message.wallet).balance - fee;
      Pay(message.wallet, message.out[i], message.normalized_hash, transaction);
    }
    return false;
  }

  Run NextRun(const WalletMessage& message) {
    Run run;
    if (!executions.empty()) {
      run.execution = executions.front();
      executions.pop_front();
    } else if (on_run) {
      run = on_run(message);
    }
    return run;
  }

  const Clock& clock_;
  std::vector<absl::Time> times_;  // by block
  std::map<std::string, FakeWallet> wallets_;
  std::unordered_map<std::string, std::optional<WalletMessage>> messages_;  // by their bytes
  std::vector<const WalletMessage*> in_order_;
  std::vector<Waiting> waiting_;
  int64_t next_lt_ = 40'000'000;
};

}  // namespace starlift
