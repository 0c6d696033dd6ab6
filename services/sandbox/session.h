#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/random.h"
#include "ton/address.h"

namespace starlift::sandbox {

// `length` characters of [0-9A-Za-z].
std::string RandomBase62(Random& random, int length);
std::string RandomHex(Random& random, int bytes);

// One browser, as the marketplace sees it: a guest, or somebody logged in with a wallet.
struct Session {
  std::string key;    // its first stel_ssid: what requests are bound to
  std::string ssid;   // as it is now
  std::string token;  // empty: a guest
  std::string ton_token;
  std::string api_hash;  // good for the session that it was issued to
  std::optional<ton::Address> wallet;
  bool foreign_payer = false;  // its invoices may be paid by any wallet
  bool alive = true;
  std::string death_text = "Access denied";
  bool death_without_text = false;  // a request answers without req_id and without an error
  std::string shown_request;        // the purchase that the state page speaks of; empty: none
  std::map<std::string, int> trigger_uses;

  bool guest() const { return token.empty(); }
};

// A caller: the session, and whether the cookies prove the login.
struct Caller {
  Session* session = nullptr;
  bool authorised = false;
};

class SessionBook {
 public:
  explicit SessionBook(Random* random) : random_(random) {}

  Session* NewGuest();
  // `wallet` may be absent: then requests answer `need_ton`.
  Session* NewLogin(std::optional<ton::Address> wallet);
  // By a Cookie header.
  Caller Find(absl::string_view cookies);
  // The header that a browser which holds the session would send.
  static std::string Cookies(const Session& session);
  void RotateHashes();
  // From now on the session's state page speaks of this request.
  void Show(const std::string& session_key, const std::string& request_id);
  // Gives the session another stel_ssid; the old one is unknown from now on.
  void RotateId(Session* session);

 private:
  std::string NewSsid();
  Random* random_;
  std::map<std::string, std::shared_ptr<Session>> by_ssid_;
  std::map<std::string, std::shared_ptr<Session>> by_key_;
};

}  // namespace starlift::sandbox
