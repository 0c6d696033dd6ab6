#include "domain/payment/verdict.h"

#include <algorithm>
#include <utility>

namespace starlift {
namespace {

bool IsOurs(const Payment& payment, const ChainOutMessage& out) {
  return out.destination == payment.payee && out.amount == payment.amount &&
         out.body_hash == payment.body_hash;
}

Judgement All(const Transfer& transfer, Verdict verdict, std::string why) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.payments.assign(transfer.payments.size(), verdict);
  judgement.why = std::move(why);
  return judgement;
}

bool HasPayment(const ChainTransaction& transaction, const Payment& payment) {
  return std::any_of(transaction.out.begin(), transaction.out.end(),
                     [&](const ChainOutMessage& out) { return IsOurs(payment, out); });
}

// The transaction that sent at least one of the transfer's messages: there can be only one, because
// sending commits the seqno.
const ChainTransaction* Sender(const Transfer& transfer, const Evidence& evidence) {
  for (const ChainTransaction& transaction : evidence.matches) {
    for (const Payment& payment : transfer.payments) {
      if (HasPayment(transaction, payment)) return &transaction;
    }
  }
  return nullptr;
}

// The account answer shows a state that already contains all matches.
bool SeesMatches(const Evidence& evidence) {
  if (!evidence.account) return false;
  return std::all_of(
      evidence.matches.begin(), evidence.matches.end(),
      [&](const ChainTransaction& match) { return match.lt <= evidence.account->last_lt; });
}

bool SeqnoUsed(const Transfer& transfer, const Evidence& evidence) {
  return SeesMatches(evidence) && evidence.account->wallet.deployed &&
         evidence.account->wallet.seqno > transfer.seqno;
}

Judgement Sent(const Transfer& transfer, const Evidence& evidence, const ChainTransaction& sender) {
  Judgement judgement;
  judgement.transaction = sender;
  judgement.seqno_used = SeqnoUsed(transfer, evidence);
  bool open = false;
  for (const Payment& payment : transfer.payments) {
    const bool paid = HasPayment(sender, payment);
    // A skipped slot is dead only once the account itself shows that the seqno is used up.
    const Verdict missing = judgement.seqno_used ? Verdict::kDead : Verdict::kLive;
    judgement.payments.push_back(paid ? Verdict::kPaid : missing);
    open = open || (!paid && !judgement.seqno_used);
  }
  judgement.verdict = open ? Verdict::kLive : Verdict::kPaid;
  judgement.why = "the wallet's transaction holds our message";
  return judgement;
}

// A row that says "all sent" and does not hold what we signed cannot be ours as it stands: a
// truncated row, or a reading that we do not understand.
bool Contradicts(const ChainTransaction& match) {
  return match.action_present && match.action_success && match.skipped_actions == 0;
}

// Our hash was executed, the seqno is used up, and no transaction with our hash that we see sent
// our message. A failed action phase may have been followed by a run that paid: only a history
// without a gap shows that there was none.
Judgement Unsent(const Transfer& transfer, const Evidence& evidence) {
  Judgement judgement =
      All(transfer, Verdict::kUnknown, "executed, but the wallet's history is not complete");
  judgement.seqno_used = true;
  if (!evidence.history) return judgement;
  if (std::any_of(evidence.matches.begin(), evidence.matches.end(), Contradicts)) {
    judgement.why = "a transaction claims to have sent what it does not hold";
    return judgement;
  }
  judgement = All(transfer, Verdict::kDead, "executed and used up the seqno, but sent nothing");
  judgement.seqno_used = true;
  judgement.transaction = evidence.matches.back();
  return judgement;
}

Judgement Unfound(const Transfer& transfer, const Evidence& evidence,
                  absl::Duration expiry_margin) {
  if (evidence.foreign_account) {
    return All(transfer, Verdict::kUnknown, "the account is no longer the wallet that signed");
  }
  if (!evidence.account) return All(transfer, Verdict::kLive, "the account could not be read");
  const Evidence::Account& account = *evidence.account;
  if (account.wallet.deployed && account.wallet.seqno > transfer.seqno) {
    Judgement judgement =
        All(transfer, Verdict::kUnknown,
            "the seqno is used up, and the transaction that used it is not found");
    judgement.seqno_used = true;
    return judgement;
  }
  if (!account.wallet.deployed) {
    if (transfer.seqno != 0) {
      return All(transfer, Verdict::kUnknown, "a wallet that had a seqno is not deployed");
    }
    if (!evidence.history) {
      return All(transfer, Verdict::kLive, "the wallet's history could not be read");
    }
    if (evidence.history->external_in) {
      return All(transfer, Verdict::kUnknown, "an external message reached a wallet without code");
    }
  }
  if (account.state_time < transfer.valid_until + expiry_margin) {
    return All(transfer, Verdict::kLive, "not executed yet");
  }
  Judgement judgement =
      All(transfer, Verdict::kDead, "expired: the wallet's own state is past valid_until");
  judgement.provisional = true;
  return judgement;
}

}  // namespace

bool UnbrokenHistory(const std::vector<ChainTransaction>& history, int64_t after_lt,
                     int64_t last_lt) {
  int64_t previous = after_lt;
  for (const ChainTransaction& transaction : history) {
    if (transaction.previous_lt != previous) return false;
    previous = transaction.lt;
  }
  return previous == last_lt;
}

Judgement Judge(const Transfer& transfer, const Evidence& evidence, absl::Duration expiry_margin) {
  if (const ChainTransaction* sender = Sender(transfer, evidence)) {
    return Sent(transfer, evidence, *sender);
  }
  if (!evidence.matches.empty() && SeqnoUsed(transfer, evidence)) return Unsent(transfer, evidence);
  if (!evidence.matches.empty() && evidence.account && !SeesMatches(evidence)) {
    return All(transfer, Verdict::kLive, "the account's state is older than our transaction");
  }
  return Unfound(transfer, evidence, expiry_margin);
}

}  // namespace starlift
