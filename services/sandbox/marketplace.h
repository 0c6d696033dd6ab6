#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "base/random.h"
#include "sandbox/history_page.h"
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

// A message that left a wallet for a watched payee. Listed when it left; credited, or refused, when
// the payee has it.
struct Payment {
  std::string wallet;
  std::string payee;
  uint64_t amount_nano = 0;
  std::string comment;
  std::string request_id;  // empty: matches no invoice
  std::string tx_hash;     // hex
  uint64_t lt = 0;
  bool credited = false;
  // "amount", "wallet", "payee", "late", "paid_before", "bounced"; or empty
  std::string refused_because;
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

  // Looks for payments among what the transaction sent, and credits what a payee received.
  void Watch(const Transaction& transaction);

  const std::vector<Payment>& payments() const { return payments_; }
  const std::map<std::string, Invoice>& invoices() const { return invoices_; }
  // The session's purchases that were delivered by `now_ms`, newest first, 500 at most.
  std::vector<HistoryRow> History(const Session& session, int64_t now_ms) const;
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
  void List(const Transaction& transaction, const ton::CellRef& message);
  void Settle(const Transaction& received);
  void Credit(const Transaction& received, const Payment& payment, Invoice* invoice);
  // When the invoice's stars arrive, or arrived; 0: never.
  int64_t DeliveredAt(const Invoice& invoice) const;

  Random* random_;
  SessionBook sessions_;
  MarketSettings settings_;
  std::map<std::string, std::string> recipients_;  // token to username
  std::map<std::string, std::string> tokens_;      // and back
  std::map<std::string, std::string> spellings_;   // username to its owner's spelling
  std::map<std::string, Invoice> invoices_;        // by request id
  std::map<std::string, std::string> by_text_;     // whole comment to request id
  std::vector<Payment> payments_;
  absl::flat_hash_map<ton::Hash256, size_t> under_way_;      // messages that no payee has yet
  std::map<std::string, std::vector<const Invoice*>> paid_;  // by session key, oldest first
};

}  // namespace starlift::sandbox
