#include "adapters/toncenter/chain.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "adapters/http/form.h"
#include "adapters/toncenter/account_json.h"
#include "adapters/toncenter/answer.h"
#include "adapters/toncenter/network.h"
#include "adapters/toncenter/send_classification.h"
#include "adapters/toncenter/transaction_json.h"
#include "base/error.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "ton/address.h"
#include "ton/base64.h"

namespace starlift::toncenter {
namespace {

// A row with 255 messages out has some 400 KiB.
constexpr size_t kMaxAnswerBytes = size_t{32} << 20;
constexpr int kMaxRows = 1000;  // the provider's own limit

std::string Base64(absl::string_view bytes) {
  const absl::Span<const uint8_t> span(reinterpret_cast<const uint8_t*>(bytes.data()),
                                       bytes.size());
  return ton::EncodeBase64(span, ton::Base64Alphabet::kStandard, /*padding=*/true);
}

absl::StatusOr<std::string> RawForm(absl::string_view address) {
  ASSIGN_OR_RETURN(const ton::Address parsed, ton::ParseAddress(address));
  return ton::RawForm(parsed);
}

// An answer that came whole and speaks of another network; a refused key is "configuration" too.
bool IsWrongNetwork(const absl::Status& proof, int http_status) {
  if (http_status != 200) return false;
  for (const auto& [name, value] : MetadataOf(proof)) {
    if (name == "kind") return value == "configuration";
  }
  return false;
}

// The kind of a transport failure, without its details.
absl::string_view KindOf(const absl::Status& failure) {
  const absl::string_view message = failure.message();
  return message.substr(0, message.find(':'));
}

// The rows of one account's list.
absl::StatusOr<std::vector<TransactionRow>> RowsOf(const std::string& account,
                                                   const http::Response& response) {
  ASSIGN_OR_RETURN(std::vector<TransactionRow> rows,
                   ParseTransactions(response.status, response.body));
  for (const TransactionRow& row : rows) {
    if (row.account != account) {
      return ChainFailure("unreadable", "transactions that were not asked for");
    }
  }
  return rows;
}

}  // namespace

ToncenterChain::ToncenterChain(http::Client* client, ToncenterOptions options)
    : client_(client), options_(std::move(options)) {}

absl::Status ToncenterChain::ProveNetwork() {
  if (proved_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const http::Response response, Get("/api/v2/getMasterchainInfo", {}));
  const absl::Status proof =
      CheckNetwork(response.status, response.body, options_.network_global_id);
  if (proof.ok()) {
    proved_ = true;
  } else if (IsWrongNetwork(proof, response.status) && !told_.exchange(true)) {
    Log(LogLevel::kError, "a chain provider is of another network",
        {{"provider", options_.base_url}, {"detail", proof.message()}});
  }
  return proof;
}

SendResult ToncenterChain::Send(absl::string_view boc) {
  if (const absl::Status proof = ProveNetwork(); !proof.ok()) {
    SendResult unsent;
    unsent.outcome = SendOutcome::kLater;
    unsent.reason = "network";
    unsent.detail = std::string(proof.message());
    return unsent;
  }
  http::Request request;
  request.method = http::Method::kPost;
  request.url = absl::StrCat(options_.base_url, "/api/v2/sendBocReturnHash");
  request.headers = HeadersWithKey();
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = nlohmann::json({{"boc", Base64(boc)}}).dump();
  const absl::StatusOr<http::Response> response = Call(std::move(request));
  if (response.ok()) return ClassifySend(response->status, response->body);
  SendResult result;
  result.outcome = SendOutcome::kUnknown;
  result.reason = "no_answer";
  result.detail = std::string(response.status().message());
  return result;
}

absl::StatusOr<AccountState> ToncenterChain::Account(absl::string_view raw_address) {
  ASSIGN_OR_RETURN(const std::string address, RawForm(raw_address));
  RETURN_IF_ERROR(ProveNetwork());
  ASSIGN_OR_RETURN(const http::Response response,
                   Get("/api/v2/getAddressInformation", {{"address", address}}));
  return ParseAddressInformation(response.status, response.body);
}

absl::StatusOr<std::vector<ChainTransaction>> ToncenterChain::FindByNormalizedHash(
    absl::string_view raw_address, absl::string_view normalized_hash_hex) {
  ASSIGN_OR_RETURN(const std::string account, RawForm(raw_address));
  RETURN_IF_ERROR(ProveNetwork());
  const std::string hash = absl::AsciiStrToLower(normalized_hash_hex);
  ASSIGN_OR_RETURN(
      const http::Response response,
      Get("/api/v3/transactionsByMessage",
          {{"msg_hash", hash}, {"direction", "in"}, {"limit", absl::StrCat(kMaxRows)}}));
  ASSIGN_OR_RETURN(std::vector<TransactionRow> rows,
                   ParseTransactions(response.status, response.body));
  if (rows.size() >= kMaxRows) return ChainFailure("unreadable", "more transactions than fit");
  std::vector<ChainTransaction> found;
  for (TransactionRow& row : rows) {
    // The provider also matches the hash of a message as it was sent, and of other accounts.
    const bool ours = row.account == account && row.transaction.external_in &&
                      row.transaction.in_normalized_hash == hash;
    if (ours && row.final) found.push_back(std::move(row.transaction));
  }
  return found;
}

absl::StatusOr<std::vector<ChainTransaction>> ToncenterChain::TransactionsAfter(
    absl::string_view raw_address, int64_t after_lt, int limit) {
  ASSIGN_OR_RETURN(const std::string account, RawForm(raw_address));
  RETURN_IF_ERROR(ProveNetwork());
  ASSIGN_OR_RETURN(
      const http::Response response,
      Get("/api/v3/transactions", {{"account", account},
                                   {"start_lt", absl::StrCat(after_lt + 1)},
                                   {"sort", "asc"},
                                   {"limit", absl::StrCat(std::clamp(limit, 1, kMaxRows))}}));
  ASSIGN_OR_RETURN(std::vector<TransactionRow> rows, RowsOf(account, response));
  std::vector<ChainTransaction> transactions;
  int64_t newest = after_lt;
  for (TransactionRow& row : rows) {
    if (row.transaction.lt <= newest) {
      return ChainFailure("unreadable", "transactions that were not asked for");
    }
    if (!row.final) break;
    newest = row.transaction.lt;
    transactions.push_back(std::move(row.transaction));
  }
  return transactions;
}

absl::StatusOr<std::vector<ChainTransaction>> ToncenterChain::NewestTransactions(
    absl::string_view raw_address, int limit) {
  ASSIGN_OR_RETURN(const std::string account, RawForm(raw_address));
  RETURN_IF_ERROR(ProveNetwork());
  ASSIGN_OR_RETURN(
      const http::Response response,
      Get("/api/v3/transactions", {{"account", account},
                                   {"sort", "desc"},
                                   {"limit", absl::StrCat(std::clamp(limit, 1, kMaxRows))}}));
  ASSIGN_OR_RETURN(std::vector<TransactionRow> rows, RowsOf(account, response));
  std::vector<ChainTransaction> transactions;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (!transactions.empty() && row->transaction.lt <= transactions.back().lt) {
      return ChainFailure("unreadable", "transactions in no order");
    }
    if (!row->final) break;
    transactions.push_back(std::move(row->transaction));
  }
  return transactions;
}

http::Headers ToncenterChain::HeadersWithKey() const {
  http::Headers headers = {{"Accept", "application/json"}};
  if (!options_.api_key.empty()) {
    headers.emplace_back("X-API-Key", std::string(options_.api_key.RevealString()));
  }
  return headers;
}

absl::StatusOr<http::Response> ToncenterChain::Get(absl::string_view path,
                                                   const http::Headers& query) const {
  http::Request request;
  request.url = absl::StrCat(options_.base_url, path);
  if (!query.empty()) absl::StrAppend(&request.url, "?", http::EncodeForm(query));
  request.headers = HeadersWithKey();
  return Call(std::move(request));
}

absl::StatusOr<http::Response> ToncenterChain::Call(http::Request request) const {
  request.timeout = options_.timeout;
  request.connect_timeout = options_.connect_timeout;
  request.max_bytes = kMaxAnswerBytes;
  absl::StatusOr<http::Response> response = client_->Send(request);
  for (auto& [name, value] : request.headers) {
    if (name == "X-API-Key") WipeString(&value);
  }
  if (response.ok()) return response;
  const bool outage = absl::IsUnavailable(response.status());
  return ChainFailure(outage ? "outage" : "configuration", KindOf(response.status()));
}

}  // namespace starlift::toncenter
