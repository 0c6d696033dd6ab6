#include "adapters/toncenter/steady_chain.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace starlift::toncenter {

absl::StatusOr<AccountState> SteadyChain::Account(absl::string_view raw_address) {
  absl::StatusOr<AccountState> account = chain_.Account(raw_address);
  if (!account.ok()) return account;
  const std::lock_guard<std::mutex> lock(mutex_);
  // What is forgotten only lets an older answer pass once more; every verdict has its own guards.
  if (heads_.size() >= kMostHeads) heads_.clear();
  Head& head = heads_[std::string(raw_address)];
  if (account->last_lt < head.last_lt || account->state_time < head.state_time) {
    return Fail(Reason::kChainUnavailable,
                absl::StrCat("provider ", name_, " went back behind what it has shown"));
  }
  head = {account->last_lt, account->state_time};
  newest_ = std::max(newest_, account->state_time);
  return account;
}

absl::Time SteadyChain::newest_state_time() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return newest_;
}

}  // namespace starlift::toncenter
