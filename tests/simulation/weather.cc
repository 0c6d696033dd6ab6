#include "simulation/weather.h"

#include <utility>

#include "base/error.h"

namespace starlift::simulation {

Weather::Weather(World& world, Audit& audit, Agenda& agenda, Dice& dice)
    : world_(world), audit_(audit), agenda_(agenda), dice_(dice), plan_(world.plan) {
  moods_.resize(world.providers.size());
  world.chain.on_handover = [this](const WalletMessage& message) { return Handover(message); };
  world.chain.on_run = [this](const WalletMessage& message) { return Run(message); };
  world.market.spoil = [this](MarketInvoice* invoice) { Spoil(invoice); };
}

void Weather::Calm() {
  calm_ = true;
  for (const auto& provider : world_.providers) provider->view = {};
}

void Weather::Tick() {
  if (calm_) return;
  if (dice_.Percent(plan_.late_messages)) TurnUp();
  if (dice_.PerMille(plan_.foreign_uses)) UseWallet();
  if (dice_.PerMille(plan_.outside_payments)) PayFromOutside();
  if (dice_.PerMille(plan_.incoming)) world_.chain.Receive(AnyWallet(), Units(50'000'000));
  const bool moody = plan_.lags + plan_.outages > 0;
  if (moody && dice_.Percent(2)) {
    Mood& mood = moods_[static_cast<size_t>(dice_.Roll(static_cast<int>(moods_.size())))];
    mood.view = dice_.Percent(plan_.outages) ? FakeView{.down = true} : Lag();
    mood.until = world_.clock.Now() + absl::Seconds(dice_.Between(5, 900));
  }
}

FakeView Weather::Lag() {
  FakeView view;
  if (dice_.Percent(70)) view.account_lag = dice_.Between(1, 8);
  if (dice_.Percent(70)) view.index_lag = dice_.Between(1, 10);
  view.hole = dice_.Percent(15);
  view.no_hash = dice_.Percent(10);
  return view;
}

FakeView Weather::Lie() {
  FakeView view;
  if (dice_.Percent(60)) view.time_ahead = absl::Seconds(dice_.Between(10, 180));
  if (dice_.Percent(40)) view.state_behind = dice_.Between(1, 8);
  view.old_last_lt = dice_.Percent(30);
  view.no_hash = dice_.Percent(60);
  return view;
}

void Weather::BeforeRead() {
  if (calm_ || plan_.lags + plan_.outages + plan_.lies == 0) return;
  for (size_t i = 0; i < moods_.size(); ++i) {
    FakeView& view = world_.providers[i]->view;
    const bool moody = moods_[i].until > world_.clock.Now();
    view = moody ? moods_[i].view : FakeView{};
    if (dice_.Percent(plan_.lags)) view = Lag();
    if (dice_.Percent(plan_.lies)) view = Lie();
    if (dice_.Percent(plan_.outages)) view.down = true;
    const FakeView clear;
    const bool honest = !view.down && view.account_lag == 0 && view.index_lag == 0 && !view.hole &&
                        !view.no_hash && view.time_ahead == clear.time_ahead &&
                        view.state_behind == 0;
    if (honest) continue;
    audit_.Blinded();
    world_.Tell("    provider ", i, view.down ? " is down" : " shows", " account -",
                view.account_lag, " index -", view.index_lag, view.hole ? " hole" : "",
                view.no_hash ? " no hash" : "", " time +", absl::ToInt64Seconds(view.time_ahead),
                " state -", view.state_behind, view.old_last_lt ? " old lt" : "");
  }
}

FakeChain::Handover Weather::Handover(const WalletMessage&) {
  using Handover = FakeChain::Handover;
  if (calm_) return Handover::kDelivered;
  if (dice_.Percent(plan_.lost_messages)) {
    return dice_.Percent(70) ? Handover::kDroppedByNode : Handover::kRequestLost;
  }
  return dice_.PerMille(plan_.call_faults) ? Handover::kAnswerLost : Handover::kDelivered;
}

FakeChain::Run Weather::Run(const WalletMessage& message) {
  FakeChain::Run run;
  if (calm_) return run;
  if (dice_.Percent(plan_.failed_actions)) {
    world_.Tell("chain: the action phase of seqno ", message.seqno, " fails");
    run.execution = FakeChain::Execution::kActionPhaseFails;
  } else if (dice_.Percent(plan_.skips)) {
    world_.Tell("chain: messages of seqno ", message.seqno, " are skipped");
    for (size_t i = 0; i < message.out.size(); ++i) run.skipped.push_back(dice_.Percent(50));
  }
  return run;
}

void Weather::Block() {
  if (!calm_ && dice_.Percent(plan_.stalls)) return;
  world_.chain.Block();
  SettlePayments();
}

// The marketplace sees what was paid, and delivers; a payee may send it back instead.
void Weather::SettlePayments() {
  for (; settled_ < world_.chain.paid.size(); ++settled_) {
    const FakeChain::Paid& paid = world_.chain.paid[settled_];
    if (paid.payee != FakeMarket::kPayeeRaw) continue;
    const bool back = !calm_ && dice_.Percent(plan_.bounces);
    const absl::Time at = world_.clock.Now() + absl::Seconds(dice_.Between(1, 40));
    if (back) {
      agenda_.Add(at, [this, place = settled_] {
        world_.Tell("chain: a payment comes back");
        world_.chain.Return(place);
      });
    } else if (!dice_.Percent(plan_.lost_deliveries)) {
      agenda_.Add(at, [this, hash = paid.body_hash] { world_.market.Settle(hash); });
    }
  }
}

// A node kept a message that seemed lost; now and then the chain even breaks its promise.
void Weather::TurnUp() {
  const auto& messages = world_.chain.messages();
  if (messages.empty()) return;
  const size_t newest = messages.size() - 1;
  const size_t back = std::min<size_t>(newest, static_cast<size_t>(dice_.Roll(4)));
  const WalletMessage& message = *messages[newest - back];
  world_.Tell("chain: a message of seqno ", message.seqno, " turns up");
  world_.chain.Include(message, true, absl::Seconds(dice_.Roll(20)));
}

std::string Weather::AnyWallet() {
  const size_t all = world_.wallets.size();
  return world_.wallets[static_cast<size_t>(dice_.Roll(static_cast<int>(all)))];
}

void Weather::UseWallet() {
  const std::string wallet = AnyWallet();
  if (world_.chain.balance(wallet) < Units(100'000'000)) return;
  world_.Tell("the owner uses ", wallet.substr(0, 8));
  world_.chain.SpendElsewhere(wallet, "0:friend", Units(7), "note");
}

void Weather::PayFromOutside() {
  if (world_.database.invoices.empty()) return;
  const int count = static_cast<int>(world_.database.invoices.size());
  const Invoice& invoice = world_.database.invoices[static_cast<size_t>(dice_.Roll(count))];
  const FakeOrderRow* row = world_.database.Row(invoice.order);
  if (row == nullptr || row->order.funding != Funding::kWallet) return;
  const std::string& wallet = row->order.payer.wallet_address;
  if (world_.chain.balance(wallet) < invoice.amount + Units(100'000'000)) return;
  world_.Tell("the owner pays an invoice of ", row->order.request_id);
  world_.chain.SpendElsewhere(wallet, invoice.payee, invoice.amount, invoice.payload_hash);
}

absl::Status Weather::Market(absl::string_view method) {
  if (calm_ || !dice_.Percent(plan_.bad_market)) return absl::OkStatus();
  if (dice_.Percent(60)) return Fail(Reason::kFragmentUnavailable, "down");
  if (method == "FetchInvoice") return Fail(Reason::kPriceChanged, "moved");
  if (method == "FindRecipient" && dice_.Percent(30)) return Fail(Reason::kRecipientNotFound, "");
  if (method == "State" && dice_.Percent(20)) return Fail(Reason::kSessionDead, "logged out");
  return absl::OkStatus();
}

void Weather::Spoil(MarketInvoice* invoice) {
  if (calm_) return;
  if (dice_.Percent(plan_.short_invoices)) {
    const int seconds = dice_.Percent(40) ? 5 : dice_.Between(50, 130);
    invoice->valid_until = world_.clock.Now() + absl::Seconds(seconds);
  }
  if (dice_.Percent(plan_.odd_prices)) {
    Units& amount = invoice->messages[0].amount;
    amount = Units(amount.value() / 100 * dice_.Between(95, 106));
  }
}

}  // namespace starlift::simulation
