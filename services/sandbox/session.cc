#include "sandbox/session.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ton/base64.h"

namespace starlift::sandbox {
namespace {

constexpr int kHashBytes = 9;        // 18 hex characters
constexpr int kTokenBytes = 34;      // 68 hex characters
constexpr int kTonTokenBytes = 138;  // 184 characters of base64url

std::string RandomUrlText(Random& random, int bytes) {
  std::vector<uint8_t> data(static_cast<size_t>(bytes));
  random.Fill(absl::MakeSpan(data));
  return ton::EncodeBase64(data, ton::Base64Alphabet::kUrl, /*padding=*/false);
}

std::map<std::string, std::string> ParseCookies(absl::string_view header) {
  std::map<std::string, std::string> cookies;
  for (const absl::string_view part : absl::StrSplit(header, ';', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(absl::StripAsciiWhitespace(part), absl::MaxSplits('=', 1));
    cookies[std::string(pair.first)] = std::string(pair.second);
  }
  return cookies;
}

}  // namespace

std::string RandomBase62(Random& random, int length) {
  static constexpr char kDigits[] =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text;
  for (int i = 0; i < length; ++i) text.push_back(kDigits[random.Below(62)]);
  return text;
}

std::string RandomHex(Random& random, int bytes) {
  std::vector<uint8_t> data(static_cast<size_t>(bytes));
  random.Fill(absl::MakeSpan(data));
  return ton::HexOf(data);
}

std::string SessionBook::NewSsid() {
  std::string digits;
  for (int i = 0; i < 17; ++i) absl::StrAppend(&digits, i == 0 ? 7 : random_->Below(10));
  return absl::StrCat(RandomHex(*random_, kHashBytes), "_", digits);
}

Session* SessionBook::NewGuest() {
  const auto session = std::make_shared<Session>();
  session->ssid = NewSsid();
  session->api_hash = RandomHex(*random_, kHashBytes);
  session->key = session->ssid;
  by_ssid_[session->ssid] = session;
  by_key_[session->key] = session;
  return session.get();
}

Session* SessionBook::NewLogin(std::optional<ton::Address> wallet) {
  Session* session = NewGuest();
  session->token = RandomHex(*random_, kTokenBytes);
  session->ton_token = RandomUrlText(*random_, kTonTokenBytes);
  session->wallet = wallet;
  return session;
}

Caller SessionBook::Find(absl::string_view cookies) {
  std::map<std::string, std::string> jar = ParseCookies(cookies);
  const auto found = by_ssid_.find(jar["stel_ssid"]);
  if (found == by_ssid_.end()) return {};
  Session* session = found->second.get();
  const bool proven = !session->guest() && jar["stel_token"] == session->token &&
                      jar["stel_ton_token"] == session->ton_token;
  return {session, proven && session->alive};
}

std::string SessionBook::Cookies(const Session& session) {
  std::string cookies = absl::StrCat("stel_ssid=", session.ssid, "; stel_dt=-180");
  if (!session.guest()) {
    absl::StrAppend(&cookies, "; stel_token=", session.token,
                    "; stel_ton_token=", session.ton_token);
  }
  return cookies;
}

void SessionBook::RotateHashes() {
  for (auto& [ssid, session] : by_ssid_) session->api_hash = RandomHex(*random_, kHashBytes);
}

void SessionBook::Show(const std::string& session_key, const std::string& request_id) {
  const auto found = by_key_.find(session_key);
  if (found != by_key_.end()) found->second->shown_request = request_id;
}

void SessionBook::RotateId(Session* session) {
  const auto found = by_ssid_.find(session->ssid);
  const std::shared_ptr<Session> kept = found->second;
  by_ssid_.erase(found);
  kept->ssid = NewSsid();
  by_ssid_[kept->ssid] = kept;
}

}  // namespace starlift::sandbox
