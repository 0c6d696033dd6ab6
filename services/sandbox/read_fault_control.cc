#include "sandbox/read_fault_control.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr int64_t kShortMs = 10'000;
constexpr int64_t kAheadSeconds = 3'600;

absl::StatusOr<std::vector<ReadFaults*>> Chosen(World& world, const json& order) {
  const std::string name = order.value("provider", "");
  std::vector<ReadFaults*> chosen;
  for (const auto& provider : world.providers) {
    if (name.empty() || provider->name() == name) chosen.push_back(&provider->faults());
  }
  if (chosen.empty()) return absl::NotFoundError(absl::StrCat("no provider is called ", name));
  return chosen;
}

// A handler that does the same to each of the order's providers.
template <typename Change>
FaultHandler ForEach(Change change) {
  return [change](World& world, const json& order) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<ReadFaults*> chosen, Chosen(world, order));
    for (ReadFaults* faults : chosen) change(world, order, faults);
    return absl::OkStatus();
  };
}

FaultHandler Counted(int ReadFaults::*member) {
  return ForEach([member](World&, const json& order, ReadFaults* faults) {
    faults->*member = CountIn(order);
  });
}

void Stale(World& world, const json& order, ReadFaults* faults) {
  faults->stale_lag_ms = NumberIn(order, "lag_ms", 5'000);
  faults->stale_until_ms = EndIn(world, order, kShortMs);
}

void Down(World& world, const json& order, ReadFaults* faults) {
  faults->down_until_ms = EndIn(world, order, kShortMs);
}

// Without `ms` so many lists have the gap as `count` says.
absl::Status OrderGap(World& world, const json& order) {
  HistoryGap gap;
  if (order.contains("ms")) {
    gap.until_ms = EndIn(world, order, 0);
  } else {
    gap.count = CountIn(order);
  }
  if (order.contains("lt")) {
    const json& lt = order.at("lt");
    uint64_t number = 0;
    if (!absl::SimpleAtoi(lt.is_string() ? lt.get<std::string>() : lt.dump(), &number)) {
      return absl::InvalidArgumentError("lt is a decimal string");
    }
    gap.lt = number;
  }
  ASSIGN_OR_RETURN(const std::vector<ReadFaults*> chosen, Chosen(world, order));
  for (ReadFaults* faults : chosen) faults->gap = gap;
  return absl::OkStatus();
}

absl::Status OrderLies(World& world, const json& order) {
  const std::string kind = order.value("kind", "");
  const int64_t end = EndIn(world, order, kShortMs);
  ASSIGN_OR_RETURN(const std::vector<ReadFaults*> chosen, Chosen(world, order));
  for (ReadFaults* faults : chosen) {
    if (kind == "state_time_ahead") {
      faults->ahead_since_ms = world.MachineMs();
      faults->ahead_s = NumberIn(order, "ahead_s", kAheadSeconds);
      faults->ahead_until_ms = end;
    } else if (kind == "seqno_back") {
      faults->back_until_ms = end;
    } else if (kind == "no_transactions") {
      faults->blind_until_ms = end;
    } else {
      return absl::InvalidArgumentError("kind is state_time_ahead, seqno_back or no_transactions");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SlowProviders(World& world, const json& order) {
  ASSIGN_OR_RETURN(const std::vector<ReadFaults*> chosen, Chosen(world, order));
  for (ReadFaults* faults : chosen) faults->slow = SlownessIn(order);
  return absl::OkStatus();
}

std::map<std::string, FaultHandler> ReadFaultHandlers() {
  return {
      {"provider_stale", ForEach(Stale)},
      {"provider_down", ForEach(Down)},
      {"provider_lies", OrderLies},
      {"history_gap", OrderGap},
      {"index_lag_ms", ForEach([](World&, const json& order, ReadFaults* faults) {
         faults->index_lag_ms = NumberIn(order, "ms", 0);
       })},
      {"read_429", Counted(&ReadFaults::read_429)},
      {"read_500", Counted(&ReadFaults::read_500)},
  };
}

}  // namespace starlift::sandbox
