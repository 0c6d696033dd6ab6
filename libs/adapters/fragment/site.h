#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/fragment/cookie_jar.h"
#include "adapters/fragment/error_texts.h"
#include "adapters/fragment/hash_slot.h"
#include "adapters/http/client.h"

namespace starlift::fragment {

// Where the site is. Outside the test profile the program uses this constant and nothing else: the
// host is pinned in code, because look-alike copies of the site answer "verified" to anything.
inline constexpr absl::string_view kFragmentOrigin = "https://fragment.com";

using Fields = std::vector<std::pair<std::string, std::string>>;

// One call of the API: POST /api?hash=…, method=<method>&<fields>.
struct ApiCall {
  std::string page;  // whose Referer and hash it carries
  std::string method;
  Fields fields;
};

// A JSON object of HTTP status 200. `error` is its "error" text as it came, "" without one.
struct Answer {
  nlohmann::json body;
  std::string error;
};

// Sorts an answer: 403, 429 and 5xx are an outage; any other status but 200, and a body that is not
// a JSON object, are unreadable (see Outage and Unreadable in error_texts.h).
absl::StatusOr<Answer> ReadAnswer(int http_status, absl::string_view body);

struct SiteOptions {
  std::string origin = std::string(kFragmentOrigin);  // without a path
  absl::Duration timeout = absl::Seconds(10);         // of each HTTP call
  absl::Duration connect_timeout = absl::Seconds(5);
};

// The wire of fragment.com: pages and API calls of one visitor. Safe from several threads.
class Site {
 public:
  // `client` must be allowed to reach the origin and outlive the site.
  Site(http::Client* client, const ErrorTexts* texts, SiteOptions options);

  // The HTML of a page. Cookies that it sets go into the jar.
  absl::StatusOr<std::string> Page(absl::string_view path, CookieJar& jar) const;

  // The same page as the site's own script asks for it: a JSON object with its HTML ("h"), its
  // state
  // ("s") and its script ("j").
  absl::StatusOr<Answer> PageParts(absl::string_view path, CookieJar& jar) const;

  // Makes the call, with a hash from the slot (fetched from the call's page when there is none). A
  // "Bad request" means a stale hash and was refused before the method ran: the hash is fetched
  // anew and the call repeated, once.
  absl::StatusOr<Answer> Call(const ApiCall& call, CookieJar& jar, HashSlot& slot) const;

 private:
  absl::StatusOr<Answer> Post(const ApiCall& call, absl::string_view hash, CookieJar& jar) const;
  absl::StatusOr<std::string> FetchHash(absl::string_view page, CookieJar& jar) const;
  absl::StatusOr<http::Response> Send(http::Request request, CookieJar& jar) const;

  http::Client* client_;
  const ErrorTexts* texts_;
  const SiteOptions options_;
};

}  // namespace starlift::fragment
