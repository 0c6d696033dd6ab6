#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "ton/address.h"
#include "ton/cell.h"

namespace starlift::sandbox {

// An external message that waits for a block.
struct PendingMessage {
  // Kept back: tried when the chain's time has come to `from`, as if it were still `as`.
  struct Late {
    uint32_t from = 0;
    uint32_t as = 0;
  };
  ton::CellRef message;
  ton::Address destination;
  int64_t taken_ms = 0;
  int64_t ready_ms = 0;
  std::optional<Late> late;

  bool Ready(uint32_t chain_s, int64_t machine_ms) const {
    return late.has_value() ? chain_s >= late->from : ready_ms <= machine_ms;
  }
  // Validators forget what they could not execute for so long.
  bool Forgotten(int64_t machine_ms) const;
};

// The external messages that wait, and the memory of those that were taken: a liteserver refuses
// what it took within the last minute, and more than 30 in 10 s for one account. Times are this
// machine's.
class MessagePool {
 public:
  // A liteserver's words when it does not even look at the message; empty: it does.
  std::string Refusal(const ton::CellRef& message, const ton::Address& destination,
                      int64_t machine_ms);
  void Remember(const PendingMessage& pending);
  // Whether the same bytes are being kept back.
  bool KeepsBack(const ton::CellRef& message) const;

  void Add(PendingMessage pending) { waiting_.push_back(std::move(pending)); }
  void AddFirst(PendingMessage pending) { waiting_.push_front(std::move(pending)); }
  // All that wait; what is not done with has to be added again.
  std::deque<PendingMessage> TakeAll() { return std::exchange(waiting_, {}); }
  size_t size() const { return waiting_.size(); }

 private:
  std::deque<PendingMessage> waiting_;
  std::deque<std::pair<int64_t, ton::Hash256>> taken_;  // of the last minute
  absl::flat_hash_set<ton::Hash256> taken_hashes_;
  std::map<ton::Address, std::deque<int64_t>> recent_;  // when, by account
};

}  // namespace starlift::sandbox
