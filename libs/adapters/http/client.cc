#include "adapters/http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/http/handle_pool.h"
#include "adapters/http/origin.h"
#include "base/secret.h"
#include "base/status_macros.h"

namespace starlift::http {
namespace {

constexpr size_t kMaxHeaderBytes = size_t{64} << 10;

// What one call collects while libcurl calls back.
struct Exchange {
  Response response;
  const std::atomic<bool>* stopped = nullptr;
  size_t max_bytes = 0;
  size_t header_bytes = 0;
  bool too_large = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  const size_t bytes = size * count;
  if (exchange->response.body.size() + bytes > exchange->max_bytes) {
    exchange->too_large = true;
    return 0;  // ends the call
  }
  exchange->response.body.append(data, bytes);
  return bytes;
}

size_t OnHeader(char* data, size_t size, size_t count, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  const size_t bytes = size * count;
  exchange->header_bytes += bytes;
  if (exchange->header_bytes > kMaxHeaderBytes) {
    exchange->too_large = true;
    return 0;
  }
  const absl::string_view line(data, bytes);
  if (absl::StartsWith(line, "HTTP/")) {
    exchange->response.headers.clear();  // an interim answer came before this one
    return bytes;
  }
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return bytes;
  exchange->response.headers.emplace_back(
      absl::AsciiStrToLower(absl::StripAsciiWhitespace(line.substr(0, colon))),
      std::string(absl::StripAsciiWhitespace(line.substr(colon + 1))));
  return bytes;
}

int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(context)->stopped->load() ? 1 : 0;
}

// Header lines may hold cookies and keys: they are overwritten before the memory goes back.
class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() {
    for (curl_slist* node = list_; node != nullptr; node = node->next) {
      for (volatile char* c = node->data; *c != 0; ++c) *c = ' ';
    }
    curl_slist_free_all(list_);
  }

  absl::Status Add(absl::string_view name, absl::string_view value) {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
    if (name.empty() || absl::StrContains(name, ":") ||
        std::any_of(name.begin(), name.end(), control) ||
        std::any_of(value.begin(), value.end(), control)) {
      return absl::InvalidArgumentError("malformed request header");
    }
    // "Name;" is libcurl's spelling of a header without a value.
    std::string line = value.empty() ? absl::StrCat(name, ";") : absl::StrCat(name, ": ", value);
    const absl::Status added = AddLine(line.c_str());
    WipeString(&line);
    return added;
  }
  // Takes away a header that libcurl would add by itself.
  absl::Status Remove(absl::string_view name) { return AddLine(absl::StrCat(name, ":").c_str()); }

  curl_slist* get() const { return list_; }

 private:
  absl::Status AddLine(const char* line) {
    curl_slist* longer = curl_slist_append(list_, line);
    if (longer == nullptr) return absl::ResourceExhaustedError("out of memory");
    list_ = longer;
    return absl::OkStatus();
  }
  curl_slist* list_ = nullptr;
};

absl::string_view KindOf(CURLcode code, const Exchange& exchange) {
  if (exchange.too_large) return "too_large";
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return "stopped";
    case CURLE_OPERATION_TIMEDOUT:
      return "timeout";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "dns";
    case CURLE_COULDNT_CONNECT:
      return "connect";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
      return "tls";
    default:
      return "transport";
  }
}

// What holds for every call, whoever makes it.
void SetHouseRules(CURL* curl, const std::string& scheme) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, scheme.c_str());
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, 55L);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
}

void SetCallbacks(CURL* curl, Exchange* exchange) {
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
}

void SetRequest(CURL* curl, const Request& request, curl_slist* headers) {
  const auto milliseconds = [](absl::Duration duration) {
    return static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(duration)));
  };
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connect_timeout));
  if (request.method == Method::kPost) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  } else {
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  }
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(std::vector<Origin> origins) : origins_(std::move(origins)) {}

  absl::StatusOr<Response> Send(const Request& request) {
    ASSIGN_OR_RETURN(const Origin origin, OriginOf(request.url));
    if (std::find(origins_.begin(), origins_.end(), origin) == origins_.end()) {
      return absl::PermissionDeniedError("not a pinned host");
    }
    if (stopped_.load()) return absl::UnavailableError("stopped");
    HeaderList headers;
    for (const auto& [name, value] : request.headers) RETURN_IF_ERROR(headers.Add(name, value));
    // Without this a body above 1 MiB would wait for "100 Continue".
    RETURN_IF_ERROR(headers.Remove("Expect"));

    CURL* curl = pool_.Take();
    if (curl == nullptr) return absl::ResourceExhaustedError("out of memory");
    Exchange exchange;
    exchange.stopped = &stopped_;
    exchange.max_bytes = request.max_bytes;
    SetHouseRules(curl, origin.scheme);
    SetCallbacks(curl, &exchange);
    SetRequest(curl, request, headers.get());
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    pool_.Return(curl);
    if (code != CURLE_OK) {
      return absl::UnavailableError(
          absl::StrCat(KindOf(code, exchange), ": ", curl_easy_strerror(code)));
    }
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

  void Stop() { stopped_.store(true); }

 private:
  const std::vector<Origin> origins_;
  std::atomic<bool> stopped_{false};
  HandlePool pool_;
};

absl::StatusOr<std::unique_ptr<Client>> Client::Make(const std::vector<std::string>& origins) {
  std::vector<Origin> parsed;
  for (const std::string& text : origins) {
    ASSIGN_OR_RETURN(Origin origin, OriginOf(text));
    const absl::string_view after_scheme =
        absl::string_view(text).substr(std::min(text.size(), text.find("://") + 3));
    if (absl::StrContains(absl::StripSuffix(after_scheme, "/"), "/") ||
        after_scheme.find_first_of("?#") != absl::string_view::npos) {
      return absl::InvalidArgumentError("an origin has no path");
    }
    parsed.push_back(std::move(origin));
  }
  return std::unique_ptr<Client>(new Client(std::make_unique<Impl>(std::move(parsed))));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

absl::StatusOr<Response> Client::Send(const Request& request) { return impl_->Send(request); }

void Client::Stop() { impl_->Stop(); }

std::vector<absl::string_view> HeaderValues(const Headers& headers, absl::string_view name) {
  std::vector<absl::string_view> values;
  for (const auto& [key, value] : headers) {
    if (key == name) values.push_back(value);
  }
  return values;
}

}  // namespace starlift::http
