#include "sandbox/fault_control.h"

#include <cmath>
#include <functional>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sandbox/foreign_use.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;
using Handler = std::function<absl::Status(World&, const json&)>;

int Count(const json& order) { return order.value("count", 1); }

int64_t Number(const json& order, const char* name, int64_t otherwise) {
  const auto found = order.find(name);
  if (found == order.end()) return otherwise;
  int64_t number = otherwise;
  if (found->is_string())
    return absl::SimpleAtoi(found->get<std::string>(), &number) ? number : otherwise;
  return found->is_number() ? static_cast<int64_t>(std::llround(found->get<double>())) : otherwise;
}

int64_t Micro(const json& order, const char* name, int64_t otherwise) {
  const auto found = order.find(name);
  if (found == order.end() || !found->is_number()) return otherwise;
  return std::llround(found->get<double>() * 1e6);
}

absl::Status DropExternal(World& world, const json& order) {
  world.faults.drop_external = Count(order);
  world.faults.drop_forgets = order.value("forget", false);
  return absl::OkStatus();
}

absl::Status LoseSendAnswer(World& world, const json& order) {
  world.faults.lose_send_answer = Count(order);
  world.faults.lose_by_closing = order.value("close", false);
  return absl::OkStatus();
}

absl::Status HoldBlocks(World& world, const json& order) {
  const int64_t ms = Number(order, "ms", 0);
  world.faults.hold_until_ms = ms < 0 ? INT64_MAX : world.MachineMs() + ms;
  return absl::OkStatus();
}

absl::Status ProviderStale(World& world, const json& order) {
  world.faults.stale_lag_ms = Number(order, "lag_ms", 5'000);
  world.faults.stale_until_ms = world.MachineMs() + Number(order, "ms", 10'000);
  return absl::OkStatus();
}

absl::Status SkipAction(World& world, const json& order) {
  world.faults.skip_action = Count(order);
  world.faults.skip_index = static_cast<int>(Number(order, "index", 0));
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

absl::Status SlowMs(World& world, const json& order) {
  const Slowness slowness = {Number(order, "ms", 0), static_cast<int>(Number(order, "count", -1))};
  const std::string target = order.value("target", "both");
  if (target != "chain") world.faults.slow_fragment = slowness;
  if (target != "fragment") world.faults.slow_chain = slowness;
  return absl::OkStatus();
}

absl::Status FragmentHttp(World& world, const json& order) {
  const std::string kind = order.contains("status") ? order["status"].is_string()
                                                          ? order["status"].get<std::string>()
                                                          : order["status"].dump()
                                                    : "500";
  if (kind != "403" && kind != "429" && kind != "500" && kind != "not_json" && kind != "close") {
    return absl::InvalidArgumentError("status is 403, 429, 500, not_json or close");
  }
  world.faults.fragment.push_back({order.value("method", "*"), kind, Count(order)});
  return absl::OkStatus();
}

// A handler that stores one number.
template <typename Number64>
Handler Store(Number64 Faults::*member, const char* field, int64_t otherwise) {
  return [=](World& world, const json& order) {
    world.faults.*member = static_cast<Number64>(Number(order, field, otherwise));
    return absl::OkStatus();
  };
}

Handler Set(int64_t MarketSettings::*member, const char* field) {
  return [=](World& world, const json& order) {
    world.market.settings().*member = Number(order, field, world.market.settings().*member);
    return absl::OkStatus();
  };
}

const std::map<std::string, Handler>& Handlers() {
  static const auto* handlers = new std::map<std::string, Handler>{
      {"drop_external", DropExternal},
      {"lose_send_answer", LoseSendAnswer},
      {"delay_inclusion_ms", Store(&Faults::delay_inclusion_ms, "ms", 0)},
      {"hold_blocks", HoldBlocks},
      {"provider_stale", ProviderStale},
      {"index_lag_ms", Store(&Faults::index_lag_ms, "ms", 0)},
      {"send_429", Store(&Faults::send_429, "count", 1)},
      {"read_429", Store(&Faults::read_429, "count", 1)},
      {"read_500", Store(&Faults::read_500, "count", 1)},
      {"skip_action", SkipAction},
      {"fail_action_phase", Store(&Faults::fail_action_phase, "count", 1)},
      {"price_usd", PriceUsd},
      {"invoice_life_s", Set(&MarketSettings::invoice_life_s, "seconds")},
      {"delivery_delay_ms", Set(&MarketSettings::delivery_delay_ms, "ms")},
      {"slow_delivery_ms", Set(&MarketSettings::slow_delivery_ms, "ms")},
      {"slow_ms", SlowMs},
      {"fragment_http", FragmentHttp},
      {"rotate_cookies", Store(&Faults::rotate_cookies, "count", 1)},
      {"rotate_hash",
       [](World& world, const json&) {
         world.market.sessions().RotateHashes();
         return absl::OkStatus();
       }},
      {"foreign_use", ForeignUse},
      {"clear",
       [](World& world, const json&) {
         world.faults = Faults();
         return absl::OkStatus();
       }},
  };
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
