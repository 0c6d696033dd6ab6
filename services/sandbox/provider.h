#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/chain.h"
#include "sandbox/slowness.h"
#include "ton/address.h"

namespace starlift::sandbox {

// A transaction that a provider's lists leave out although they show what came before and after it.
struct HistoryGap {
  int count = 0;               // lists that leave something out
  int64_t until_ms = 0;        // … and all of them until this machine time
  std::optional<uint64_t> lt;  // the one to leave out; absent: the middle one of each account
  std::map<ton::Address, uint64_t> hidden;  // what was chosen
};

// What one provider of the chain's API gets wrong when it is read. Counts are used up one by one;
// times are this machine's.
struct ReadFaults {
  int read_429 = 0;
  int read_500 = 0;
  Slowness slow;
  int64_t stale_until_ms = 0;  // account reads answer an old state
  int64_t stale_lag_ms = 0;
  int64_t index_lag_ms = 0;  // how far v3 runs behind the blocks
  int64_t down_until_ms = 0;
  int64_t ahead_until_ms = 0;  // account reads: data as of `ahead_since_ms`, time far ahead
  int64_t ahead_since_ms = 0;
  int64_t ahead_s = 0;
  int64_t back_until_ms = 0;  // every second account read answers the state before the newest
  uint64_t reads_while_back = 0;
  int64_t blind_until_ms = 0;  // searches by hash find nothing
  HistoryGap gap;
};

// One provider's view of the chain. All providers share the chain; each has its own faults. Its
// owner holds the lock of the world.
class Provider {
 public:
  Provider(std::string name, const Chain* chain) : name_(std::move(name)), chain_(chain) {}

  const std::string& name() const { return name_; }
  ReadFaults& faults() { return faults_; }
  const Chain& chain() const { return *chain_; }

  // The account as this provider shows it now.
  AccountRead Read(const ton::Address& address, int64_t now_ms);
  // Whether its index has come as far as this transaction.
  bool Indexed(const Transaction& transaction, int64_t now_ms) const {
    return transaction.machine_ms + faults_.index_lag_ms <= now_ms;
  }
  // The block that its index has come to.
  Block IndexedBlock(int64_t now_ms) const {
    return chain_->BlockAt(now_ms - faults_.index_lag_ms);
  }
  bool Down(int64_t now_ms) const { return faults_.down_until_ms > now_ms; }
  bool Blind(int64_t now_ms) const { return faults_.blind_until_ms > now_ms; }
  // What a list of this account's transactions is to leave out; absent: nothing.
  std::optional<uint64_t> Hidden(const ton::Address& account, int64_t now_ms);
  // To be called when a list really left something out.
  void CountHidden();

 private:
  std::string name_;
  const Chain* chain_;
  ReadFaults faults_;
};

}  // namespace starlift::sandbox
