#include "sandbox/control_http.h"

#include <httplib.h>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "sandbox/audit.h"
#include "sandbox/fault_control.h"
#include "sandbox/minting.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

absl::StatusOr<json> OpenSession(World& world, const json& order) {
  std::optional<ton::Address> wallet;
  const std::string text = order.value("wallet_address", "");
  if (!text.empty()) {
    ASSIGN_OR_RETURN(wallet, ton::ParseAddress(text));
  }
  const std::lock_guard<std::mutex> lock(world.mutex);
  Session* session = world.market.sessions().NewLogin(wallet);
  session->foreign_payer = order.value("foreign_payer", false);
  return json{{"cookies", SessionBook::Cookies(*session)},
              {"foreign_payer", session->foreign_payer}};
}

absl::StatusOr<json> KillSession(World& world, const json& order) {
  const std::lock_guard<std::mutex> lock(world.mutex);
  const Caller caller = world.market.sessions().Find(order.value("cookies", ""));
  if (caller.session == nullptr) return absl::NotFoundError("no such session");
  caller.session->alive = order.value("alive", false);
  caller.session->death_text = order.value("text", "Access denied");
  caller.session->death_without_text = order.value("without_req_id", false);
  return json{{"ok", true}};
}

absl::StatusOr<json> SetBalance(World& world, const json& order) {
  ASSIGN_OR_RETURN(const ton::Address address, ton::ParseAddress(order.value("address", "")));
  ASSIGN_OR_RETURN(const uint64_t balance, BalanceIn(order));
  const std::lock_guard<std::mutex> lock(world.mutex);
  Account account = world.chain.Read(address);
  account.balance_nano = balance;
  if (account.status == AccountStatus::kNonexistent && balance != 0) {
    account.status = AccountStatus::kUninitialized;
  }
  if (order.value("frozen", false) && account.code != nullptr) {
    account.frozen_hash = (*ton::BuildStateInit(account.code, account.data))->hash();
    account.status = AccountStatus::kFrozen;
    account.code = nullptr;
    account.data = nullptr;
  }
  world.chain.Put(account, world.MachineMs());
  return json{{"ok", true}};
}

absl::StatusOr<json> GiveOrder(World& world, const json& order) {
  const std::lock_guard<std::mutex> lock(world.mutex);
  RETURN_IF_ERROR(OrderFault(world, order));
  return json{{"ok", true}};
}

absl::StatusOr<json> SetClock(World& world, const json& order) {
  const std::lock_guard<std::mutex> lock(world.mutex);
  world.clock_offset_ms = order.value("offset_ms", world.clock_offset_ms);
  world.clock_offset_ms += order.value("advance_ms", int64_t{0});
  return json{{"offset_ms", world.clock_offset_ms}, {"chain_ms", world.ChainMs()}};
}

json Status(World& world) {
  json providers = json::array();
  for (const auto& provider : world.providers) providers.push_back(provider->name());
  return {{"head_seqno", world.chain.head().seqno},
          {"head_utime", world.chain.head().utime},
          {"pool", world.chain.pool_size()},
          {"transactions", world.chain.All().size()},
          {"payments", world.market.payments().size()},
          {"providers", providers},
          {"faults", FaultNames()}};
}

absl::StatusOr<AuditQuery> ParseAuditQuery(const httplib::Request& request) {
  AuditQuery query;
  query.request_id = request.get_param_value("req_id");
  if (request.has_param("wallet")) {
    ASSIGN_OR_RETURN(query.wallet, ton::ParseAddress(request.get_param_value("wallet")));
  }
  if (request.has_param("after") &&
      !absl::SimpleAtoi(request.get_param_value("after"), &query.after)) {
    return absl::InvalidArgumentError("after is a number of rows");
  }
  return query;
}

void Reply(const absl::StatusOr<json>& answer, httplib::Response* response) {
  if (answer.ok()) {
    response->set_content(answer->dump(), "application/json");
    return;
  }
  response->status = absl::IsNotFound(answer.status()) ? 404 : 400;
  response->set_content(json{{"error", std::string(answer.status().message())}}.dump(),
                        "application/json");
}

using Action = absl::StatusOr<json> (*)(World&, const json&);
using Look = json (*)(World&, const AuditQuery&);

void ServeAction(httplib::Server* server, World* world, const char* path, Action action) {
  server->Post(path, [world, action](const httplib::Request& request, httplib::Response& response) {
    const json order = json::parse(request.body.empty() ? "{}" : request.body, nullptr,
                                   /*allow_exceptions=*/false);
    if (!order.is_object()) {
      Reply(absl::InvalidArgumentError("the body is a JSON object"), &response);
      return;
    }
    try {
      Reply(action(*world, order), &response);
    } catch (const json::exception& mistake) {
      Reply(absl::InvalidArgumentError(mistake.what()), &response);
    }
  });
}

void ServeLook(httplib::Server* server, World* world, const char* path, Look look) {
  server->Get(path, [world, look](const httplib::Request& request, httplib::Response& response) {
    const absl::StatusOr<AuditQuery> query = ParseAuditQuery(request);
    if (!query.ok()) {
      Reply(query.status(), &response);
      return;
    }
    json answer;
    {
      const std::lock_guard<std::mutex> lock(world->mutex);
      answer = look(*world, *query);
    }
    Reply(answer, &response);
  });
}

}  // namespace

void ServeControl(httplib::Server* server, World* world) {
  ServeAction(server, world, "/sandbox/v1/wallets", MintWallet);
  ServeAction(server, world, "/sandbox/v1/sessions", OpenSession);
  ServeAction(server, world, "/sandbox/v1/sessions/kill", KillSession);
  ServeAction(server, world, "/sandbox/v1/balances", SetBalance);
  ServeAction(server, world, "/sandbox/v1/faults", GiveOrder);
  ServeAction(server, world, "/sandbox/v1/clock", SetClock);
  ServeLook(server, world, "/sandbox/v1/payments", PaymentRows);
  ServeLook(server, world, "/sandbox/v1/transfers", TransferRows);
  ServeLook(server, world, "/sandbox/v1/totals",
            [](World& at, const AuditQuery&) { return PaymentTotals(at); });
  ServeLook(server, world, "/sandbox/v1/status",
            [](World& at, const AuditQuery&) { return Status(at); });
  ServeLook(server, world, "/sandbox/v1/deliveries", [](World& at, const AuditQuery&) -> json {
    return at.market.Deliveries(at.MachineMs());
  });
  ServeLook(server, world, "/sandbox/v1/invoices",
            [](World& at, const AuditQuery&) -> json { return at.market.Invoices(); });
}

}  // namespace starlift::sandbox
