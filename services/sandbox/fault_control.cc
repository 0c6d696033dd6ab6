#include "sandbox/fault_control.h"

#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "sandbox/fault_order.h"
#include "sandbox/foreign_use.h"
#include "sandbox/read_fault_control.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr int64_t kMostLateSeconds = 1'000'000;

int64_t Micro(const json& order, const char* name, int64_t otherwise) {
  const auto found = order.find(name);
  if (found == order.end() || !found->is_number()) return otherwise;
  return std::llround(found->get<double>() * 1e6);
}

absl::Status DropExternal(World& world, const json& order) {
  world.faults.drop_external = CountIn(order);
  world.faults.drop_forgets = order.value("forget", false);
  return absl::OkStatus();
}

absl::Status LoseSendAnswer(World& world, const json& order) {
  world.faults.lose_send_answer = CountIn(order);
  world.faults.lose_by_closing = order.value("close", false);
  return absl::OkStatus();
}

absl::Status HoldBlocks(World& world, const json& order) {
  world.faults.hold_until_ms = EndIn(world, order, 0);
  return absl::OkStatus();
}

absl::Status SkipAction(World& world, const json& order) {
  world.faults.skip_action = CountIn(order);
  world.faults.skip_index = static_cast<int>(NumberIn(order, "index", 0));
  return absl::OkStatus();
}

absl::Status PriceUsd(World& world, const json& order) {
  Rates& rates = world.market.settings().rates;
  rates.micro_usd_per_star = Micro(order, "usd_per_star", rates.micro_usd_per_star);
  rates.micro_usd_per_ton = Micro(order, "ton_rate", rates.micro_usd_per_ton);
  if (rates.micro_usd_per_star > 0 && rates.micro_usd_per_ton > 0) return absl::OkStatus();
  rates = Rates();
  return absl::InvalidArgumentError("prices must be positive");
}

// Keeps the next message of a wallet back.
absl::Status LateInclusion(World& world, const json& order) {
  ASSIGN_OR_RETURN(const ton::Address wallet, ton::ParseAddress(order.value("wallet", "")));
  const int64_t after_s = NumberIn(order, "after_s", 120);
  if (after_s < 0 || after_s > kMostLateSeconds) {
    return absl::InvalidArgumentError("after_s is 0 to 1,000,000");
  }
  world.faults.late_s[wallet] = after_s;
  return absl::OkStatus();
}

absl::Status BouncePayments(World& world, const json& order) {
  world.faults.bounce = CountIn(order);
  world.faults.bounce_after_ms = NumberIn(order, "after_ms", 0);
  return absl::OkStatus();
}

// Of fragment.com, of the chain's providers, or of both.
absl::Status SlowMs(World& world, const json& order) {
  const std::string target = order.value("target", "both");
  if (target != "chain") world.faults.slow_fragment = SlownessIn(order);
  return target == "fragment" ? absl::OkStatus() : SlowProviders(world, order);
}

absl::Status FragmentHttp(World& world, const json& order) {
  const std::string kind = order.contains("status") ? order["status"].is_string()
                                                          ? order["status"].get<std::string>()
                                                          : order["status"].dump()
                                                    : "500";
  if (kind != "403" && kind != "429" && kind != "500" && kind != "not_json" && kind != "close") {
    return absl::InvalidArgumentError("status is 403, 429, 500, not_json or close");
  }
  world.faults.fragment.push_back({order.value("method", "*"), kind, CountIn(order)});
  return absl::OkStatus();
}

// A handler that stores one number.
template <typename Number64>
FaultHandler Store(Number64 Faults::*member, const char* field, int64_t otherwise) {
  return [=](World& world, const json& order) {
    world.faults.*member = static_cast<Number64>(NumberIn(order, field, otherwise));
    return absl::OkStatus();
  };
}

FaultHandler Set(int64_t MarketSettings::*member, const char* field) {
  return [=](World& world, const json& order) {
    world.market.settings().*member = NumberIn(order, field, world.market.settings().*member);
    return absl::OkStatus();
  };
}

absl::Status RotateHash(World& world, const json&) {
  world.market.sessions().RotateHashes();
  return absl::OkStatus();
}

absl::Status Clear(World& world, const json&) {
  world.faults = Faults();
  for (const auto& provider : world.providers) provider->faults() = ReadFaults();
  return absl::OkStatus();
}

std::map<std::string, FaultHandler> MakeHandlers() {
  std::map<std::string, FaultHandler> handlers = ReadFaultHandlers();
  handlers.insert({
      {"drop_external", DropExternal},
      {"lose_send_answer", LoseSendAnswer},
      {"delay_inclusion_ms", Store(&Faults::delay_inclusion_ms, "ms", 0)},
      {"hold_blocks", HoldBlocks},
      {"late_inclusion", LateInclusion},
      {"bounce", BouncePayments},
      {"send_429", Store(&Faults::send_429, "count", 1)},
      {"skip_action", SkipAction},
      {"fail_action_phase", Store(&Faults::fail_action_phase, "count", 1)},
      {"price_usd", PriceUsd},
      {"invoice_life_s", Set(&MarketSettings::invoice_life_s, "seconds")},
      {"delivery_delay_ms", Set(&MarketSettings::delivery_delay_ms, "ms")},
      {"slow_delivery_ms", Set(&MarketSettings::slow_delivery_ms, "ms")},
      {"history_lag_ms", Store(&Faults::history_lag_ms, "ms", 0)},
      {"slow_ms", SlowMs},
      {"fragment_http", FragmentHttp},
      {"rotate_cookies", Store(&Faults::rotate_cookies, "count", 1)},
      {"rotate_hash", RotateHash},
      {"foreign_use", ForeignUse},
      {"clear", Clear},
  });
  return handlers;
}

const std::map<std::string, FaultHandler>& Handlers() {
  static const auto* handlers = new std::map<std::string, FaultHandler>(MakeHandlers());
  return *handlers;
}

}  // namespace

json FaultNames() {
  json names = json::array();
  for (const auto& [name, handler] : Handlers()) names.push_back(name);
  return names;
}

absl::Status OrderFault(World& world, const json& order) {
  const auto found = Handlers().find(order.value("name", ""));
  if (found == Handlers().end()) {
    return absl::NotFoundError(absl::StrCat("no such fault; there are ", FaultNames().dump()));
  }
  return found->second(world, order);
}

}  // namespace starlift::sandbox
