#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "base/money.h"
#include "base/secret.h"
#include "domain/order/ports/price_book.h"
#include "domain/order/product.h"

namespace starlift {

// What the marketplace asks to be paid, as it came: nothing is checked yet.
struct MarketMessage {
  std::string address;         // friendly or raw
  Units amount;                // nanoton
  std::string payload_base64;  // a BoC, either alphabet
  bool has_state_init = false;
};
struct MarketInvoice {
  std::string request_id;
  std::string sender;   // raw or friendly; empty: not said
  std::string network;  // "-239", or empty
  absl::Time valid_until;
  std::vector<MarketMessage> messages;
  std::string confirm_method;
  std::vector<std::pair<std::string, std::string>> confirm_params;
};

// The wallet that the session shows to the marketplace.
struct MarketAccount {
  std::string address;            // raw form
  std::string public_key_hex;     // empty: not ours to know (a session with a foreign payer)
  std::string state_init_base64;  // empty as well then
  int max_messages = 255;
};

// The session's purchase page. It belongs to the session, not to a request.
struct MarketState {
  std::string mode;  // "new", "processing", "done"
  bool need_update = false;
  bool done() const { return mode == "done" && !need_update; }
};

// A row of the session's purchase history: what was delivered to whom, without any request id.
struct HistoryRow {
  std::string recipient;  // bare username, lower case
  Product product;
  Units price;                           // nanoton; 0: not readable
  absl::Time at = absl::InfinitePast();  // InfinitePast: not readable
};
struct PurchaseHistory {
  std::vector<HistoryRow> rows;  // newest first
  // The page holds every purchase of the account; otherwise older ones were left out, and a count
  // over all rows means less than it seems.
  bool whole = true;
};

// One logged-in account. Four failures are kept apart:
//   refusal        the site says no: NOT_FOUND RECIPIENT_NOT_FOUND, FAILED_PRECONDITION
//                  RECIPIENT_REFUSED / ALREADY_SUBSCRIBED / KYC_REQUIRED, ABORTED PRICE_CHANGED,
//                  INVALID_ARGUMENT QUANTITY_OUT_OF_RANGE
//   dead session   FAILED_PRECONDITION SESSION_DEAD
//   outage         UNAVAILABLE FRAGMENT_UNAVAILABLE, metadata `kind` "outage" (no answer, 403 HTML,
//   429, 5xx) unreadable     UNAVAILABLE FRAGMENT_UNAVAILABLE, metadata `kind` "unreadable" (200,
//   but not what was expected)
// Not shared between threads.
class MarketSession {
 public:
  virtual ~MarketSession() = default;
  // The opaque recipient token.
  virtual absl::StatusOr<std::string> FindRecipient(const Product& product,
                                                    absl::string_view username) = 0;
  // Leaves a finished purchase behind, so that the state page starts at "new" again.
  virtual absl::Status ResetState(ProductType type) = 0;
  virtual absl::StatusOr<MarketState> State(ProductType type) = 0;
  // What the account has bought so far.
  virtual absl::StatusOr<PurchaseHistory> History(ProductType type) = 0;
  // Opens a request and fetches its transaction.
  virtual absl::StatusOr<std::string> OpenRequest(const Product& product,
                                                  absl::string_view recipient_token) = 0;
  virtual absl::StatusOr<MarketInvoice> FetchInvoice(ProductType type, absl::string_view request_id,
                                                     const MarketAccount& account) = 0;
  // Tells that the message was sent. Best effort: the answer decides nothing.
  virtual absl::Status Confirm(absl::string_view method,
                               const std::vector<std::pair<std::string, std::string>>& params,
                               const MarketAccount& account, absl::string_view boc) = 0;
  // The cookies as they are now, and whether an answer changed them since the session was opened.
  virtual Secret Jar() const = 0;
  virtual bool jar_changed() const = 0;
};

// fragment.com.
class Marketplace {
 public:
  virtual ~Marketplace() = default;
  // Makes no call yet. `jar` is a Cookie header string.
  virtual std::unique_ptr<MarketSession> Open(const SessionId& session, Secret jar) = 0;
};

// fragment.com as a guest sees it: nothing needs a login.
class PublicMarket {
 public:
  virtual ~PublicMarket() = default;
  virtual absl::StatusOr<PriceTable> Prices() = 0;  // quoted_at is left to the store
  // OK with the display name, a refusal, or UNAVAILABLE.
  virtual absl::StatusOr<std::string> FindRecipient(ProductType type,
                                                    absl::string_view username) = 0;
};

}  // namespace starlift
