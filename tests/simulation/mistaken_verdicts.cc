// Mistakes that conclude from evidence what it does not say.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/payment/conclusion.h"
#include "simulation/mistakes.h"
#include "simulation/passing_doors.h"

namespace starlift::simulation {
namespace {

// Judges the lane's transfer before the real code can, and writes what it thinks.
class MistakenVerdict : public Planted, public PassingLaneStore {
 public:
  explicit MistakenVerdict(World& world) : PassingLaneStore(world.lanes), world_(world) {
    world.doors.lanes = this;
  }

  absl::StatusOr<std::optional<Lane>> Claim(absl::string_view wallet, absl::string_view owner,
                                            absl::Duration lease) override {
    absl::StatusOr<std::optional<Lane>> lane = PassingLaneStore::Claim(wallet, owner, lease);
    if (!lane.ok() || !lane->has_value() || !(*lane)->unresolved) return lane;
    const Transfer& transfer = *(*lane)->unresolved;
    const std::optional<Verdict> verdict =
        transfer.sends > 0 ? Think(**lane, transfer) : std::nullopt;
    if (!verdict) return lane;
    const std::vector<Order> orders = *OrdersOf(transfer);
    const Judgement judgement = Final(transfer, *verdict);
    const absl::Time now = world_.clock.Now();
    const LaneResolution resolution =
        Conclude(**lane, judgement, orders, judgement.why, now, world_.rules.payment);
    if (!Resolve(**lane, resolution).ok()) return lane;
    world_.Tell("MISTAKE: a verdict of seqno ", transfer.seqno, ": ", VerdictName(*verdict));
    if (!Release(**lane, now).ok()) return lane;
    return std::optional<Lane>();
  }

 protected:
  // nullopt: nothing wrong this time.
  virtual std::optional<Verdict> Think(const Lane& lane, const Transfer& transfer) = 0;

  // What the provider shows of the wallet; nullopt: nothing that can be read.
  std::optional<WalletReading> Read(Chain& chain, const Lane& lane, absl::Time* state_time) const {
    const auto account = chain.Account(lane.wallet());
    if (!account.ok()) return std::nullopt;
    const auto wallet = ReadWallet(*account, lane.payer, world_.rules.payment.network_global_id);
    if (!wallet.ok()) return std::nullopt;
    *state_time = account->state_time;
    return *wallet;
  }

  World& world_;

 private:
  // The simplest of all judgements: the whole transfer, and for good.
  Judgement Final(const Transfer& transfer, Verdict verdict) const {
    Judgement judgement;
    judgement.verdict = verdict;
    judgement.payments.assign(transfer.payments.size(), verdict);
    judgement.why = "a planted mistake";
    const auto& history = world_.chain.Of(transfer.wallet).history;
    if (verdict == Verdict::kPaid && !history.empty()) judgement.transaction = history.back();
    return judgement;
  }
};

// It took too long, so it must have failed.
class ResignOnTimeout final : public MistakenVerdict {
 public:
  using MistakenVerdict::MistakenVerdict;
  std::optional<Verdict> Think(const Lane&, const Transfer& transfer) override {
    if (world_.clock.Now() - transfer.created_at < absl::Seconds(40)) return std::nullopt;
    return Verdict::kDead;
  }
};

class SeqnoUpIsPaid final : public MistakenVerdict {
 public:
  using MistakenVerdict::MistakenVerdict;
  std::optional<Verdict> Think(const Lane& lane, const Transfer& transfer) override {
    if (transfer.payments.empty()) return std::nullopt;
    if (world_.chain.seqno(lane.wallet()) <= transfer.seqno) return std::nullopt;
    return Verdict::kPaid;
  }
};

class DeadFromFailedAction final : public MistakenVerdict {
 public:
  using MistakenVerdict::MistakenVerdict;
  std::optional<Verdict> Think(const Lane& lane, const Transfer& transfer) override {
    const auto runs = world_.chain.FindByNormalizedHash(lane.wallet(), transfer.normalized_hash);
    if (!runs.ok() || runs->empty() || runs->back().action_success) return std::nullopt;
    return Verdict::kDead;
  }
};

// The provider's state is not looked at for its age: our own clock says that time is over.
class DeadFromStaleHead final : public MistakenVerdict {
 public:
  using MistakenVerdict::MistakenVerdict;
  std::optional<Verdict> Think(const Lane& lane, const Transfer& transfer) override {
    const absl::Duration margin = world_.rules.payment.expiry_margin;
    if (world_.clock.Now() < transfer.valid_until + margin) return std::nullopt;
    absl::Time unused;
    const auto wallet = Read(*world_.doors.providers[0], lane, &unused);
    if (!wallet || wallet->seqno > transfer.seqno) return std::nullopt;
    return Verdict::kDead;
  }
};

// The seqno of one provider's answer, and the time of another one's.
class DeadFromMixedAnswers final : public MistakenVerdict {
 public:
  using MistakenVerdict::MistakenVerdict;
  std::optional<Verdict> Think(const Lane& lane, const Transfer& transfer) override {
    absl::Time newest = absl::InfinitePast();
    bool unused = false;
    for (Chain* chain : world_.doors.providers) {
      absl::Time state_time;
      const auto wallet = Read(*chain, lane, &state_time);
      if (!wallet) continue;
      newest = std::max(newest, state_time);
      unused |= wallet->seqno <= transfer.seqno;
    }
    const absl::Time over = transfer.valid_until + world_.rules.payment.expiry_margin;
    if (!unused || newest < over) return std::nullopt;
    return Verdict::kDead;
  }
};

// A run whose action phase failed is taken for the one that used the seqno.
class FailedRunUsedTheSeqno final : public Planted {
 public:
  explicit FailedRunUsedTheSeqno(World& world) {
    for (Chain*& provider : world.doors.providers) {
      chains_.push_back(std::make_unique<Retelling>(*provider));
      provider = chains_.back().get();
    }
  }

 private:
  class Retelling final : public PassingChain {
   public:
    using PassingChain::PassingChain;
    absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
        absl::string_view raw_address, absl::string_view hash) override {
      return Retell(PassingChain::FindByNormalizedHash(raw_address, hash));
    }
    absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                    int64_t after_lt,
                                                                    int limit) override {
      return Retell(PassingChain::TransactionsAfter(raw_address, after_lt, limit));
    }

   private:
    static absl::StatusOr<std::vector<ChainTransaction>> Retell(
        absl::StatusOr<std::vector<ChainTransaction>> transactions) {
      if (!transactions.ok()) return transactions;
      for (ChainTransaction& one : *transactions) {
        if (!one.action_present || one.action_success) continue;
        one.action_success = true;
        one.skipped_actions = 1;
      }
      return transactions;
    }
  };
  std::vector<std::unique_ptr<Chain>> chains_;
};

}  // namespace

void AddVerdictMistakes(std::vector<Mistake>* all) {
  all->push_back({"re-sign on timeout",
                  [](Plan* plan) { plan->lost_messages = std::max(plan->lost_messages, 60); },
                  Plant<ResignOnTimeout>});
  all->push_back({"seqno-up-is-paid",
                  [](Plan* plan) {
                    plan->skips = 30;
                    plan->unheeded.insert("ledger and chain differ");  // it would be the first
                  },
                  Plant<SeqnoUpIsPaid>});
  all->push_back({"dead from a failed action phase", [](Plan* plan) { plan->failed_actions = 40; },
                  Plant<DeadFromFailedAction>});
  all->push_back(
      {"dead from a stale head", [](Plan* plan) { plan->lags = 40; }, Plant<DeadFromStaleHead>});
  all->push_back({"dead from mixed answers",
                  [](Plan* plan) {
                    plan->lags = 40;
                    plan->providers = std::max(plan->providers, 2);
                    plan->unheeded.insert("ledger and chain differ");
                  },
                  Plant<DeadFromMixedAnswers>});
  all->push_back({"a failed run used the seqno",
                  [](Plan* plan) {
                    plan->failed_actions = 50;
                    plan->late_messages = 12;
                    plan->foreign_uses = 25;
                  },
                  Plant<FailedRunUsedTheSeqno>});
}

}  // namespace starlift::simulation
