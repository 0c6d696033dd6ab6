#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/random.h"
#include "sandbox/invoice.h"
#include "sandbox/pricing.h"
#include "sandbox/session.h"
#include "sandbox/transaction.h"

namespace starlift::sandbox {

struct MarketSettings {
  Rates rates;
  int64_t invoice_life_s = 600;
  int64_t delivery_delay_ms = 300;
  int64_t slow_delivery_ms = 5'000;
  int64_t least_stars = 50;
  int64_t most_stars = 1'000'000;
};

// A message that left a wallet for a watched payee.
struct Payment {
  std::string wallet;
  std::string payee;
  uint64_t amount_nano = 0;
  std::string comment;
  std::string request_id;  // empty: matches no invoice
  std::string tx_hash;     // hex
  uint64_t lt = 0;
  bool credited = false;
  std::string refused_because;  // "amount", "wallet", "payee", "late", "paid_before"; or empty
};

using Fields = std::map<std::string, std::string>;

// The logic of fragment.com: recipients, requests, invoices, the purchase page. Not safe for
// several threads: its owner holds the lock. Times are this machine's.
class Marketplace {
 public:
  explicit Marketplace(Random* random) : random_(random), sessions_(random) {}

  SessionBook& sessions() { return sessions_; }
  MarketSettings& settings() { return settings_; }

  // Answers one method of the API; the caller's session and hash are checked already.
  nlohmann::json Call(const Caller& caller, const std::string& method, const Fields& fields,
                      int64_t now_ms);
  // The HTTP failure that this search is to meet ("403", "429", "500", "not_json"), or empty.
  std::string SearchFailure(const Caller& caller, absl::string_view query);

  // Looks for payments among what the transaction sent.
  void Watch(const Transaction& transaction);

  const std::vector<Payment>& payments() const { return payments_; }
  nlohmann::json Deliveries(int64_t now_ms) const;
  nlohmann::json Invoices() const;

 private:
  nlohmann::json Search(const Fields& fields);
  nlohmann::json Prices(const Fields& fields);
  nlohmann::json State(const Caller& caller, int64_t now_ms);
  nlohmann::json Init(const Caller& caller, const Fields& fields);
  nlohmann::json Open(Session* session, const std::string& username, int64_t quantity);
  nlohmann::json Link(const Caller& caller, const Fields& fields, int64_t now_ms);
  nlohmann::json Issue(Invoice* invoice, int64_t now_ms);
  nlohmann::json Confirm(const Caller& caller, const Fields& fields);
  nlohmann::json Repeat(const Caller& caller);
  nlohmann::json Dead(const Session& session) const;
  std::string RecipientToken(const std::string& username);
  void Credit(const Transaction& transaction, const ton::CellRef& message);
  // When the invoice's stars arrive, or arrived; 0: never.
  int64_t DeliveredAt(const Invoice& invoice) const;

  Random* random_;
  SessionBook sessions_;
  MarketSettings settings_;
  std::map<std::string, std::string> recipients_;  // token to username
  std::map<std::string, std::string> tokens_;      // and back
  std::map<std::string, Invoice> invoices_;        // by request id
  std::map<std::string, std::string> by_text_;     // whole comment to request id
  std::vector<Payment> payments_;
};

}  // namespace starlift::sandbox
