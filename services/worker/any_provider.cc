#include "services/worker/any_provider.h"

#include <utility>

namespace starlift {
namespace {

// The first good answer, else the last failure.
template <typename Ask>
auto FirstAnswer(const Providers& providers, const Ask& ask) {
  auto answer = ask(*providers.all().front().chain);
  for (size_t i = 1; i < providers.all().size() && !answer.ok(); ++i) {
    answer = ask(*providers.all()[i].chain);
  }
  return answer;
}

}  // namespace

absl::StatusOr<AccountState> AnyProvider::Account(absl::string_view raw_address) {
  const absl::Time oldest = clock_.Now() - fresh_for_;
  absl::StatusOr<Providers::Answer> answer =
      providers_.Account(raw_address, [&](const AccountState& account) {
        return account.state_time >= oldest ? Providers::Worth::kGood : Providers::Worth::kNothing;
      });
  if (!answer.ok()) return answer.status();
  return std::move(answer->account);
}

absl::StatusOr<std::vector<ChainTransaction>> AnyProvider::FindByNormalizedHash(
    absl::string_view raw_address, absl::string_view normalized_hash_hex) {
  return FirstAnswer(providers_, [&](Chain& chain) {
    return chain.FindByNormalizedHash(raw_address, normalized_hash_hex);
  });
}

absl::StatusOr<std::vector<ChainTransaction>> AnyProvider::TransactionsAfter(
    absl::string_view raw_address, int64_t after_lt, int limit) {
  return FirstAnswer(providers_, [&](Chain& chain) {
    return chain.TransactionsAfter(raw_address, after_lt, limit);
  });
}

absl::StatusOr<std::vector<ChainTransaction>> AnyProvider::NewestTransactions(
    absl::string_view raw_address, int limit) {
  return FirstAnswer(providers_,
                     [&](Chain& chain) { return chain.NewestTransactions(raw_address, limit); });
}

}  // namespace starlift
