#include "domain/payment/wallet_walk.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "domain/payment/verdict.h"

namespace starlift {
namespace {

constexpr int kPage = 1000;
constexpr int kFirstPage = 100;

// Of the wallet's own messages, those that we know: by a row, or as lost ones.
absl::StatusOr<std::set<std::string>> Explained(const std::vector<ChainTransaction>& history,
                                                LaneStore& lanes, EraStore& eras) {
  std::vector<std::string> hashes;
  for (const ChainTransaction& transaction : history) {
    if (transaction.external_in) hashes.push_back(transaction.in_normalized_hash);
  }
  if (hashes.empty()) return std::set<std::string>();
  ASSIGN_OR_RETURN(std::set<std::string> known, lanes.KnownTransfers(hashes));
  ASSIGN_OR_RETURN(const auto lost, eras.FindLost(hashes));
  for (const auto& [hash, transfer] : lost) known.insert(hash);
  return known;
}

bool IsPayee(const std::string& address, const PaymentRules& rules) {
  return std::find(rules.allowed_payees.begin(), rules.allowed_payees.end(), address) !=
         rules.allowed_payees.end();
}

void Note(Reason reason, const ChainTransaction& transaction, WalletWalk* walk) {
  if (walk->trouble != Reason::kNone && walk->trouble != reason) return;
  if (walk->trouble == Reason::kNone) walk->transaction_hash = transaction.hash;
  walk->trouble = reason;
}

absl::Status LookAt(const Lane& lane, const ChainTransaction& transaction, LaneStore& lanes,
                    const PaymentRules& rules, WalletWalk* walk) {
  // Nobody else holds a house wallet's key: what it sent was signed by us, and then forgotten.
  const bool watched = lane.house && lane.next_seqno;
  if (watched && transaction.external_in) Note(Reason::kPaymentWithoutRecord, transaction, walk);
  for (const ChainOutMessage& out : transaction.out) {
    if (!IsPayee(out.destination, rules)) continue;  // no invoice of ours goes anywhere else
    ASSIGN_OR_RETURN(std::optional<OrderId> owner,
                     lanes.InvoiceOwner(out.destination, out.body_hash));
    if (!owner) continue;
    Note(Reason::kPaymentWithoutRecord, transaction, walk);
    walk->orders.push_back(*std::move(owner));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<WalletWalk>> WalkWallet(const Lane& lane, const AccountState& account,
                                                     Chain& chain, LaneStore& lanes, EraStore& eras,
                                                     const PaymentRules& rules) {
  const bool first = !lane.next_seqno;
  const absl::StatusOr<std::vector<ChainTransaction>> history =
      first ? chain.NewestTransactions(lane.wallet(), kFirstPage)
            : chain.TransactionsAfter(lane.wallet(), lane.last_lt, kPage);
  if (!history.ok()) return std::nullopt;
  WalletWalk walk;
  walk.whole = first || history->size() < kPage;
  walk.until_lt = walk.whole ? account.last_lt : history->back().lt;
  // A page that is not full is all that the wallet ever did, and begins where the wallet did.
  const bool all = first && history->size() < kFirstPage;
  const int64_t begin = all ? 0 : first ? history->front().previous_lt : lane.last_lt;
  if (!UnbrokenHistory(*history, begin, walk.until_lt, walk.whole ? account.last_hash : ""))
    return std::nullopt;
  ASSIGN_OR_RETURN(const std::set<std::string> explained, Explained(*history, lanes, eras));
  for (const ChainTransaction& transaction : *history) {
    walk.seqnos += MayUseSeqno(transaction);
    if (transaction.lt <= lane.last_lt) continue;  // a person has looked at it
    if (transaction.bounced_in && IsPayee(transaction.in_source, rules)) {
      Note(Reason::kPaymentReturned, transaction, &walk);
    }
    if (transaction.external_in && explained.count(transaction.in_normalized_hash) > 0) continue;
    RETURN_IF_ERROR(LookAt(lane, transaction, lanes, rules, &walk));
  }
  return std::make_optional(std::move(walk));
}

}  // namespace starlift
