#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "domain/payment/ports/chain.h"

namespace starlift::toncenter {

// A provider that is not believed when it goes back: an account answer with an older last
// transaction or an older state time than it gave before is CHAIN_UNAVAILABLE, like one that did
// not come. Providers ask several servers of differing age, so this happens every day. Safe from
// several threads.
class SteadyChain final : public Chain {
 public:
  SteadyChain(std::string name, Chain& chain) : name_(std::move(name)), chain_(chain) {}

  SendResult Send(absl::string_view boc) override { return chain_.Send(boc); }
  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override;
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override {
    return chain_.FindByNormalizedHash(raw_address, normalized_hash_hex);
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override {
    return chain_.TransactionsAfter(raw_address, after_lt, limit);
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override {
    return chain_.NewestTransactions(raw_address, limit);
  }
  // The newest state time that the provider has shown of any account; InfinitePast: none yet.
  absl::Time newest_state_time();

 private:
  // The newest that was shown of an account.
  struct Head {
    int64_t last_lt = 0;
    absl::Time state_time = absl::InfinitePast();
  };
  static constexpr size_t kMostHeads = 100'000;

  const std::string name_;
  Chain& chain_;
  std::mutex mutex_;
  std::unordered_map<std::string, Head> heads_;
  absl::Time newest_ = absl::InfinitePast();
};

}  // namespace starlift::toncenter
