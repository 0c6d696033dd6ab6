// The part of Audit that compares what the network took from wallets with what the ledger says.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "simulation/audit.h"

namespace starlift::simulation {
namespace {

// The network's fees of the order's transaction of that kind and number; nullopt: there is none.
std::optional<Units> Booked(const std::vector<LedgerTransaction>& ledger, const OrderId& order,
                            LedgerKind kind, int32_t number) {
  for (const LedgerTransaction& one : ledger) {
    if (one.order != order || one.kind != kind || one.number != number) continue;
    Units fees;
    for (const LedgerEntry& entry : one.entries) {
      if (entry.account == "network_fees") fees += entry.amount;
    }
    return fees;
  }
  return std::nullopt;
}

// The number under which a fee for that transaction is booked.
int32_t FeeNumber(const ChainTransaction& transaction) {
  return Fee(OrderId(), "", transaction.hash, Units(1)).number;
}

}  // namespace

void Audit::NoteProvisional(const std::string& wallet) {
  const auto transfers = world_.database.transfers_of.find(wallet);
  if (transfers == world_.database.transfers_of.end()) return;
  constexpr size_t kNewest = 8;
  const std::vector<std::string>& ids = transfers->second;
  for (size_t i = ids.size() - std::min(ids.size(), kNewest); i < ids.size(); ++i) {
    if (world_.database.transfers.at(ids[i]).provisional) once_provisional_.insert(ids[i]);
  }
}

void Audit::CheckFees() {
  for (const auto& [id, transfer] : world_.database.transfers) {
    if (!FakeDatabase::IsOpen(transfer.verdict)) CheckFeesOf(transfer);
  }
}

// Another transfer of the wallet was once DEAD by expiry under the same seqno.
bool Audit::HasRival(const Transfer& transfer) const {
  const auto& ids = world_.database.transfers_of.at(transfer.wallet);
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return id != transfer.id.value() && once_provisional_.contains(id) &&
           world_.database.transfers.at(id).seqno == transfer.seqno;
  });
}

// Each payment bears its share of what the network took for the transfer, runs whose action phase
// failed included. Not looked at:
//  - a transfer without payments: its fee is booked to the first order that it ends; where it ends
//    none, nobody bears it;
//  - where a transfer was once DEAD by expiry, what its failed runs took: those after the verdict
//    are in no evidence that a verdict was made from;
//  - what the failed runs of a transfer took that another one of its seqno won against: it dies in
//    the winner's resurrection, without evidence of its own.
void Audit::CheckFeesOf(const Transfer& transfer) {
  std::vector<const ChainTransaction*> runs;
  Units all;
  for (const ChainTransaction& one : world_.chain.Of(transfer.wallet).history) {
    if (one.in_normalized_hash != transfer.normalized_hash) continue;
    runs.push_back(&one);
    all += one.network_fees;
  }
  if (runs.empty() || transfer.payments.empty()) return;
  const bool provisional = once_provisional_.contains(transfer.id.value());
  const bool lost = transfer.verdict == Verdict::kDead && HasRival(transfer);
  const auto count = static_cast<int64_t>(transfer.payments.size());
  const auto& ledger = world_.database.ledger;
  for (const Payment& payment : transfer.payments) {
    const auto share = [&](Units fees) { return ShareOf(fees, payment.slot, count); };
    const auto differs = [&](absl::string_view what) {
      Broken("ledger and chain differ", absl::StrCat(NameOf(payment.order), ": ", what));
    };
    if (payment.verdict == Verdict::kPaid) {
      const std::optional<Units> posted = Booked(ledger, payment.order, LedgerKind::kPost, 1);
      const Units last = runs.back()->network_fees;
      if (posted != share(all) && !(provisional && posted == share(last))) {
        differs("what the network took for its payment");
      }
      continue;
    }
    const std::optional<Units> booked =
        Booked(ledger, payment.order, LedgerKind::kFee, FeeNumber(*runs.back()));
    if (booked ? *booked != share(all) && !provisional : !provisional && !lost) {
      differs("what the network took without paying");
    }
  }
}

}  // namespace starlift::simulation
