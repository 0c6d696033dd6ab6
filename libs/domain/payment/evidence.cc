#include "domain/payment/evidence.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace starlift {
namespace {

constexpr int kHistoryPage = 1000;
constexpr int kMostPages = 10;

// What the history says of the transfer. Matches that were found by their hash are never dropped:
// one that the history should hold, and does not, makes the history worthless.
void TakeHistory(const std::vector<ChainTransaction>& history, const Transfer& transfer,
                 Evidence* evidence) {
  Evidence::History whole;
  std::vector<ChainTransaction> matches;
  for (const ChainTransaction& transaction : history) {
    if (transaction.lt <= transfer.start_lt) continue;
    if (transaction.bounced_in) whole.bounces.push_back(transaction);
    if (!MayUseSeqno(transaction)) continue;
    // Nobody can say what an external message without a hash was.
    if (transaction.external_in && transaction.in_normalized_hash.empty()) return;
    if (transaction.external_in && transaction.in_normalized_hash == transfer.normalized_hash) {
      matches.push_back(transaction);
    } else {
      ++whole.other_messages;
    }
  }
  for (const ChainTransaction& found : evidence->matches) {
    const bool there = std::any_of(matches.begin(), matches.end(),
                                   [&](const auto& match) { return match.hash == found.hash; });
    if (!there) return;
  }
  evidence->history = std::move(whole);
  evidence->matches = std::move(matches);
}

// The account as evidence. False: it is not the wallet that signed.
bool TakeAccount(const AccountState& account, const Payer& payer, const PaymentRules& rules,
                 Evidence* evidence) {
  const absl::StatusOr<WalletReading> wallet = ReadWallet(account, payer, rules.network_global_id);
  evidence->foreign_account = !wallet.ok();
  if (!wallet.ok()) return false;
  evidence->account = Evidence::Account{*wallet, account.state_time, account.last_lt};
  return true;
}

// One provider's proof that every payment left: nobody else need be asked.
bool AllPaid(const Transfer& transfer, const Evidence& evidence, const PaymentRules& rules) {
  if (evidence.matches.empty() || transfer.payments.empty()) return false;
  const Judgement judgement = Judge(transfer, evidence, rules.expiry_margin);
  return std::all_of(judgement.payments.begin(), judgement.payments.end(),
                     [](Verdict verdict) { return verdict == Verdict::kPaid; });
}

absl::StatusOr<Evidence> Ask(const Provider& provider, const Transfer& transfer, const Payer& payer,
                             const PaymentRules& rules) {
  Evidence evidence;
  evidence.provider = provider.name;
  Chain& chain = *provider.chain;
  ASSIGN_OR_RETURN(evidence.matches,
                   chain.FindByNormalizedHash(transfer.wallet, transfer.normalized_hash));
  if (AllPaid(transfer, evidence, rules)) return evidence;
  ASSIGN_OR_RETURN(const AccountState account, chain.Account(transfer.wallet));
  if (!TakeAccount(account, payer, rules, &evidence)) return evidence;
  const WalletReading& wallet = evidence.account->wallet;
  if (wallet.seqno <= transfer.seqno && wallet.deployed && evidence.matches.empty()) {
    return evidence;
  }
  const auto history = WholeHistory(chain, transfer.wallet, transfer.start_lt, account);
  if (history) TakeHistory(*history, transfer, &evidence);
  return evidence;
}

}  // namespace

std::optional<std::vector<ChainTransaction>> WholeHistory(Chain& chain, absl::string_view wallet,
                                                          int64_t after_lt,
                                                          const AccountState& account) {
  std::vector<ChainTransaction> history;
  int64_t reached = after_lt;
  for (int page = 0; page < kMostPages; ++page) {
    absl::StatusOr<std::vector<ChainTransaction>> next =
        chain.TransactionsAfter(wallet, reached, kHistoryPage);
    if (!next.ok()) return std::nullopt;
    const bool last = next->size() < kHistoryPage;
    for (ChainTransaction& transaction : *next) history.push_back(std::move(transaction));
    if (!history.empty()) reached = history.back().lt;
    if (!last && reached < account.last_lt) continue;
    // What came after the account was read belongs to a later look.
    while (!history.empty() && history.back().lt > account.last_lt) history.pop_back();
    if (UnbrokenHistory(history, after_lt, account.last_lt, account.last_hash)) return history;
    return std::nullopt;
  }
  return std::nullopt;
}

std::vector<Evidence> GatherEvidence(const Providers& providers, const Transfer& transfer,
                                     const Payer& payer, const PaymentRules& rules) {
  std::vector<Evidence> all;
  for (const Provider& provider : providers.all()) {
    absl::StatusOr<Evidence> evidence = Ask(provider, transfer, payer, rules);
    if (!evidence.ok()) continue;
    all.push_back(*std::move(evidence));
    if (AllPaid(transfer, all.back(), rules)) break;
  }
  return all;
}

std::vector<std::vector<Evidence>> GatherFromHistory(const Providers& providers,
                                                     const std::vector<Transfer>& transfers,
                                                     const Payer& payer,
                                                     const PaymentRules& rules) {
  std::vector<std::vector<Evidence>> all(transfers.size());
  if (transfers.empty()) return all;
  int64_t start = transfers.front().start_lt;
  for (const Transfer& transfer : transfers) start = std::min(start, transfer.start_lt);
  for (const Provider& provider : providers.all()) {
    const auto account = provider.chain->Account(payer.wallet_address);
    if (!account.ok()) continue;
    Evidence seen;
    seen.provider = provider.name;
    std::optional<std::vector<ChainTransaction>> history;
    if (TakeAccount(*account, payer, rules, &seen)) {
      history = WholeHistory(*provider.chain, payer.wallet_address, start, *account);
    }
    for (size_t i = 0; i < transfers.size(); ++i) {
      all[i].push_back(seen);
      if (history) TakeHistory(*history, transfers[i], &all[i].back());
    }
  }
  return all;
}

}  // namespace starlift
