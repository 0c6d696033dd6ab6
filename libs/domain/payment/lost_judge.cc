#include "domain/payment/lost_judge.h"

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "domain/payment/evidence.h"
#include "domain/payment/verdict.h"

namespace starlift {
namespace {

// A few calls to every provider for each.
constexpr int kPerStep = 8;

// The line as a transfer that can be judged. Amounts are not in the line: (payee, payload) belongs
// to one order for ever, so whatever went there with that payload is its payment.
Transfer FromLine(const WitnessLine& line) {
  Transfer transfer;
  transfer.wallet = line.wallet;
  transfer.seqno = line.seqno;
  transfer.valid_until = line.valid_until;
  transfer.normalized_hash = line.normalized_hash;
  transfer.start_lt = line.start_lt;
  for (size_t slot = 0; slot < line.orders.size(); ++slot) {
    Payment payment;
    payment.slot = static_cast<int32_t>(slot);
    payment.order = line.orders[slot];
    payment.payee = line.payees[slot];
    payment.body_hash = line.payload_hashes[slot];
    transfer.payments.push_back(std::move(payment));
  }
  return transfer;
}

void TakeAmounts(const std::vector<Evidence>& evidence, Transfer* transfer) {
  for (const Evidence& one : evidence) {
    for (const ChainTransaction& match : one.matches) {
      for (const ChainOutMessage& out : match.out) {
        for (Payment& payment : transfer->payments) {
          const bool same = out.destination == payment.payee && out.body_hash == payment.body_hash;
          if (same) payment.amount = out.amount;
        }
      }
    }
  }
}

}  // namespace

absl::StatusOr<JudgedLoss> JudgeLost(LostTransfer open, EraStore& eras, const Providers& providers,
                                     const PaymentRules& rules) {
  Transfer transfer = FromLine(open.line);
  const std::vector<Evidence> evidence =
      GatherEvidence(providers, transfer, open.line.payer(), rules);
  TakeAmounts(evidence, &transfer);
  const Judgement judgement = Judge(transfer, evidence, rules);
  JudgedLoss judged{std::move(open), judgement.verdict == Verdict::kDead};
  LostTransfer& lost = judged.lost;
  lost.verdict = judgement.provisional ? Verdict::kLive : judgement.verdict;
  lost.transaction_hash = judgement.transaction ? judgement.transaction->hash : "";
  lost.paid_orders.clear();
  for (size_t slot = 0; slot < transfer.payments.size(); ++slot) {
    if (judgement.payments[slot] == Verdict::kPaid) {
      lost.paid_orders.push_back(transfer.payments[slot].order);
    }
  }
  RETURN_IF_ERROR(eras.RecordLost(lost));
  return judged;
}

absl::StatusOr<absl::Time> LostJudge::Step() {
  ASSIGN_OR_RETURN(std::vector<LostTransfer> open, eras_.OpenLost(kPerStep, ""));
  if (open.empty()) return absl::InfiniteFuture();
  // The oldest look comes first, so a page that is due as a whole may have another one behind it.
  bool more = open.size() == kPerStep;
  for (LostTransfer& lost : open) {
    if (lost.unjudged_for < rules_.review_poll_every) {
      more = false;
      break;
    }
    RETURN_IF_ERROR(JudgeLost(std::move(lost), eras_, providers_, rules_).status());
  }
  return clock_.Now() + (more ? rules_.read_retry : rules_.review_poll_every);
}

}  // namespace starlift
