#include "domain/payment/verdict.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

// What a bounce may be short of: the network's fees for the way there and back.
constexpr int64_t kMostBounceFees = 100'000'000;

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
    if (transaction.out.empty()) continue;
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

void TakeFees(const Evidence& evidence, Judgement* judgement) {
  judgement->network_fees = Units(0);
  for (const ChainTransaction& match : evidence.matches) {
    judgement->network_fees += match.network_fees;
    judgement->fee_hash = match.hash;
  }
}

bool CameBack(const Payment& payment, const ChainTransaction& bounce) {
  return bounce.in_source == payment.payee && bounce.in_amount <= payment.amount &&
         bounce.in_amount + Units(kMostBounceFees) >= payment.amount;
}

// A bounce names nothing but its sender and what is left of the amount, and all payments go to few
// payees: it may as well be of a payment before this transfer. Nobody can say whose it is.
void TakeBounces(const Transfer& transfer, const Evidence& evidence, const ChainTransaction& sender,
                 Judgement* judgement) {
  if (!evidence.history) return;
  for (const ChainTransaction& bounce : evidence.history->bounces) {
    if (bounce.lt <= sender.lt) continue;
    for (size_t slot = 0; slot < transfer.payments.size(); ++slot) {
      if (judgement->payments[slot] == Verdict::kDead) continue;
      if (!CameBack(transfer.payments[slot], bounce)) continue;
      judgement->payments[slot] = Verdict::kUnknown;
      judgement->why = "a payment that may be this one came back from its payee";
    }
  }
}

// What a transfer is when its payments are judged: open as long as one of them is.
Verdict Overall(const std::vector<Verdict>& payments) {
  const auto any = [&](Verdict verdict) {
    return std::find(payments.begin(), payments.end(), verdict) != payments.end();
  };
  if (any(Verdict::kUnknown)) return Verdict::kUnknown;
  if (any(Verdict::kLive)) return Verdict::kLive;
  return any(Verdict::kPaid) ? Verdict::kPaid : Verdict::kDead;
}

// A row that lacks some of our messages is believed only when its own counts say so: a list that
// was cut short would otherwise kill what it left out.
bool TellsAll(const ChainTransaction& sender, const Transfer& transfer) {
  const auto sent = static_cast<size_t>(
      std::count_if(transfer.payments.begin(), transfer.payments.end(),
                    [&](const Payment& payment) { return HasPayment(sender, payment); }));
  const size_t missing = transfer.payments.size() - sent;
  return missing == 0 || (sender.out.size() == static_cast<size_t>(sender.messages_created) &&
                          missing == static_cast<size_t>(sender.skipped_actions));
}

Judgement Sent(const Transfer& transfer, const Evidence& evidence, const ChainTransaction& sender) {
  Judgement judgement;
  judgement.transaction = sender;
  TakeFees(evidence, &judgement);
  judgement.seqno_used = SeqnoUsed(transfer, evidence);
  judgement.why = "the wallet's transaction holds our message";
  // A skipped slot is dead only once the account itself shows that the seqno is used up.
  Verdict missing = judgement.seqno_used ? Verdict::kDead : Verdict::kLive;
  if (!TellsAll(sender, transfer)) {
    missing = Verdict::kUnknown;
    judgement.why = "the wallet's transaction contradicts itself";
  }
  for (const Payment& payment : transfer.payments) {
    judgement.payments.push_back(HasPayment(sender, payment) ? Verdict::kPaid : missing);
  }
  TakeBounces(transfer, evidence, sender, &judgement);
  judgement.verdict = Overall(judgement.payments);
  return judgement;
}

// A row that says "all sent" and does not hold what we signed cannot be ours as it stands: a
// truncated row, or a reading that we do not understand.
bool Contradicts(const ChainTransaction& match) {
  return match.action_present && match.action_success && match.skipped_actions == 0;
}

// A run that cannot have used the seqno.
bool IsHarmless(const ChainTransaction& match) {
  return match.compute_skipped || (match.action_present && !match.action_success);
}

// Our hash was executed, the seqno is used up, and no transaction with our hash that we see sent
// our message. A failed action phase may have been followed by a run that paid: only a history
// without a gap shows that there was none.
Judgement Unsent(const Transfer& transfer, const Evidence& evidence) {
  const bool burn = transfer.payments.empty();
  const auto ran = std::find_if_not(evidence.matches.begin(), evidence.matches.end(), IsHarmless);
  // A failed run of it proves nothing about the seqno: another message may have used that.
  const bool burnt = burn && ran != evidence.matches.end();
  Judgement judgement = All(transfer, burnt ? Verdict::kPaid : Verdict::kUnknown,
                            burnt ? "executed: the seqno is used up"
                                  : "executed, but the wallet's history is not complete");
  judgement.seqno_used = true;
  TakeFees(evidence, &judgement);
  if (burnt) judgement.transaction = *ran;
  if (burn || !evidence.history) return judgement;
  if (std::any_of(evidence.matches.begin(), evidence.matches.end(), Contradicts)) {
    judgement.why = "a transaction claims to have sent what it does not hold";
    return judgement;
  }
  judgement = All(transfer, Verdict::kDead, "executed and used up the seqno, but sent nothing");
  judgement.seqno_used = true;
  TakeFees(evidence, &judgement);
  judgement.transaction = evidence.matches.back();
  return judgement;
}

// The seqno is used up, and none of our own runs can have done it: their action phases failed.
bool UsedByAnother(const Evidence& evidence) {
  return evidence.history && evidence.history->other_messages > 0 &&
         std::all_of(evidence.matches.begin(), evidence.matches.end(), IsHarmless);
}

// Not found, and the seqno has passed ours: somebody else's message used it, if the history holds
// one and has no gap in which ours could hide.
Judgement Passed(const Transfer& transfer, const Evidence& evidence) {
  Judgement judgement = All(transfer, Verdict::kUnknown,
                            "the seqno is used up, and the transaction that used it is not found");
  judgement.seqno_used = true;
  if (!evidence.history || evidence.history->other_messages == 0) return judgement;
  judgement =
      All(transfer, Verdict::kDead, "displaced: another message of the wallet used the seqno");
  judgement.seqno_used = judgement.displaced = true;
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
    return Passed(transfer, evidence);
  }
  if (!account.wallet.deployed) {
    if (transfer.seqno != 0) {
      return All(transfer, Verdict::kUnknown, "a wallet that had a seqno is not deployed");
    }
    if (!evidence.history) {
      return All(transfer, Verdict::kLive, "the wallet's history could not be read");
    }
    if (evidence.history->other_messages > 0 || !evidence.matches.empty()) {
      return All(transfer, Verdict::kUnknown, "an external message reached a wallet without code");
    }
  }
  if (account.state_time < transfer.valid_until + expiry_margin) {
    return All(transfer, Verdict::kLive, "not executed yet");
  }
  Judgement judgement =
      All(transfer, Verdict::kDead, "expired: the wallet's own state is past valid_until");
  judgement.provisional = true;
  TakeFees(evidence, &judgement);
  return judgement;
}

// Who has a say in a death: providers that showed the account, unless they lag behind the freshest.
std::vector<bool> Voters(absl::Span<const Evidence> evidence, absl::Duration head_bound) {
  absl::Time newest = absl::InfinitePast();
  for (const Evidence& one : evidence) {
    if (one.account) newest = std::max(newest, one.account->state_time);
  }
  std::vector<bool> voters;
  for (const Evidence& one : evidence) {
    const bool current = one.account && one.account->state_time + head_bound >= newest;
    voters.push_back(current || one.foreign_account);
  }
  return voters;
}

// One slot over all providers: PAID by one, DEAD by all that have a say.
Verdict Together(const std::vector<Judgement>& judgements, const std::vector<bool>& voters,
                 size_t slot) {
  bool dead = false, live = false, unknown = false;
  for (size_t i = 0; i < judgements.size(); ++i) {
    const Verdict verdict = judgements[i].payments[slot];
    if (verdict == Verdict::kPaid) return Verdict::kPaid;
    if (!voters[i]) continue;
    dead = dead || verdict == Verdict::kDead;
    live = live || verdict == Verdict::kLive;
    unknown = unknown || verdict == Verdict::kUnknown;
  }
  if (unknown) return Verdict::kUnknown;
  return dead && !live ? Verdict::kDead : Verdict::kLive;
}

// The judgement that tells most of those with this verdict: one that holds our transaction first.
const Judgement* Spokesman(const std::vector<Judgement>& judgements, Verdict verdict) {
  const Judgement* chosen = nullptr;
  for (const Judgement& one : judgements) {
    if (one.verdict != verdict) continue;
    if (chosen == nullptr || (!chosen->transaction && one.transaction)) chosen = &one;
  }
  return chosen;
}

}  // namespace

bool UnbrokenHistory(const std::vector<ChainTransaction>& history, int64_t after_lt,
                     int64_t last_lt, absl::string_view last_hash) {
  const ChainTransaction* previous = nullptr;
  for (const ChainTransaction& transaction : history) {
    const int64_t joins = previous == nullptr ? after_lt : previous->lt;
    if (transaction.previous_lt != joins) return false;
    const bool known = previous != nullptr && !transaction.previous_hash.empty();
    if (known && transaction.previous_hash != previous->hash) return false;
    previous = &transaction;
  }
  if (previous == nullptr) return after_lt == last_lt;
  return previous->lt == last_lt && (last_hash.empty() || previous->hash == last_hash);
}

bool MayUseSeqno(const ChainTransaction& transaction) {
  return transaction.external_in || transaction.in_opcode == ton::kWalletV5SignedInternal;
}

Judgement Judge(const Transfer& transfer, const Evidence& evidence, absl::Duration expiry_margin) {
  if (const ChainTransaction* sender = Sender(transfer, evidence)) {
    return Sent(transfer, evidence, *sender);
  }
  if (!evidence.matches.empty() && SeqnoUsed(transfer, evidence)) {
    if (!UsedByAnother(evidence)) return Unsent(transfer, evidence);
    Judgement judgement = Passed(transfer, evidence);
    TakeFees(evidence, &judgement);
    return judgement;
  }
  if (!evidence.matches.empty() && evidence.account && !SeesMatches(evidence)) {
    return All(transfer, Verdict::kLive, "the account's state is older than our transaction");
  }
  return Unfound(transfer, evidence, expiry_margin);
}

Judgement Judge(const Transfer& transfer, absl::Span<const Evidence> evidence,
                const PaymentRules& rules) {
  std::vector<Judgement> judgements;
  for (const Evidence& one : evidence) {
    judgements.push_back(Judge(transfer, one, rules.expiry_margin));
  }
  const std::vector<bool> voters = Voters(evidence, rules.head_bound);
  Judgement together = All(transfer, Verdict::kLive, "the account could not be read");
  // A transfer without payments is judged as if it had one, which is paid when it was executed.
  std::vector<Verdict> slots;
  if (transfer.payments.empty()) {
    for (Judgement& one : judgements) one.payments = {one.verdict};
    slots = {Together(judgements, voters, 0)};
  } else {
    for (size_t slot = 0; slot < transfer.payments.size(); ++slot) {
      slots.push_back(Together(judgements, voters, slot));
    }
    together.payments = slots;
  }
  together.verdict = Overall(slots);
  const Judgement* spokesman = Spokesman(judgements, together.verdict);
  // A payment in one provider's transaction, and another provider that does not see it yet.
  if (spokesman == nullptr) spokesman = Spokesman(judgements, Verdict::kPaid);
  if (spokesman != nullptr) {
    together.why = spokesman->why;
    together.transaction = spokesman->transaction;
    together.network_fees = spokesman->network_fees;
    together.fee_hash = spokesman->fee_hash;
  }
  // Paid as one provider says and dead, slot by slot, as another one does: nobody says all of it.
  for (const Judgement& one : judgements) {
    if (together.transaction || !one.transaction) continue;
    together.transaction = one.transaction;
    together.network_fees = one.network_fees;
    together.fee_hash = one.fee_hash;
  }
  for (size_t i = 0; i < judgements.size(); ++i) {
    const bool says = judgements[i].verdict == Verdict::kPaid || voters[i];
    together.seqno_used |= says && judgements[i].seqno_used;
    if (together.verdict != Verdict::kDead || !voters[i]) continue;
    together.provisional |= judgements[i].provisional;
    together.displaced |= judgements[i].displaced;
  }
  // The weaker death counts: one provider's word is not enough to call it final.
  if (together.provisional) together.displaced = together.seqno_used = false;
  return together;
}

std::string Describe(absl::Span<const Evidence> evidence) {
  std::string text;
  for (const Evidence& one : evidence) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", "provider ", one.provider, ": ",
                    one.matches.size(), " transactions with our hash");
    for (const ChainTransaction& match : one.matches) absl::StrAppend(&text, " ", match.hash);
    if (one.foreign_account) absl::StrAppend(&text, ", not our wallet any more");
    if (one.account) {
      absl::StrAppend(
          &text, ", ", one.account->wallet.deployed ? "seqno " : "not deployed, seqno ",
          one.account->wallet.seqno, " at ",
          absl::FormatTime(absl::RFC3339_sec, one.account->state_time, absl::UTCTimeZone()));
    }
    if (!one.history) {
      absl::StrAppend(&text, ", history incomplete");
    } else {
      absl::StrAppend(&text, ", history complete with ", one.history->other_messages,
                      " other messages");
    }
  }
  return text.empty() ? "no provider answered" : text;
}

}  // namespace starlift
