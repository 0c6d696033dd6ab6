#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/error.h"
#include "domain/payment/ports/chain.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/wallet_v5r1.h"

namespace starlift {

// A chain of Wallet V5R1 accounts that really reads, checks and executes what it is sent. Nothing
// happens between blocks; Block() executes the waiting messages. Its faults are set by the test.
class FakeChain final : public Chain {
 public:
  // What becomes of one hand-over.
  enum class Handover {
    kDelivered,
    kAnswerLost,     // delivered, and the caller does not learn it
    kRequestLost,    // not delivered, and the caller does not learn it
    kDroppedByNode,  // taken, and never seen again
  };
  // What becomes of one execution.
  enum class Execution { kNormal, kActionPhaseFails, kSkipped };

  // How the provider answers. Lags are in blocks.
  struct View {
    bool down = false;     // reads fail
    int account_lag = 0;   // the account's state is this old
    int index_lag = 0;     // transactions younger than this are not listed
    bool hole = false;     // the oldest transaction of a listing is missing
    bool no_hash = false;  // the search by hash finds nothing
  };

  // A message that left a wallet.
  struct Paid {
    std::string wallet;
    std::string payee;
    Units amount;
    std::string body_hash;
  };

  static constexpr int64_t kFee = 3'000'000;  // nanoton, of every outgoing transaction

  explicit FakeChain(const Clock& clock) : clock_(clock) { times_.push_back(clock.Now()); }

  View view;
  std::deque<Handover> handovers;    // the next ones; then kDelivered
  std::deque<Execution> executions;  // the next ones; then kNormal
  std::vector<std::string> sent;     // every hand-over's bytes, in order
  std::vector<Paid> paid;

  // The raw address.
  std::string AddWallet(const std::array<uint8_t, 32>& public_key, Units balance, bool deployed) {
    Contract account;
    account.public_key = public_key;
    const std::string address = ton::RawForm(ton::WalletV5Address(kWalletId, public_key));
    accounts_[address] = account;
    Row& row = states_[address];
    row.assign(times_.size(), State{});
    row.back().balance = balance;
    row.back().deployed = deployed;
    return address;
  }

  void SetBalance(const std::string& wallet, Units balance) { Now(wallet).balance = balance; }
  void Freeze(const std::string& wallet, bool frozen = true) { Now(wallet).frozen = frozen; }
  void AddExtension(const std::string& wallet) { Now(wallet).extension = true; }
  Units balance(const std::string& wallet) { return Now(wallet).balance; }
  int64_t seqno(const std::string& wallet) { return Now(wallet).seqno; }
  int64_t last_lt(const std::string& wallet) { return Now(wallet).last_lt; }
  size_t waiting() const { return waiting_.size(); }
  void ForgetWaiting() { waiting_.clear(); }

  // The next block, at the clock's time.
  void Block() {
    times_.push_back(std::max(times_.back(), clock_.Now()));
    for (auto& [address, row] : states_) row.push_back(row.back());
    std::vector<std::string> left;
    for (const std::string& boc : waiting_) {
      if (Execute(boc)) left.push_back(boc);
    }
    waiting_ = std::move(left);
  }

  // The owner pays from another program: the seqno is used up. Takes effect in a block of its own.
  void SpendElsewhere(const std::string& wallet, const std::string& payee, Units amount,
                      const std::string& body_hash) {
    Block();
    State& state = Now(wallet);
    ChainTransaction transaction = NewTransaction(wallet);
    transaction.external_in = true;
    transaction.in_normalized_hash = absl::StrCat("foreign-", transaction.lt);
    Succeed(&transaction);
    ++state.seqno;
    Pay(wallet, {payee, amount, body_hash}, &transaction);
    Append(wallet, std::move(transaction));
  }

  // Somebody sends coins to the wallet.
  void Receive(const std::string& wallet, Units amount) {
    Block();
    Now(wallet).balance += amount;
    Append(wallet, NewTransaction(wallet));
  }

  SendResult Send(absl::string_view boc) override {
    sent.emplace_back(boc);
    Handover handover = Handover::kDelivered;
    if (!handovers.empty()) {
      handover = handovers.front();
      handovers.pop_front();
    }
    const bool reaches = handover == Handover::kDelivered || handover == Handover::kAnswerLost;
    if (reaches && std::find(waiting_.begin(), waiting_.end(), sent.back()) == waiting_.end()) {
      waiting_.push_back(sent.back());
    }
    const bool answered = handover == Handover::kDelivered || handover == Handover::kDroppedByNode;
    return {answered ? SendOutcome::kHandedOver : SendOutcome::kUnknown, std::nullopt, "", ""};
  }

  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override {
    if (view.down) return Down();
    const std::string address(raw_address);
    const Row& row = states_.at(address);
    const size_t at = Behind(row.size(), view.account_lag);
    const State& state = row[at];
    AccountState answer;
    answer.balance = state.balance;
    answer.last_lt = state.last_lt;
    answer.last_hash = state.last_lt == 0 ? "" : HashOf(state.last_lt);
    answer.state_time = times_[at];
    if (state.frozen) {
      answer.status = AccountState::Status::kFrozen;
    } else if (state.deployed) {
      answer.status = AccountState::Status::kActive;
      answer.code = ton::WalletV5Code();
      answer.data = Data(accounts_.at(address), state);
    }
    return answer;
  }

  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override {
    if (view.down) return Down();
    std::vector<ChainTransaction> found;
    for (const ChainTransaction& transaction : Listed(raw_address)) {
      if (transaction.in_normalized_hash == normalized_hash_hex && !view.no_hash) {
        found.push_back(transaction);
      }
    }
    return found;
  }

  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override {
    if (view.down) return Down();
    std::vector<ChainTransaction> found;
    for (const ChainTransaction& transaction : Listed(raw_address)) {
      if (transaction.lt > after_lt) found.push_back(transaction);
    }
    if (view.hole && !found.empty()) found.erase(found.begin());
    if (found.size() > static_cast<size_t>(limit)) found.resize(limit);
    return found;
  }

 private:
  struct Contract {
    std::array<uint8_t, 32> public_key{};
    std::vector<ChainTransaction> history;  // oldest first
    std::vector<size_t> blocks;             // of each transaction
  };
  struct State {
    Units balance;
    int64_t seqno = 0;
    int64_t last_lt = 0;
    bool deployed = false;
    bool frozen = false;
    bool extension = false;
  };
  using Row = std::vector<State>;  // by block

  inline static const uint32_t kWalletId = ton::WalletV5Id(ton::kMainnet);

  static absl::Status Down() { return Fail(Reason::kChainUnavailable, "no provider answers"); }
  static std::string HashOf(int64_t lt) { return DerivedId("", {absl::StrCat("tx", lt)}); }
  static size_t Behind(size_t blocks, int lag) {
    return blocks - 1 - std::min(blocks - 1, static_cast<size_t>(lag));
  }

  State& Now(const std::string& wallet) { return states_.at(wallet).back(); }

  static ton::CellRef Data(const Contract& account, const State& state) {
    if (!state.extension) {
      return ton::WalletV5Data(static_cast<uint32_t>(state.seqno), kWalletId, account.public_key);
    }
    ton::CellBuilder data;
    data.Bit(true).Uint(static_cast<uint64_t>(state.seqno), 32).Uint(kWalletId, 32);
    return *data.Bytes(account.public_key).MaybeRef(*ton::CellBuilder().Uint(1, 8).Build()).Build();
  }

  std::vector<ChainTransaction> Listed(absl::string_view raw_address) const {
    const Contract& account = accounts_.at(std::string(raw_address));
    const size_t newest = Behind(times_.size(), view.index_lag);
    std::vector<ChainTransaction> listed;
    for (size_t i = 0; i < account.history.size(); ++i) {
      if (account.blocks[i] <= newest) listed.push_back(account.history[i]);
    }
    return listed;
  }

  ChainTransaction NewTransaction(const std::string& wallet) {
    ChainTransaction transaction;
    transaction.lt = next_lt_ += 1'000'000;
    transaction.hash = HashOf(transaction.lt);
    transaction.previous_lt = Now(wallet).last_lt;
    if (transaction.previous_lt != 0) transaction.previous_hash = HashOf(transaction.previous_lt);
    transaction.at = times_.back();
    return transaction;
  }

  void Append(const std::string& wallet, ChainTransaction transaction) {
    Now(wallet).last_lt = transaction.lt;
    Contract& account = accounts_.at(wallet);
    account.history.push_back(std::move(transaction));
    account.blocks.push_back(times_.size() - 1);
  }

  static void Succeed(ChainTransaction* transaction) {
    transaction->action_present = transaction->action_success = true;
    transaction->total_actions = 1;
  }

  void Pay(const std::string& wallet, const ChainOutMessage& out, ChainTransaction* transaction) {
    transaction->out.push_back(out);
    transaction->messages_created = 1;
    transaction->network_fees = Units(kFee);
    Now(wallet).balance = Now(wallet).balance - out.amount - Units(kFee);
    paid.push_back({wallet, out.destination, out.amount, out.body_hash});
  }

  // Whether the message stays: it may be executed by a later block.
  bool Execute(const std::string& boc) {
    const auto cell = ton::ReadBoc({reinterpret_cast<const uint8_t*>(boc.data()), boc.size()});
    const auto external = ton::ParseExternalMessage(*cell);
    const std::string wallet = ton::RawForm(external->destination);
    const auto body = ton::ParseWalletV5Body(external->body);
    if (states_.count(wallet) == 0 || !Accepts(wallet, *external, *body)) return false;
    ChainTransaction transaction = NewTransaction(wallet);
    transaction.external_in = true;
    transaction.in_normalized_hash = ton::HexOf(*ton::NormalizedHash(*cell));
    transaction.network_fees = Units(kFee);
    const bool again = Act(wallet, *body, &transaction);
    Append(wallet, std::move(transaction));
    return again;
  }

  bool Accepts(const std::string& wallet, const ton::ParsedExternal& external,
               const ton::ParsedWalletV5Body& body) {
    const State& state = Now(wallet);
    const auto& key = accounts_.at(wallet).public_key;
    if (state.frozen || (!state.deployed && external.state_init == nullptr)) return false;
    if (body.wallet_id != kWalletId || body.seqno != state.seqno) return false;
    if (absl::FromUnixSeconds(body.valid_until) <= times_.back()) return false;
    return ton::VerifySignature(key, body.signed_hash, body.signature);
  }

  bool Act(const std::string& wallet, const ton::ParsedWalletV5Body& body,
           ChainTransaction* transaction) {
    State& state = Now(wallet);
    const auto actions = ton::ParseOutList(body.out_list);
    const auto message = ton::ParseInternalMessage(actions->front().message);
    const Units amount(static_cast<int64_t>(message->amount_nano));
    Execution execution = Execution::kNormal;
    if (!executions.empty()) {
      execution = executions.front();
      executions.pop_front();
    }
    if (state.balance < amount + Units(kFee)) execution = Execution::kSkipped;
    if (execution == Execution::kActionPhaseFails) {
      transaction->action_present = true;
      transaction->action_result_code = 37;
      state.balance = state.balance - Units(kFee);
      return true;  // the seqno is unused, and the message alive
    }
    Succeed(transaction);
    state.deployed = true;
    ++state.seqno;
    if (execution == Execution::kSkipped) {
      transaction->skipped_actions = 1;
      state.balance = state.balance - Units(kFee);
      return false;
    }
    Pay(wallet, {ton::RawForm(message->destination), amount, ton::HexOf(message->body->hash())},
        transaction);
    return false;
  }

  const Clock& clock_;
  std::vector<absl::Time> times_;  // by block
  std::map<std::string, Contract> accounts_;
  std::map<std::string, Row> states_;
  std::vector<std::string> waiting_;
  int64_t next_lt_ = 40'000'000;
};

}  // namespace starlift
