#include "domain/order/intake_cookies.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"

namespace starlift {
namespace {

constexpr size_t kMostBytes = 16 * 1024;
constexpr absl::string_view kNeeded[] = {"stel_ssid", "stel_token", "stel_ton_token"};
constexpr absl::string_view kLoginToken = "stel_token";

struct Pair {
  absl::string_view name;
  absl::string_view value;
};

absl::Status Refuse(absl::string_view message, ErrorMetadata metadata = {}) {
  return FailField(Reason::kInvalidCookies, "payment.fragment_cookies", message,
                   std::move(metadata));
}

absl::StatusOr<std::vector<Pair>> SplitPairs(absl::string_view header) {
  std::vector<Pair> pairs;
  for (absl::string_view part : absl::StrSplit(header, ';')) {
    part = absl::StripAsciiWhitespace(part);
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == absl::string_view::npos || equals == 0) {
      return Refuse("the cookies are not a header string of name=value pairs");
    }
    pairs.push_back({part.substr(0, equals), part.substr(equals + 1)});
  }
  return pairs;
}

absl::string_view ValueOf(const std::vector<Pair>& pairs, absl::string_view name) {
  for (const Pair& pair : pairs) {
    if (pair.name == name) return pair.value;
  }
  return {};
}

// Joined in secure memory: the jar must not leave a copy in an ordinary string.
Secret Join(const std::vector<Pair>& pairs) {
  size_t size = 0;
  for (const Pair& pair : pairs) size += pair.name.size() + 1 + pair.value.size() + 2;
  Secret jar = Secret::Zeroed(size - 2);
  uint8_t* out = jar.RevealMutable().data();
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (i > 0) {
      *out++ = ';';
      *out++ = ' ';
    }
    out = std::copy(pairs[i].name.begin(), pairs[i].name.end(), out);
    *out++ = '=';
    out = std::copy(pairs[i].value.begin(), pairs[i].value.end(), out);
  }
  return jar;
}

}  // namespace

absl::StatusOr<SessionCookies> ParseSessionCookies(const Secret& header) {
  absl::string_view text = absl::StripAsciiWhitespace(header.RevealString());
  if (absl::ConsumePrefix(&text, "Cookie:")) text = absl::StripLeadingAsciiWhitespace(text);
  if (text.empty()) return Refuse("the cookies of fragment.com are required");
  if (text.size() > kMostBytes) return Refuse("the cookies are longer than 16 KiB");
  for (unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) return Refuse("the cookies hold a control character");
  }
  absl::StatusOr<std::vector<Pair>> pairs = SplitPairs(text);
  if (!pairs.ok()) return pairs.status();
  std::vector<absl::string_view> missing;
  for (absl::string_view name : kNeeded) {
    if (ValueOf(*pairs, name).empty()) missing.push_back(name);
  }
  if (!missing.empty()) {
    return Refuse("the cookies are no logged-in Fragment session with a connected wallet",
                  {{"missing", absl::StrJoin(missing, ",")}});
  }
  SessionCookies cookies;
  cookies.jar = Join(*pairs);
  cookies.token = Secret::FromString(ValueOf(*pairs, kLoginToken));
  return cookies;
}

}  // namespace starlift
