#include "simulation/plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "simulation/dice.h"

namespace starlift::simulation {
namespace {

int DrawOrders(Dice& dice) {
  const int size = dice.Roll(1000);
  if (size < 700) return dice.Between(1, 3);
  if (size < 950) return dice.Between(2, 8);
  if (size < 990) return dice.Between(5, 25);
  if (size < 998) return dice.Between(20, 80);
  return dice.Between(60, 200);
}

// On in `often` percent of the seeds, and then between 1 and `most`.
int Sometimes(Dice& dice, int often, int most) {
  return dice.Percent(often) ? dice.Between(1, most) : 0;
}

void DrawSizes(Dice& dice, Plan* plan) {
  plan->orders = DrawOrders(dice);
  plan->workers = dice.Percent(60) ? dice.Between(1, 3) : dice.Between(1, 8);
  plan->wallets = std::min(20, 1 + dice.Roll(std::max(1, std::min(20, plan->orders))));
  if (dice.Percent(50)) plan->wallets = 1;
  plan->providers = dice.Percent(50) ? 1 : dice.Between(2, 3);
  if (dice.Percent(40)) {
    plan->balance_orders = dice.Percent(50) ? 100 : dice.Between(20, 80);
    plan->house_wallets = dice.Between(1, 3);
    plan->house_sessions = dice.Between(1, 3);
    plan->house_places = dice.Percent(40) ? 1 : dice.Between(2, 20);
    plan->foreign_payer = dice.Percent(50);
  }
  plan->v4_wallets = dice.Percent(60) ? 0 : dice.Between(20, 100);
  plan->fresh_wallets = dice.Percent(70) ? 0 : dice.Between(20, 100);
  plan->poor_wallets = Sometimes(dice, 20, 60);
  plan->shared_cookies = Sometimes(dice, 25, 60);
  plan->late_payers = Sometimes(dice, 40, 60);
  plan->most_payments = dice.Percent(80) ? 255 : dice.Between(1, 4);
  plan->execute_window = absl::Minutes(dice.Between(15, 90));
}

void DrawFaults(Dice& dice, Plan* plan) {
  plan->call_faults = Sometimes(dice, 40, 40);
  plan->deaths = Sometimes(dice, 40, 30);
  plan->overtakes = Sometimes(dice, 50, 40);
  plan->lags = Sometimes(dice, 40, 40);
  plan->outages = Sometimes(dice, 25, 30);
  plan->lies = Sometimes(dice, 20, 25);
  plan->lost_wakes = Sometimes(dice, 30, 60);
  plan->doubled_wakes = Sometimes(dice, 30, 30);
  plan->late_wakes = Sometimes(dice, 30, 50);
  plan->lost_messages = dice.Percent(10) ? 100 : Sometimes(dice, 35, 90);
  plan->late_messages = Sometimes(dice, 35, 12);
  plan->stalls = Sometimes(dice, 25, 60);
  plan->skips = Sometimes(dice, 20, 40);
  plan->failed_actions = Sometimes(dice, 20, 60);
  plan->bounces = Sometimes(dice, 6, 30);
  plan->foreign_uses = Sometimes(dice, 20, 25);
  plan->outside_payments = Sometimes(dice, 8, 15);
  plan->incoming = Sometimes(dice, 20, 20);
  plan->restores = dice.Percent(15) ? dice.Between(1, 2) : 0;
  plan->skewed_clocks = Sometimes(dice, 20, 60);
  plan->clock_jumps = Sometimes(dice, 15, 10);
  plan->bad_market = Sometimes(dice, 30, 12);
  plan->short_invoices = Sometimes(dice, 20, 40);
  plan->odd_prices = Sometimes(dice, 10, 20);
  plan->lost_deliveries = Sometimes(dice, 15, 60);
  plan->client_faults = Sometimes(dice, 30, 40);
}

struct Fault {
  absl::string_view name;
  int Plan::*often;
};
constexpr Fault kFaults[] = {
    {"call_faults", &Plan::call_faults},
    {"deaths", &Plan::deaths},
    {"overtakes", &Plan::overtakes},
    {"lags", &Plan::lags},
    {"outages", &Plan::outages},
    {"lies", &Plan::lies},
    {"lost_wakes", &Plan::lost_wakes},
    {"doubled_wakes", &Plan::doubled_wakes},
    {"late_wakes", &Plan::late_wakes},
    {"lost_messages", &Plan::lost_messages},
    {"late_messages", &Plan::late_messages},
    {"stalls", &Plan::stalls},
    {"skips", &Plan::skips},
    {"failed_actions", &Plan::failed_actions},
    {"bounces", &Plan::bounces},
    {"foreign_uses", &Plan::foreign_uses},
    {"outside_payments", &Plan::outside_payments},
    {"incoming", &Plan::incoming},
    {"restores", &Plan::restores},
    {"skewed_clocks", &Plan::skewed_clocks},
    {"clock_jumps", &Plan::clock_jumps},
    {"bad_market", &Plan::bad_market},
    {"short_invoices", &Plan::short_invoices},
    {"odd_prices", &Plan::odd_prices},
    {"lost_deliveries", &Plan::lost_deliveries},
    {"client_faults", &Plan::client_faults},
    {"poor_wallets", &Plan::poor_wallets},
    {"shared_cookies", &Plan::shared_cookies},
    {"balance_orders", &Plan::balance_orders},
};

}  // namespace

Plan Plan::Draw(uint64_t seed) {
  Dice dice(seed ^ 0x706c616eULL);
  Plan plan;
  plan.seed = seed;
  plan.liveness = dice.Percent(60);
  DrawSizes(dice, &plan);
  DrawFaults(dice, &plan);
  const int busy = std::min(plan.orders, 40);
  plan.ticks = dice.Between(20, 60) + busy * dice.Between(5, 25) + plan.orders * 4;
  return plan;
}

std::string Plan::Describe() const {
  std::string text = absl::StrCat(liveness ? "liveness" : "safety", ", ", ticks, " ticks, ",
                                  workers, " workers, ", orders, " orders, ", wallets, "+",
                                  house_wallets, " wallets, ", providers, " providers");
  for (const Fault& fault : kFaults) {
    const int often = this->*fault.often;
    if (often != 0) absl::StrAppend(&text, ", ", fault.name, " ", often);
  }
  return text;
}

bool Plan::Without(absl::string_view fault_name) {
  for (const Fault& fault : kFaults) {
    if (fault.name != fault_name) continue;
    this->*fault.often = 0;
    return true;
  }
  return false;
}

}  // namespace starlift::simulation
