#pragma once

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/providers.h"
#include "domain/payment/transfer.h"
#include "domain/payment/verdict.h"

namespace starlift {

// Asks every provider about the transfer, each for itself: matches first, the account after them
// (so that the account's answer can contain the matches), the history where a verdict may rest on
// it. Whoever could not be asked is not in the result. `payer` is the wallet that signed.
std::vector<Evidence> GatherEvidence(const Providers& providers, const Transfer& transfer,
                                     const Payer& payer, const PaymentRules& rules);

// The same for several transfers of one wallet at the cost of one: each provider is asked for the
// account and for its history since the first of them was signed. By transfer.
std::vector<std::vector<Evidence>> GatherFromHistory(const Providers& providers,
                                                     const std::vector<Transfer>& transfers,
                                                     const Payer& payer, const PaymentRules& rules);

// The account's transactions after `after_lt`, oldest first, when they join up to its last one
// without a gap; page by page, ten thousand at most. nullopt: they could not be read, do not join
// up, or are more.
std::optional<std::vector<ChainTransaction>> WholeHistory(Chain& chain, absl::string_view wallet,
                                                          int64_t after_lt,
                                                          const AccountState& account);

}  // namespace starlift
