#include "sandbox/toncenter_v3.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sandbox/transaction_json.h"
#include "ton/boc.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr uint64_t kDefaultLimit = 10;
constexpr uint64_t kMostLimit = 1'000;

Answer Fail(int status, const std::string& error) {
  return {status, {{"error", error}, {"code", status}}};
}

// Whether the index has come as far as this transaction.
bool Indexed(World& world, const Transaction& transaction) {
  return transaction.machine_ms + world.faults.index_lag_ms <= world.MachineMs();
}

// The transaction that everything began with.
TransactionRef RootOf(const World& world, TransactionRef transaction) {
  while (!transaction->external_in) {
    const TransactionRef parent = world.chain.BySentMessage(transaction->in_message->hash());
    if (parent == nullptr) break;
    transaction = parent;
  }
  return transaction;
}

json Row(World& world, const TransactionRef& transaction, const std::string& finality) {
  const TransactionRef root = RootOf(world, transaction);
  return TransactionV3(*transaction, root->hash, root->in_normalized, finality);
}

void PutBook(World& world, const ton::Address& address, json* book) {
  json interfaces = json::array();
  if (IsWalletV5(world.chain.Read(address))) interfaces.push_back("wallet_v5r1");
  (*book)[UpperRaw(address)] = {
      {"user_friendly", ton::FriendlyForm(address, {.bounceable = interfaces.empty()})},
      {"domain", nullptr},
      {"interfaces", interfaces}};
}

// The rows of one page, with the address book that goes with them.
Answer Page(World& world, const std::vector<TransactionRef>& found, const Parameters& parameters) {
  const uint64_t limit = parameters.Number("limit", kDefaultLimit);
  const uint64_t offset = parameters.Number("offset", 0);
  if (limit > kMostLimit) return Fail(422, "limit is not allowed");
  json rows = json::array();
  json book = json::object();
  for (uint64_t i = offset; i < found.size() && rows.size() < limit; ++i) {
    rows.push_back(Row(world, found[i], "finalized"));
    PutBook(world, found[i]->account, &book);
  }
  return {200, {{"transactions", rows}, {"address_book", book}}};
}

Answer ByMessage(World& world, const Parameters& parameters) {
  const auto hash = ParseAnyHash(parameters.Text("msg_hash"));
  if (!hash.has_value()) return Fail(422, "failed to parse msg_hash");
  const std::string direction = parameters.Text("direction");
  std::vector<TransactionRef> found;
  if (direction != "out") found = world.chain.ByInMessage(*hash);
  const TransactionRef sender = world.chain.BySentMessage(*hash);
  if (direction != "in" && sender != nullptr) found.push_back(sender);
  std::erase_if(found, [&](const TransactionRef& row) { return !Indexed(world, *row); });
  return Page(world, found, parameters);
}

// Which transactions a listing wants.
struct Filter {
  std::vector<ton::Address> accounts;
  uint64_t start_lt = 0;
  uint64_t end_lt = 0;
  uint64_t start_utime = 0;
  uint64_t end_utime = 0;
  std::optional<ton::Hash256> hash;
  std::optional<uint64_t> lt;

  bool Wants(const Transaction& row) const {
    const bool account = accounts.empty() ||
                         std::find(accounts.begin(), accounts.end(), row.account) != accounts.end();
    return account && row.lt >= start_lt && row.lt <= end_lt && row.utime >= start_utime &&
           row.utime <= end_utime && hash.value_or(row.hash) == row.hash &&
           lt.value_or(row.lt) == row.lt;
  }
};

absl::StatusOr<Filter> ParseFilter(const Parameters& parameters) {
  Filter filter;
  for (const std::string& text : parameters.All("account")) {
    const auto address = ton::ParseAddress(text);
    if (!address.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("failed to parse address: ", text));
    }
    filter.accounts.push_back(*address);
  }
  filter.start_lt = parameters.Number("start_lt", 0);
  filter.end_lt = parameters.Number("end_lt", UINT64_MAX);
  filter.start_utime = parameters.Number("start_utime", 0);
  filter.end_utime = parameters.Number("end_utime", UINT64_MAX);
  if (!parameters.Text("hash").empty()) {
    filter.hash = ParseAnyHash(parameters.Text("hash"));
    if (!filter.hash.has_value()) return absl::InvalidArgumentError("failed to parse hash");
  }
  if (!parameters.Text("lt").empty()) filter.lt = parameters.Number("lt", 0);
  return filter;
}

Answer Transactions(World& world, const Parameters& parameters) {
  const absl::StatusOr<Filter> filter = ParseFilter(parameters);
  if (!filter.ok()) return Fail(422, std::string(filter.status().message()));
  const std::vector<TransactionRef> rows =
      filter->accounts.size() == 1 ? world.chain.Of(filter->accounts.front()) : world.chain.All();
  std::vector<TransactionRef> found;
  for (const TransactionRef& row : rows) {
    if (filter->Wants(*row) && Indexed(world, *row)) found.push_back(row);
  }
  if (parameters.Text("sort") != "asc") std::reverse(found.begin(), found.end());
  return Page(world, found, parameters);
}

// In blocks, but not yet where the index is.
Answer Pending(World& world, const Parameters& parameters) {
  const absl::StatusOr<Filter> filter = ParseFilter(parameters);
  if (!filter.ok()) return Fail(422, std::string(filter.status().message()));
  if (filter->accounts.empty()) return Fail(422, "account is required");
  json rows = json::array();
  for (const TransactionRef& row : world.chain.Of(filter->accounts.front())) {
    if (!Indexed(world, *row)) rows.push_back(Row(world, row, "confirmed"));
  }
  return {200, {{"transactions", rows}, {"address_book", json::object()}}};
}

Answer Messages(World& world, const Parameters& parameters) {
  const auto hash = ParseAnyHash(parameters.Text("msg_hash"));
  if (!hash.has_value()) return Fail(422, "failed to parse msg_hash");
  json rows = json::array();
  for (const TransactionRef& receiver : world.chain.ByInMessage(*hash)) {
    if (!Indexed(world, *receiver)) continue;
    json row = MessageV3(receiver->in_message, receiver->external_in, receiver->in_normalized);
    const TransactionRef sender = world.chain.BySentMessage(receiver->in_message->hash());
    row["in_msg_tx_hash"] = HashText(receiver->hash);
    row["out_msg_tx_hash"] = sender == nullptr ? json() : json(HashText(sender->hash));
    rows.push_back(row);
  }
  return {200, {{"messages", rows}, {"address_book", json::object()}}};
}

// A transaction and what its messages led to. `order` and `all` collect on the way.
json Tree(World& world, const TransactionRef& transaction, json* order, json* all) {
  order->push_back(HashText(transaction->hash));
  (*all)[HashText(transaction->hash)] = Row(world, transaction, "finalized");
  json children = json::array();
  for (const ton::CellRef& message : transaction->out) {
    for (const TransactionRef& child : world.chain.ByInMessage(message->hash())) {
      children.push_back(Tree(world, child, order, all));
    }
  }
  return {{"tx_hash", HashText(transaction->hash)},
          {"in_msg_hash", HashText(transaction->in_message->hash())},
          {"children", children}};
}

json Trace(World& world, const TransactionRef& root) {
  json order = json::array();
  json all = json::object();
  const json tree = Tree(world, root, &order, &all);
  const std::string lt = absl::StrCat(root->lt);
  return {{"trace_id", HashText(root->hash)},
          {"external_hash", HashText(root->in_normalized)},
          {"mc_seqno_start", absl::StrCat(root->block_seqno)},
          {"mc_seqno_end", absl::StrCat(root->block_seqno)},
          {"start_lt", lt},
          {"start_utime", root->utime},
          {"end_lt", lt},
          {"end_utime", root->utime},
          {"trace_info",
           {{"trace_state", "complete"},
            {"messages", order.size()},
            {"transactions", order.size()},
            {"pending_messages", 0},
            {"classification_state", "ok"}}},
          {"is_incomplete", false},
          {"trace", tree},
          {"transactions_order", order},
          {"transactions", all}};
}

Answer Traces(World& world, const Parameters& parameters) {
  const auto hash = ParseAnyHash(parameters.Text("msg_hash"));
  if (!hash.has_value()) return Fail(422, "failed to parse msg_hash");
  json rows = json::array();
  for (const TransactionRef& row : world.chain.ByInMessage(*hash)) {
    if (Indexed(world, *row)) rows.push_back(Trace(world, RootOf(world, row)));
  }
  return {200, {{"traces", rows}, {"address_book", json::object()}}};
}

std::string State(const Account& account, const char* uninitialized) {
  if (account.status == AccountStatus::kActive) return "active";
  return account.status == AccountStatus::kFrozen ? "frozen" : uninitialized;
}

Answer WalletInformation(World& world, const ton::Address& address) {
  const Account account = ReadAccount(world, address).account;
  json row = {{"balance", absl::StrCat(account.balance_nano)},
              {"last_transaction_lt", absl::StrCat(account.last_lt)},
              {"last_transaction_hash", HashText(account.last_hash)},
              {"status", State(account, "uninitialized")}};
  if (account.status != AccountStatus::kActive) return {200, row};
  const auto state = ton::ParseWalletV5Data(account.data);
  if (!IsWalletV5(account) || !state.ok()) return Fail(409, "not a wallet");
  row["wallet_type"] = kWalletType;
  row["seqno"] = state->seqno;
  row["wallet_id"] = state->wallet_id;
  return {200, row};
}

json WalletState(const Account& account) {
  const auto state = ton::ParseWalletV5Data(account.data);
  const bool wallet = IsWalletV5(account) && state.ok();
  json row = {{"address", UpperRaw(account.address)},
              {"balance", absl::StrCat(account.balance_nano)},
              {"extra_currencies", json::object()},
              {"is_wallet", wallet},
              {"last_transaction_hash", HashText(account.last_hash)},
              {"last_transaction_lt", absl::StrCat(account.last_lt)},
              {"status", State(account, "uninit")}};
  if (account.code != nullptr) row["code_hash"] = HashText(account.code->hash());
  if (wallet) {
    row["wallet_type"] = kWalletType;
    row["seqno"] = state->seqno;
    row["wallet_id"] = state->wallet_id;
    row["is_signature_allowed"] = state->signature_allowed;
  }
  return row;
}

Answer WalletStates(World& world, const Parameters& parameters) {
  json rows = json::array();
  json book = json::object();
  for (const std::string& text : parameters.All("address")) {
    const auto address = ton::ParseAddress(text);
    if (!address.ok()) return Fail(422, absl::StrCat("failed to parse address: ", text));
    rows.push_back(WalletState(ReadAccount(world, *address).account));
    PutBook(world, *address, &book);
  }
  return {200, {{"wallets", rows}, {"address_book", book}}};
}

Answer AddressInformation(World& world, const ton::Address& address) {
  const Account account = ReadAccount(world, address).account;
  const bool active = account.status == AccountStatus::kActive;
  json row = {{"balance", absl::StrCat(account.balance_nano)},
              {"code", nullptr},
              {"data", nullptr},
              {"frozen_hash", nullptr},
              {"last_transaction_hash", HashText(account.last_hash)},
              {"last_transaction_lt", absl::StrCat(account.last_lt)},
              {"status", State(account, "uninitialized")}};
  if (active) row["code"] = ton::WriteBocBase64(account.code);
  if (active) row["data"] = ton::WriteBocBase64(account.data);
  return {200, row};
}

json BlockRow(const Block& block) {
  const json self = {{"workchain", -1}, {"shard", "8000000000000000"}, {"seqno", block.seqno}};
  json row = self;
  row.update({{"root_hash", HashText({})},
              {"file_hash", HashText({})},
              {"global_id", ton::kMainnet},
              {"version", 0},
              {"flags", 1},
              {"gen_utime", absl::StrCat(block.utime)},
              {"start_lt", "0"},
              {"end_lt", "0"},
              {"validator_list_hash_short", 0},
              {"gen_catchain_seqno", 0},
              {"min_ref_mc_seqno", block.seqno},
              {"prev_key_block_seqno", 0},
              {"vert_seqno", 1},
              {"master_ref_seqno", 0},
              {"rand_seed", HashText({})},
              {"created_by", HashText({})},
              {"tx_count", 0},
              {"masterchain_block_ref", self},
              {"prev_blocks", json::array()}});
  for (const char* never : {"after_merge", "before_split", "after_split", "want_merge",
                            "want_split", "key_block", "vert_seqno_incr"}) {
    row[never] = false;
  }
  return row;
}

Answer MasterchainInfo(World& world) {
  const Block last = world.chain.BlockAt(world.MachineMs() - world.faults.index_lag_ms);
  Block first;
  first.seqno = 3;
  return {200, {{"last", BlockRow(last)}, {"first", BlockRow(first)}}};
}

Answer Send(World& world, const Parameters& parameters) {
  const SendReport report = SendBoc(world, parameters.Text("boc"));
  if (!report.error.empty()) return Fail(report.status, report.error);
  return {200,
          {{"message_hash", HashText(report.hash)},
           {"message_hash_norm", HashText(report.normalized)}}};
}

}  // namespace

Answer CallV3(World& world, const std::string& path, const Parameters& parameters) {
  if (path == "message") return Send(world, parameters);
  if (path == "masterchainInfo") return MasterchainInfo(world);
  if (path == "transactionsByMessage") return ByMessage(world, parameters);
  if (path == "transactions") return Transactions(world, parameters);
  if (path == "pendingTransactions") return Pending(world, parameters);
  if (path == "messages") return Messages(world, parameters);
  if (path == "traces") return Traces(world, parameters);
  if (path == "walletStates") return WalletStates(world, parameters);
  if (path != "walletInformation" && path != "addressInformation") return Fail(404, "not found");
  const std::string text = parameters.Text("address");
  const auto address = ton::ParseAddress(text);
  if (!address.ok()) return Fail(422, absl::StrCat("failed to parse address: ", text));
  return path == "walletInformation" ? WalletInformation(world, *address)
                                     : AddressInformation(world, *address);
}

}  // namespace starlift::sandbox
