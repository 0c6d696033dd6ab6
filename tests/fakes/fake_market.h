#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/fulfillment/ports/marketplace.h"
#include "ton/boc.h"
#include "ton/comment.h"

namespace starlift {

// fragment.com in memory: accounts with a purchase page and a history each, requests, invoices. It
// delivers when the test says that an invoice was paid, and shows the delivery on the account's one
// page, whatever else that account has open.
class FakeMarket final : public Marketplace {
 public:
  // One logged-in account.
  struct Account {
    std::string mode = "new";
    bool stuck = false;               // a reset changes nothing
    bool dead = false;                // logged out
    std::string new_cookies;          // set: the next answer brings these
    std::string cookies;              // what the last session was opened with
    std::string wallet;               // connected to it, raw form; empty: the one that is shown
    std::vector<HistoryRow> history;  // newest first
    bool history_whole = true;
    bool history_late = false;  // what is delivered meanwhile shows on the page alone
  };
  struct Request {
    std::string session;
    Product product;
    std::string recipient;
    std::string payload_hash;  // of its invoice; empty: not fetched
    bool delivered = false;
    bool in_history = false;
  };

  static constexpr char kPayee[] = "EQBAjaOyi2wGWlk-EDkSabqqnF-MrrwMadnwqrurKpkla9nE";
  static constexpr char kPayeeRaw[] =
      "0:408da3b28b6c065a593e10391269baaa9c5f8caebc0c69d9f0aabbab2a99256b";
  static constexpr int64_t kPrice = 4'572'000;  // nanoton a star

  explicit FakeMarket(const Clock& clock) : clock_(clock) {}

  // The next answers of a method ("State", "Confirm", …); when there are none left: OK.
  std::map<std::string, std::deque<absl::Status>> answers;
  // Asked before every answer, if set; a failure is the answer.
  std::function<absl::Status(absl::string_view method)> weather;
  std::function<void(MarketInvoice*)> spoil;
  absl::Duration invoice_life = absl::Minutes(10);
  std::map<std::string, Account> accounts;  // by session
  std::map<std::string, Request> requests;
  std::vector<std::string> calls;      // the methods, in order
  std::vector<std::string> confirmed;  // the bytes that were told
  std::vector<MarketAccount> shown;    // the wallets that sessions were seen with

  std::unique_ptr<MarketSession> Open(const SessionId& session, Secret jar) override {
    accounts[session.value()].cookies = std::string(jar.RevealString());
    return std::make_unique<Session>(*this, session.value(), std::move(jar));
  }

  // The payment with this payload arrived.
  void Settle(absl::string_view payload_hash) {
    for (auto& [id, request] : requests) {
      if (request.payload_hash != payload_hash || request.delivered) continue;
      request.delivered = true;
      Account& account = accounts[request.session];
      account.mode = "done";
      if (!account.history_late) ShowInHistory(&request);
    }
  }
  // The late rows come.
  void CatchUp(const std::string& session) {
    accounts[session].history_late = false;
    for (auto& [id, request] : requests) {
      if (request.session == session && request.delivered) ShowInHistory(&request);
    }
  }

  int Calls(absl::string_view method) const {
    return static_cast<int>(std::count(calls.begin(), calls.end(), method));
  }

 private:
  class Session final : public MarketSession {
   public:
    Session(FakeMarket& market, std::string id, Secret jar)
        : market_(market), id_(std::move(id)), jar_(std::move(jar)) {}

    absl::StatusOr<std::string> FindRecipient(const Product&, absl::string_view name) override {
      RETURN_IF_ERROR(Next("FindRecipient"));
      return absl::StrCat("token-", name);
    }
    absl::Status ResetState(ProductType) override {
      RETURN_IF_ERROR(Next("ResetState"));
      if (!mine().stuck) mine().mode = "new";
      return absl::OkStatus();
    }
    absl::StatusOr<MarketState> State(ProductType) override {
      RETURN_IF_ERROR(Next("State"));
      return MarketState{mine().mode, false};
    }
    absl::StatusOr<PurchaseHistory> History(ProductType) override {
      RETURN_IF_ERROR(Next("History"));
      return PurchaseHistory{mine().history, mine().history_whole};
    }
    absl::StatusOr<std::string> OpenRequest(const Product& product,
                                            absl::string_view recipient_token) override {
      RETURN_IF_ERROR(Next("OpenRequest"));
      const std::string id = absl::StrCat("req-", market_.requests.size() + 1);
      Request& request = market_.requests[id];
      request.session = id_;
      request.product = product;
      request.recipient = std::string(absl::StripPrefix(recipient_token, "token-"));
      return id;
    }
    absl::StatusOr<MarketInvoice> FetchInvoice(ProductType, absl::string_view request,
                                               const MarketAccount& account) override {
      RETURN_IF_ERROR(Next("FetchInvoice"));
      market_.shown.push_back(account);
      return market_.InvoiceFor(std::string(request), account);
    }
    absl::Status Confirm(absl::string_view, const std::vector<std::pair<std::string, std::string>>&,
                         const MarketAccount& account, absl::string_view boc) override {
      RETURN_IF_ERROR(Next("Confirm"));
      market_.shown.push_back(account);
      market_.confirmed.emplace_back(boc);
      return absl::OkStatus();
    }
    Secret Jar() const override { return jar_.Clone(); }
    bool jar_changed() const override { return changed_; }

   private:
    Account& mine() { return market_.accounts[id_]; }

    absl::Status Next(const std::string& method) {
      market_.calls.push_back(method);
      if (!mine().new_cookies.empty()) {
        jar_ = Secret::FromString(std::exchange(mine().new_cookies, ""));
        changed_ = true;
      }
      if (market_.weather) RETURN_IF_ERROR(market_.weather(method));
      if (mine().dead) return Fail(Reason::kSessionDead, "logged out");
      std::deque<absl::Status>& next = market_.answers[method];
      if (next.empty()) return absl::OkStatus();
      const absl::Status answer = next.front();
      next.pop_front();
      return answer;
    }

    FakeMarket& market_;
    const std::string id_;
    Secret jar_;
    bool changed_ = false;
  };

  void ShowInHistory(Request* request) {
    if (std::exchange(request->in_history, true)) return;
    std::vector<HistoryRow>& history = accounts[request->session].history;
    history.insert(history.begin(), {request->recipient, request->product,
                                     Units(request->product.quantity * kPrice), clock_.Now()});
  }

  MarketInvoice InvoiceFor(const std::string& id, const MarketAccount& account) {
    Request& request = requests.at(id);
    const ton::CellRef payload = *ton::WriteComment(
        absl::StrCat(request.product.quantity, " Telegram Stars \n\nRef#", id.substr(4)), 35);
    request.payload_hash = ton::HexOf(payload->hash());
    MarketInvoice invoice;
    invoice.request_id = id;
    const std::string& connected = accounts[request.session].wallet;
    invoice.sender = connected.empty() ? account.address : connected;
    invoice.network = "-239";
    invoice.valid_until = clock_.Now() + invoice_life;
    invoice.messages = {{kPayee, Units(request.product.quantity * kPrice),
                         ton::WriteBocBase64(payload, {.crc = false}), false}};
    invoice.confirm_method = "confirmReq";
    invoice.confirm_params = {{"id", id}};
    if (spoil) spoil(&invoice);
    return invoice;
  }

  const Clock& clock_;
};

}  // namespace starlift
