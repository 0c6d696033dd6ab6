#include "sandbox/control_http.h"

#include <httplib.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "sandbox/fault_control.h"
#include "sandbox/seeded_random.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

absl::StatusOr<uint64_t> Nano(const json& order) {
  uint64_t nano = 0;
  const json value = order.value("balance_nano", json("0"));
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (!absl::SimpleAtoi(text, &nano)) {
    return absl::InvalidArgumentError("balance_nano is a decimal string");
  }
  return nano;
}

SeededRandom ForkRandom(World& world) {
  const std::lock_guard<std::mutex> lock(world.mutex);
  uint64_t seed = 0;
  world.random->Fill({reinterpret_cast<uint8_t*>(&seed), sizeof(seed)});
  return SeededRandom(seed);
}

std::string Phrase(const std::vector<Secret>& words) {
  return absl::StrJoin(words, " ", [](std::string* out, const Secret& word) {
    absl::StrAppend(out, word.RevealString());
  });
}

// The data cell of a wallet: as published, or with the traits that a careful client refuses.
absl::StatusOr<ton::CellRef> WalletData(const json& order, const MintedWallet& minted) {
  ton::CellBuilder builder;
  builder.Bit(order.value("signature_allowed", true));
  builder.Uint(order.value("seqno", 0u), 32).Uint(minted.wallet_id, 32);
  builder.Bytes(minted.key.public_key);
  const auto extension = ton::CellBuilder().Uint(0xa000, 16).Build();
  return builder.MaybeRef(order.value("extensions", false) ? *extension : nullptr).Build();
}

absl::StatusOr<json> MintWallet(World& world, const json& order) {
  ASSIGN_OR_RETURN(const uint64_t balance, Nano(order));
  std::vector<Secret> words;
  MintedWallet minted;
  // Stretching takes some 40 ms, and finding a phrase more: nobody waits for that at the lock.
  if (order.contains("mnemonic")) {
    words = ton::SplitWords(order["mnemonic"].get<std::string>());
  } else {
    SeededRandom random = ForkRandom(world);
    words = ton::NewMnemonic(random);
  }
  ASSIGN_OR_RETURN(minted.key, ton::StretchMnemonic(words, Secret()));
  minted.wallet_id = ton::WalletV5Id(order.value("network_global_id", ton::kMainnet));
  Account account;
  account.address = ton::WalletV5Address(minted.wallet_id, minted.key.public_key);
  account.balance_nano = balance;
  account.status = balance == 0 ? AccountStatus::kNonexistent : AccountStatus::kUninitialized;
  if (order.value("deployed", false)) {
    account.status = AccountStatus::kActive;
    account.code = ton::WalletV5Code();
    ASSIGN_OR_RETURN(account.data, WalletData(order, minted));
  }
  const json answer = {{"mnemonic", Phrase(words)},
                       {"address", ton::RawForm(account.address)},
                       {"public_key", ton::HexOf(minted.key.public_key)}};
  const std::lock_guard<std::mutex> lock(world.mutex);
  world.chain.Put(account, world.MachineMs());
  world.wallets.insert_or_assign(account.address, std::move(minted));
  return answer;
}

absl::StatusOr<json> OpenSession(World& world, const json& order) {
  std::optional<ton::Address> wallet;
  const std::string text = order.value("wallet_address", "");
  if (!text.empty()) {
    ASSIGN_OR_RETURN(wallet, ton::ParseAddress(text));
  }
  const std::lock_guard<std::mutex> lock(world.mutex);
  const Session* session = world.market.sessions().NewLogin(wallet);
  return json{{"cookies", SessionBook::Cookies(*session)}};
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
  ASSIGN_OR_RETURN(const uint64_t balance, Nano(order));
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

json PaymentRow(const Payment& payment) {
  json row = {{"wallet", payment.wallet},
              {"payee", payment.payee},
              {"amount_nano", absl::StrCat(payment.amount_nano)},
              {"comment", payment.comment},
              {"req_id", nullptr},
              {"tx_hash", payment.tx_hash},
              {"lt", absl::StrCat(payment.lt)},
              {"credited", payment.credited},
              {"refused_because", payment.refused_because}};
  if (!payment.request_id.empty()) row["req_id"] = payment.request_id;
  return row;
}

json Payments(World& world) {
  json rows = json::array();
  for (const Payment& payment : world.market.payments()) rows.push_back(PaymentRow(payment));
  return rows;
}

// Every message that really left a minted wallet, to wherever: commissions too.
json Transfers(World& world) {
  json rows = json::array();
  for (const TransactionRef& transaction : world.chain.All()) {
    if (!world.wallets.contains(transaction->account)) continue;
    for (const ton::CellRef& message : transaction->out) {
      const auto parsed = ton::ParseInternalMessage(message);
      if (!parsed.ok()) continue;
      rows.push_back({{"wallet", ton::RawForm(transaction->account)},
                      {"to", ton::RawForm(parsed->destination)},
                      {"amount_nano", absl::StrCat(parsed->amount_nano)},
                      {"body_hash", ton::HexOf(parsed->body->hash())},
                      {"tx_hash", ton::HexOf(transaction->hash)},
                      {"lt", absl::StrCat(transaction->lt)}});
    }
  }
  return rows;
}

json Status(World& world) {
  return {{"head_seqno", world.chain.head().seqno},
          {"head_utime", world.chain.head().utime},
          {"pool", world.chain.pool_size()},
          {"transactions", world.chain.All().size()},
          {"faults", FaultNames()}};
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
using View = json (*)(World&);

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

void ServeView(httplib::Server* server, World* world, const char* path, View view) {
  server->Get(path, [world, view](const httplib::Request&, httplib::Response& response) {
    const std::lock_guard<std::mutex> lock(world->mutex);
    Reply(view(*world), &response);
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
  ServeView(server, world, "/sandbox/v1/payments", Payments);
  ServeView(server, world, "/sandbox/v1/transfers", Transfers);
  ServeView(server, world, "/sandbox/v1/status", Status);
  ServeView(server, world, "/sandbox/v1/deliveries",
            [](World& at) -> json { return at.market.Deliveries(at.MachineMs()); });
  ServeView(server, world, "/sandbox/v1/invoices",
            [](World& at) -> json { return at.market.Invoices(); });
}

}  // namespace starlift::sandbox
