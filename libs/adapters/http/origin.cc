#include "adapters/http/origin.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace starlift::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// "" when the part is absent.
std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

}  // namespace

// libcurl's own parser decides, so that the check and the connection cannot read a URL differently.
absl::StatusOr<Origin> OriginOf(absl::string_view url) {
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  if (parsed == nullptr) return absl::ResourceExhaustedError("out of memory");
  const absl::Status malformed = absl::InvalidArgumentError("not an absolute http or https URL");
  if (url.find('\0') != absl::string_view::npos) return malformed;
  if (curl_url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(), 0) != CURLUE_OK) {
    return malformed;
  }
  if (!Part(parsed.get(), CURLUPART_USER).empty() ||
      !Part(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return absl::InvalidArgumentError("a URL with a user name or password");
  }
  Origin origin;
  origin.scheme = absl::AsciiStrToLower(Part(parsed.get(), CURLUPART_SCHEME));
  origin.host = absl::AsciiStrToLower(Part(parsed.get(), CURLUPART_HOST));
  if (origin.scheme != "https" && origin.scheme != "http") return malformed;
  if (origin.host.empty()) return malformed;
  if (!absl::SimpleAtoi(Part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT), &origin.port)) {
    return malformed;
  }
  return origin;
}

}  // namespace starlift::http
