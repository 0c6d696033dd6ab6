#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "sandbox/account.h"
#include "sandbox/faults.h"
#include "sandbox/message_pool.h"
#include "sandbox/receiver.h"
#include "sandbox/transaction.h"
#include "ton/cell.h"

namespace starlift::sandbox {

using TransactionRef = std::shared_ptr<const Transaction>;

struct Block {
  uint32_t seqno = 0;
  uint32_t utime = 0;
  int64_t machine_ms = 0;  // when it was made
};

// An account as one block knew it.
struct AccountRead {
  Account account;
  Block block;
};

// What a liteserver says to an external message.
struct SendAnswer {
  bool taken = false;
  std::string error;  // its words, when not taken
  ton::Hash256 hash{};
  ton::Hash256 normalized{};
};

// A chain of one shard: accounts, a pool of external messages, blocks. Not safe for several
// threads: its owner holds the lock.
class Chain {
 public:
  // Payments to `payees` are those that the fault `bounce` sends back.
  Chain(Faults* faults, std::vector<ton::Address> payees, int64_t machine_ms);

  // Called for every transaction once it is in a block.
  void Observe(std::function<void(const Transaction&)> observer) {
    observer_ = std::move(observer);
  }

  Account Read(const ton::Address& address) const;
  // The account and the block as they were at `machine_ms`, or now.
  AccountRead ReadAt(const ton::Address& address, int64_t machine_ms) const;
  // The account as it was before the block that changed it last.
  AccountRead ReadBefore(const ton::Address& address) const;
  // Sets an account without a transaction: what a test starts from.
  void Put(const Account& account, int64_t machine_ms);

  // Checks the message against the newest state, as a node does, and takes it into the pool.
  SendAnswer Send(absl::Span<const uint8_t> boc, int64_t machine_ms);
  // Puts an external message before all others, unchecked.
  void Force(const ton::CellRef& message, int64_t machine_ms);
  // Has an internal message arrive with the next block, from an account that nobody asks.
  void Arrive(const ton::CellRef& message) { arriving_.push_back({message, 0}); }

  // Makes one block. Its time is `chain_ms`, but never earlier than the last one's.
  void ProduceBlock(int64_t chain_ms, int64_t machine_ms);
  const Block& head() const { return blocks_.back(); }
  Block BlockAt(int64_t machine_ms) const;

  // Oldest first.
  const std::vector<TransactionRef>& All() const { return log_; }
  const std::vector<TransactionRef>& Of(const ton::Address& address) const;
  // By the hash or the normalized hash of the message that came in.
  const std::vector<TransactionRef>& ByInMessage(const ton::Hash256& hash) const;
  // The transaction that sent this message; null: none.
  TransactionRef BySentMessage(const ton::Hash256& hash) const;
  size_t pool_size() const { return pool_.size(); }

 private:
  struct Version {
    int64_t machine_ms = 0;
    Account account;
  };
  // An internal message that arrives in a later block.
  struct Arriving {
    ton::CellRef message;
    int64_t ready_ms = 0;
  };

  SendAnswer Admit(const ton::CellRef& message, int64_t machine_ms);
  // Whether the message has had its day.
  bool Execute(const PendingMessage& pending, const Block& block);
  void Deliver(std::deque<ton::CellRef> messages, const Block& block);
  void DeliverArriving(const Block& block);
  Reception ReceptionOf(const ton::Address& destination);
  void Record(Transaction transaction, const Account& account, const Block& block);
  void Store(const Account& account, int64_t machine_ms);

  Faults* faults_;
  std::vector<ton::Address> payees_;
  std::function<void(const Transaction&)> observer_;
  std::map<ton::Address, std::deque<Version>> accounts_;
  MessagePool pool_;
  std::deque<Arriving> arriving_;
  std::deque<Block> blocks_;
  std::vector<TransactionRef> log_;
  std::map<ton::Address, std::vector<TransactionRef>> by_account_;
  absl::flat_hash_map<ton::Hash256, std::vector<TransactionRef>> by_in_;
  absl::flat_hash_map<ton::Hash256, TransactionRef> by_out_;
  uint64_t next_lt_ = 57'000'000'000'000;
  uint64_t refusals_ = 0;
};

}  // namespace starlift::sandbox
