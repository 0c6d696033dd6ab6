#include "domain/webhook/callback_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "domain/webhook/address_filter.h"

namespace starlift {
namespace {

constexpr size_t kMaxUrl = 2048;
constexpr size_t kMaxHost = 253;
constexpr size_t kMaxLabel = 63;

absl::Status Refuse(absl::string_view why) {
  return FailField(Reason::kInvalidCallbackUrl, "callback_url", why);
}

struct Authority {
  std::string host;  // lower case, an IPv6 address without its brackets
  bool is_v6 = false;
  absl::string_view port;  // empty: the scheme's own
};

absl::Status CheckCharacters(absl::string_view url) {
  if (url.size() > kMaxUrl) return Refuse(absl::StrCat("longer than ", kMaxUrl, " characters"));
  for (const char c : url) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == '\\') {
      return Refuse("only printable ASCII without spaces and backslashes; write names in punycode");
    }
  }
  if (absl::StrContains(url, '#')) return Refuse("a fragment has no meaning here");
  return absl::OkStatus();
}

absl::StatusOr<Authority> SplitAuthority(absl::string_view rest) {
  absl::string_view text = rest.substr(0, rest.find_first_of("/?"));
  if (absl::StrContains(text, '@')) return Refuse("a user or password must not be in the address");
  Authority authority;
  absl::string_view host;
  absl::string_view after;
  if (absl::ConsumePrefix(&text, "[")) {
    const size_t end = text.find(']');
    if (end == absl::string_view::npos) return Refuse("the host's bracket is not closed");
    host = text.substr(0, end);
    after = text.substr(end + 1);
    authority.is_v6 = true;
  } else {
    host = text.substr(0, text.find(':'));
    after = text.substr(host.size());
  }
  if (host.empty()) return Refuse("the host is missing");
  if (!after.empty() && (!absl::ConsumePrefix(&after, ":") || after.empty())) {
    return Refuse("the port is not a number");
  }
  authority.host = absl::AsciiStrToLower(host);
  authority.port = after;
  return authority;
}

absl::Status CheckPort(absl::string_view text, bool plain_http) {
  if (text.empty()) return absl::OkStatus();
  const bool digits = std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  int port = 0;
  if (!digits || text.size() > 5 || !absl::SimpleAtoi(text, &port) || port > 65535) {
    return Refuse("the port is not a number from 1 to 65535");
  }
  if (port == 443 || port > 1024 || (plain_http && port == 80)) return absl::OkStatus();
  return Refuse("the port must be 443, 8443 or above 1024");
}

// Public, or allowed to be private. `family` is AF_INET or AF_INET6.
absl::Status CheckLiteral(const std::string& host, int family, const CallbackRules& rules) {
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(family, host.c_str(), bytes.data()) != 1) {
    return Refuse("the host is not an address in its canonical form");
  }
  const absl::Span<const uint8_t> address(bytes.data(), family == AF_INET ? 4 : 16);
  if (AddressFilter(rules.allow_private).Allows(address)) return absl::OkStatus();
  return Refuse("the host is not a public address");
}

bool IsNameLabel(absl::string_view label) {
  if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') {
    return false;
  }
  return std::all_of(label.begin(), label.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
}

// Programs read a host whose last label looks like a number as an IPv4 address: in decimal, octal
// or hex, of one to four parts. We read only four plain decimals and refuse the rest.
bool LooksNumeric(absl::string_view last_label) {
  return std::all_of(last_label.begin(), last_label.end(), absl::ascii_isdigit) ||
         absl::StartsWith(last_label, "0x");
}

absl::Status CheckName(const std::string& host, const CallbackRules& rules) {
  const std::vector<std::string> labels = absl::StrSplit(host, '.');
  if (host.size() > kMaxHost || !std::all_of(labels.begin(), labels.end(), IsNameLabel)) {
    return Refuse("the host is not a name");
  }
  if (LooksNumeric(labels.back())) return CheckLiteral(host, AF_INET, rules);
  if (rules.allow_private) return absl::OkStatus();
  static constexpr absl::string_view kInside[] = {"localhost", "local", "internal", "lan", "arpa"};
  const bool inside =
      std::find(std::begin(kInside), std::end(kInside), labels.back()) != std::end(kInside);
  if (labels.size() == 1 || inside) return Refuse("the host is not a public name");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCallbackUrl(absl::string_view url, const CallbackRules& rules) {
  RETURN_IF_ERROR(CheckCharacters(url));
  absl::string_view rest = url;
  const std::string scheme = absl::AsciiStrToLower(url.substr(0, url.find(':')));
  const bool plain_http = scheme == "http" && rules.allow_private;
  rest.remove_prefix(scheme.size());
  if ((scheme != "https" && !plain_http) || !absl::ConsumePrefix(&rest, "://")) {
    return Refuse("the address must start with https://");
  }
  ASSIGN_OR_RETURN(const Authority authority, SplitAuthority(rest));
  RETURN_IF_ERROR(CheckPort(authority.port, plain_http));
  if (authority.is_v6) return CheckLiteral(authority.host, AF_INET6, rules);
  return CheckName(authority.host, rules);
}

}  // namespace starlift
