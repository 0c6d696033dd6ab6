#pragma once

#include "fakes/fake_chain.h"

namespace starlift {

// One of several providers of the same chain, with its own view of it.
class FakeProvider final : public Chain {
 public:
  explicit FakeProvider(FakeChain& chain) : chain_(chain) {}

  FakeView view;

  SendResult Send(absl::string_view boc) override {
    if (view.down) return {SendOutcome::kLater, std::nullopt, "down", ""};
    return chain_.Send(boc);
  }
  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override {
    return chain_.Account(raw_address, view);
  }
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override {
    return chain_.FindByNormalizedHash(raw_address, normalized_hash_hex, view);
  }
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override {
    return chain_.TransactionsAfter(raw_address, after_lt, limit, view);
  }
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override {
    return chain_.NewestTransactions(raw_address, limit, view);
  }

 private:
  FakeChain& chain_;
};

}  // namespace starlift
