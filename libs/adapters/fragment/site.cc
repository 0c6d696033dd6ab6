#include "adapters/fragment/site.h"

#include "absl/strings/str_cat.h"
#include "adapters/fragment/html_text.h"
#include "adapters/fragment/page.h"
#include "adapters/http/form.h"
#include "base/secret.h"
#include "base/status_macros.h"

namespace starlift::fragment {
namespace {

constexpr size_t kMaxAnswerBytes = size_t{1} << 20;

constexpr char kUserAgent[] =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36";

absl::Status StatusFailure(int http_status) {
  const std::string what = absl::StrCat("HTTP status ", http_status);
  const bool outage = http_status == 403 || http_status == 429 || http_status >= 500;
  return outage ? Outage(what) : Unreadable(what);
}

// The kind of a transport failure, without its details.
absl::string_view KindOf(const absl::Status& failure) {
  const absl::string_view message = failure.message();
  return message.substr(0, message.find(':'));
}

}  // namespace

absl::StatusOr<Answer> ReadAnswer(int http_status, absl::string_view body) {
  if (http_status != 200) return StatusFailure(http_status);
  Answer answer;
  answer.body =
      nlohmann::json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (!answer.body.is_object()) return Unreadable("not a JSON object");
  const auto error = answer.body.find("error");
  if (error == answer.body.end() || error->is_null() || *error == false) return answer;
  if (!error->is_string()) return Unreadable("an error that is not text");
  answer.error = error->get<std::string>();
  if (answer.error.empty()) return Unreadable("an empty error");
  return answer;
}

Site::Site(http::Client* client, const ErrorTexts* texts, SiteOptions options)
    : client_(client), texts_(texts), options_(std::move(options)) {}

absl::StatusOr<std::string> Site::Page(absl::string_view path, CookieJar& jar) const {
  http::Request request;
  request.url = absl::StrCat(options_.origin, path);
  request.headers = {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
  ASSIGN_OR_RETURN(http::Response response, Send(std::move(request), jar));
  if (response.status != 200) return StatusFailure(response.status);
  return std::move(response.body);
}

absl::StatusOr<Answer> Site::PageParts(absl::string_view path, CookieJar& jar) const {
  http::Request request;
  request.url = absl::StrCat(options_.origin, path);
  request.headers = {
      {"Accept", "application/json, text/javascript, */*; q=0.01"},
      {"X-Requested-With", "XMLHttpRequest"},
      {"Referer", absl::StrCat(options_.origin, "/")},
  };
  ASSIGN_OR_RETURN(const http::Response response, Send(std::move(request), jar));
  return ReadAnswer(response.status, response.body);
}

absl::StatusOr<Answer> Site::Call(const ApiCall& call, CookieJar& jar, HashSlot& slot) const {
  const auto fetch = [&] { return FetchHash(call.page, jar); };
  ASSIGN_OR_RETURN(const std::string hash, slot.Get(fetch));
  ASSIGN_OR_RETURN(Answer answer, Post(call, hash, jar));
  const auto stale = [&](const Answer& read) {
    return !read.error.empty() && texts_->Classify(read.error) == ErrorClass::kStaleHash;
  };
  if (!stale(answer)) return answer;
  ASSIGN_OR_RETURN(const std::string fresh, slot.Replace(hash, fetch));
  ASSIGN_OR_RETURN(answer, Post(call, fresh, jar));
  if (stale(answer)) {
    return Unreadable("a fresh hash is refused as well", VisibleText(answer.error));
  }
  return answer;
}

absl::StatusOr<Answer> Site::Post(const ApiCall& call, absl::string_view hash,
                                  CookieJar& jar) const {
  Fields fields = {{"method", call.method}};
  fields.insert(fields.end(), call.fields.begin(), call.fields.end());
  http::Request request;
  request.method = http::Method::kPost;
  request.url = absl::StrCat(options_.origin, "/api?hash=", http::PercentEncode(hash));
  request.headers = {
      {"Accept", "application/json, text/javascript, */*; q=0.01"},
      {"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"},
      {"X-Requested-With", "XMLHttpRequest"},
      {"Origin", options_.origin},
      {"Referer", absl::StrCat(options_.origin, call.page)},
  };
  request.body = http::EncodeForm(fields);
  ASSIGN_OR_RETURN(const http::Response response, Send(std::move(request), jar));
  return ReadAnswer(response.status, response.body);
}

absl::StatusOr<std::string> Site::FetchHash(absl::string_view page, CookieJar& jar) const {
  ASSIGN_OR_RETURN(const std::string html, Page(page, jar));
  std::string hash = FindApiHash(html);
  if (hash.empty()) return Unreadable("a page without a hash");
  return hash;
}

absl::StatusOr<http::Response> Site::Send(http::Request request, CookieJar& jar) const {
  request.timeout = options_.timeout;
  request.connect_timeout = options_.connect_timeout;
  request.max_bytes = kMaxAnswerBytes;
  request.headers.emplace_back("User-Agent", kUserAgent);
  std::string cookies = jar.Header();
  if (!cookies.empty()) request.headers.emplace_back("Cookie", std::move(cookies));
  absl::StatusOr<http::Response> response = client_->Send(request);
  if (request.headers.back().first == "Cookie") WipeString(&request.headers.back().second);
  if (!response.ok()) {
    return absl::IsUnavailable(response.status()) ? Outage(KindOf(response.status()))
                                                  : response.status();
  }
  jar.Merge(http::HeaderValues(response->headers, "set-cookie"));
  for (auto& [name, value] : response->headers) {
    if (name == "set-cookie") WipeString(&value);
  }
  return response;
}

}  // namespace starlift::fragment
