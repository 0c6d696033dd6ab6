#include "adapters/fragment/cookie_jar.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace starlift::fragment {
namespace {

constexpr size_t kMaxCookies = 64;
constexpr size_t kMaxCookieBytes = 4096;

// Views into a header that the caller keeps.
struct Cookie {
  absl::string_view name;
  absl::string_view value;
};

std::optional<Cookie> ParseCookie(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0 || text.size() > kMaxCookieBytes) {
    return std::nullopt;
  }
  const auto printable = [](char c) { return static_cast<unsigned char>(c) > 32 && c != 127; };
  const Cookie cookie{absl::StripTrailingAsciiWhitespace(text.substr(0, equals)),
                      absl::StripLeadingAsciiWhitespace(text.substr(equals + 1))};
  if (!std::all_of(cookie.name.begin(), cookie.name.end(), printable)) return std::nullopt;
  if (!std::all_of(cookie.value.begin(), cookie.value.end(),
                   [&](char c) { return printable(c) || c == ' '; })) {
    return std::nullopt;
  }
  return cookie;
}

std::vector<Cookie> ParseHeader(absl::string_view header) {
  std::vector<Cookie> cookies;
  for (const absl::string_view part : absl::StrSplit(header, ';')) {
    const auto cookie = ParseCookie(part);
    if (cookie.has_value() && cookies.size() < kMaxCookies) cookies.push_back(*cookie);
  }
  return cookies;
}

Secret BuildHeader(const std::vector<Cookie>& cookies) {
  std::string header;
  size_t bytes = 0;
  for (const Cookie& cookie : cookies) bytes += cookie.name.size() + cookie.value.size() + 3;
  header.reserve(bytes);  // so that no half-written copy is left behind by growing
  for (const Cookie& cookie : cookies) {
    if (!header.empty()) header += "; ";
    header.append(cookie.name.data(), cookie.name.size());
    header += '=';
    header.append(cookie.value.data(), cookie.value.size());
  }
  Secret secret = Secret::FromString(header);
  WipeString(&header);
  return secret;
}

// No clock is needed for what sites do to delete a cookie: Max-Age of zero, or a date of 1970.
bool ExpiresAtOnce(absl::Span<const absl::string_view> attributes) {
  for (absl::string_view attribute : attributes) {
    const std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(attribute));
    absl::string_view rest = lower;
    int64_t seconds = 0;
    if (absl::ConsumePrefix(&rest, "max-age=")) {
      return absl::SimpleAtoi(rest, &seconds) && seconds <= 0;
    }
    if (absl::ConsumePrefix(&rest, "expires=") &&
        (absl::StrContains(rest, " 1970 ") || absl::StrContains(rest, "-1970 "))) {
      return true;
    }
  }
  return false;
}

// True: the cookies differ from before.
bool Apply(absl::string_view set_cookie, std::vector<Cookie>* cookies) {
  const std::vector<absl::string_view> parts = absl::StrSplit(set_cookie, ';');
  const auto cookie = ParseCookie(parts.front());
  if (!cookie.has_value()) return false;
  const auto attributes = absl::MakeConstSpan(parts).subspan(1);
  const auto same = std::find_if(cookies->begin(), cookies->end(),
                                 [&](const Cookie& other) { return other.name == cookie->name; });
  if (ExpiresAtOnce(attributes)) {
    if (same == cookies->end()) return false;
    cookies->erase(same);
    return true;
  }
  if (same != cookies->end()) {
    const bool differs = same->value != cookie->value;
    same->value = cookie->value;
    return differs;
  }
  if (cookies->size() >= kMaxCookies) return false;
  cookies->push_back(*cookie);
  return true;
}

}  // namespace

CookieJar::CookieJar(const Secret& header)
    : header_(BuildHeader(ParseHeader(header.RevealString()))) {}

std::string CookieJar::Header() const {
  absl::MutexLock lock(&mutex_);
  return std::string(header_.RevealString());
}

Secret CookieJar::Clone() const {
  absl::MutexLock lock(&mutex_);
  return header_.Clone();
}

void CookieJar::Merge(absl::Span<const absl::string_view> set_cookies) {
  if (set_cookies.empty()) return;
  absl::MutexLock lock(&mutex_);
  std::vector<Cookie> cookies = ParseHeader(header_.RevealString());
  bool differs = false;
  for (const absl::string_view set_cookie : set_cookies) {
    differs = Apply(set_cookie, &cookies) || differs;
  }
  if (!differs) return;
  // Built before the old header, into which the cookies still point, goes away.
  Secret next = BuildHeader(cookies);
  header_ = std::move(next);
  changed_ = true;
}

bool CookieJar::changed() const {
  absl::MutexLock lock(&mutex_);
  return changed_;
}

}  // namespace starlift::fragment
