#include "domain/payment/providers.h"

#include "base/check.h"
#include "base/error.h"

namespace starlift {
namespace {

// How much an answer to a hand-over says; the greatest counts.
int Weight(SendOutcome outcome) {
  switch (outcome) {
    case SendOutcome::kHandedOver:
      return 4;
    case SendOutcome::kUnknown:
      return 3;  // it may be under way
    case SendOutcome::kLater:
      return 2;
    case SendOutcome::kRefusedNow:
      return 1;
    case SendOutcome::kOurBug:
      return 0;
  }
  return 0;
}

}  // namespace

Providers::Providers(std::vector<Provider> providers) : providers_(std::move(providers)) {
  STARLIFT_CHECK(!providers_.empty());
}

SendResult Providers::Send(absl::string_view boc, int sends) {
  SendResult best;
  for (size_t i = 0; i < providers_.size(); ++i) {
    const size_t turn = (static_cast<size_t>(sends) + i) % providers_.size();
    SendResult result = providers_[turn].chain->Send(boc);
    if (i == 0 || Weight(result.outcome) > Weight(best.outcome)) best = std::move(result);
    if (best.outcome == SendOutcome::kHandedOver) break;
  }
  return best;
}

absl::StatusOr<Providers::Answer> Providers::Account(
    absl::string_view raw_address, const std::function<Worth(const AccountState&)>& worth) {
  absl::StatusOr<Answer> best = Fail(Reason::kChainUnavailable, "no provider answers");
  for (const Provider& provider : providers_) {
    absl::StatusOr<AccountState> account = provider.chain->Account(raw_address);
    if (!account.ok()) {
      if (!best.ok()) best = account.status();
      continue;
    }
    const Worth value = worth(*account);
    if (!best.ok() || value > best->worth)
      best = Answer{*std::move(account), provider.chain, value};
    if (value == Worth::kGood) break;
  }
  return best;
}

}  // namespace starlift
