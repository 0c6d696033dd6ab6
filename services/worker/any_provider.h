#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "domain/payment/providers.h"

namespace starlift {

// The providers as one, for questions that decide nothing about money that is under way: the first
// one that answers, in the order of preference. One whose account state is older than `fresh_for`
// is passed over while another has a younger one.
class AnyProvider final : public Chain {
 public:
  AnyProvider(Providers& providers, const Clock& clock, absl::Duration fresh_for)
      : providers_(providers), clock_(clock), fresh_for_(fresh_for) {}

  SendResult Send(absl::string_view boc) override { return providers_.Send(boc, 0); }
  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override;
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override;
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override;
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override;

 private:
  Providers& providers_;
  const Clock& clock_;
  const absl::Duration fresh_for_;
};

}  // namespace starlift
