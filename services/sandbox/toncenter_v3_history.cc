#include "sandbox/toncenter_v3_history.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sandbox/transaction_json.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr uint64_t kDefaultLimit = 10;
constexpr uint64_t kMostLimit = 1'000;

Answer Fail(int status, const std::string& error) {
  return {status, {{"error", error}, {"code", status}}};
}

// The transaction that everything began with.
TransactionRef RootOf(const View& view, TransactionRef transaction) {
  while (!transaction->external_in) {
    const TransactionRef parent = view.chain().BySentMessage(transaction->in_message->hash());
    if (parent == nullptr) break;
    transaction = parent;
  }
  return transaction;
}

json Row(const View& view, const TransactionRef& transaction, const std::string& finality) {
  const TransactionRef root = RootOf(view, transaction);
  return TransactionV3(*transaction, root->hash, root->in_normalized, finality);
}

// The rows of one page, with the address book that goes with them.
Answer Page(const View& view, const std::vector<TransactionRef>& found,
            const Parameters& parameters) {
  const uint64_t limit = parameters.Number("limit", kDefaultLimit);
  const uint64_t offset = parameters.Number("offset", 0);
  if (limit > kMostLimit) return Fail(422, "limit is not allowed");
  json rows = json::array();
  json book = json::object();
  for (uint64_t i = offset; i < found.size() && rows.size() < limit; ++i) {
    rows.push_back(Row(view, found[i], "finalized"));
    PutBook(view, found[i]->account, &book);
  }
  return {200, {{"transactions", rows}, {"address_book", book}}};
}

// Whether searches by hash find nothing at this provider.
bool Blind(const View& view) { return view.provider.Blind(view.now_ms()); }

Answer ByMessage(const View& view, const Parameters& parameters) {
  const auto hash = ParseAnyHash(parameters.Text("msg_hash"));
  if (!hash.has_value()) return Fail(422, "failed to parse msg_hash");
  const std::string direction = parameters.Text("direction");
  std::vector<TransactionRef> found;
  if (Blind(view)) return Page(view, found, parameters);
  if (direction != "out") found = view.chain().ByInMessage(*hash);
  const TransactionRef sender = view.chain().BySentMessage(*hash);
  if (direction != "in" && sender != nullptr) found.push_back(sender);
  std::erase_if(found, [&](const TransactionRef& row) { return !view.Indexed(*row); });
  return Page(view, found, parameters);
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

// Whether the provider's lists leave this one out.
bool Hidden(const View& view, const Transaction& row) {
  return view.provider.Hidden(row.account, view.now_ms()) == row.lt;
}

Answer Transactions(const View& view, const Parameters& parameters) {
  const absl::StatusOr<Filter> filter = ParseFilter(parameters);
  if (!filter.ok()) return Fail(422, std::string(filter.status().message()));
  const bool search = filter->hash.has_value();
  const std::vector<TransactionRef>& rows =
      filter->accounts.size() == 1 ? view.chain().Of(filter->accounts.front()) : view.chain().All();
  std::vector<TransactionRef> found;
  bool left_out = false;
  for (const TransactionRef& row : rows) {
    if (!filter->Wants(*row) || !view.Indexed(*row) || (search && Blind(view))) continue;
    const bool hidden = !search && Hidden(view, *row);
    left_out = left_out || hidden;
    if (!hidden) found.push_back(row);
  }
  if (left_out) view.provider.CountHidden();
  if (parameters.Text("sort") != "asc") std::reverse(found.begin(), found.end());
  return Page(view, found, parameters);
}

// In blocks, but not yet where the index is.
Answer Pending(const View& view, const Parameters& parameters) {
  const absl::StatusOr<Filter> filter = ParseFilter(parameters);
  if (!filter.ok()) return Fail(422, std::string(filter.status().message()));
  if (filter->accounts.empty()) return Fail(422, "account is required");
  json rows = json::array();
  for (const TransactionRef& row : view.chain().Of(filter->accounts.front())) {
    if (!view.Indexed(*row)) rows.push_back(Row(view, row, "confirmed"));
  }
  return {200, {{"transactions", rows}, {"address_book", json::object()}}};
}

Answer Messages(const View& view, const Parameters& parameters) {
  const auto hash = ParseAnyHash(parameters.Text("msg_hash"));
  if (!hash.has_value()) return Fail(422, "failed to parse msg_hash");
  json rows = json::array();
  for (const TransactionRef& receiver : view.chain().ByInMessage(*hash)) {
    if (Blind(view) || !view.Indexed(*receiver)) continue;
    json row = MessageV3(receiver->in_message, receiver->external_in, receiver->in_normalized);
    const TransactionRef sender = view.chain().BySentMessage(receiver->in_message->hash());
    row["in_msg_tx_hash"] = HashText(receiver->hash);
    row["out_msg_tx_hash"] = sender == nullptr ? json() : json(HashText(sender->hash));
    rows.push_back(row);
  }
  return {200, {{"messages", rows}, {"address_book", json::object()}}};
}

// What a trace is put together from.
struct Collected {
  json order = json::array();
  json transactions = json::object();
  size_t pending = 0;  // messages under way
  uint64_t end_lt = 0;
  uint32_t end_utime = 0;
  uint32_t end_block = 0;
};

// A transaction and what its messages led to.
json Tree(const View& view, const TransactionRef& transaction, Collected* all) {
  const std::string hash = HashText(transaction->hash);
  all->order.push_back(hash);
  all->transactions[hash] = Row(view, transaction, "finalized");
  all->end_lt = std::max(all->end_lt, transaction->lt);
  all->end_utime = std::max(all->end_utime, transaction->utime);
  all->end_block = std::max(all->end_block, transaction->block_seqno);
  json children = json::array();
  for (const ton::CellRef& message : transaction->out) {
    const std::vector<TransactionRef>& receivers = view.chain().ByInMessage(message->hash());
    if (receivers.empty() || !view.Indexed(*receivers.front())) {
      ++all->pending;
    } else {
      children.push_back(Tree(view, receivers.front(), all));
    }
  }
  return {{"tx_hash", hash},
          {"in_msg_hash", HashText(transaction->in_message->hash())},
          {"children", children}};
}

json Trace(const View& view, const TransactionRef& root) {
  Collected all;
  const json tree = Tree(view, root, &all);
  return {{"trace_id", HashText(root->hash)},
          {"external_hash", HashText(root->in_normalized)},
          {"mc_seqno_start", absl::StrCat(root->block_seqno)},
          {"mc_seqno_end", absl::StrCat(all.end_block)},
          {"start_lt", absl::StrCat(root->lt)},
          {"start_utime", root->utime},
          {"end_lt", absl::StrCat(all.end_lt)},
          {"end_utime", all.end_utime},
          {"trace_info",
           {{"trace_state", all.pending == 0 ? "complete" : "pending"},
            {"messages", all.order.size() + all.pending},
            {"transactions", all.order.size()},
            {"pending_messages", all.pending},
            {"classification_state", "ok"}}},
          {"is_incomplete", all.pending != 0},
          {"trace", tree},
          {"transactions_order", all.order},
          {"transactions", all.transactions}};
}

Answer Traces(const View& view, const Parameters& parameters) {
  const auto hash = ParseAnyHash(parameters.Text("msg_hash"));
  if (!hash.has_value()) return Fail(422, "failed to parse msg_hash");
  json rows = json::array();
  for (const TransactionRef& row : view.chain().ByInMessage(*hash)) {
    if (!Blind(view) && view.Indexed(*row)) rows.push_back(Trace(view, RootOf(view, row)));
  }
  return {200, {{"traces", rows}, {"address_book", json::object()}}};
}

}  // namespace

void PutBook(const View& view, const ton::Address& address, json* book) {
  json interfaces = json::array();
  if (const auto version = VersionOf(view.chain().Read(address)); version.has_value()) {
    interfaces.push_back(*version == WalletVersion::kV5R1 ? "wallet_v5r1" : "wallet_v4r2");
  }
  (*book)[UpperRaw(address)] = {
      {"user_friendly", ton::FriendlyForm(address, {.bounceable = interfaces.empty()})},
      {"domain", nullptr},
      {"interfaces", interfaces}};
}

std::optional<Answer> CallV3History(const View& view, const std::string& path,
                                    const Parameters& parameters) {
  if (path == "transactionsByMessage") return ByMessage(view, parameters);
  if (path == "transactions") return Transactions(view, parameters);
  if (path == "pendingTransactions") return Pending(view, parameters);
  if (path == "messages") return Messages(view, parameters);
  if (path == "traces") return Traces(view, parameters);
  return std::nullopt;
}

}  // namespace starlift::sandbox
