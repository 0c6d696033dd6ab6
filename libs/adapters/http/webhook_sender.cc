#include "adapters/http/webhook_sender.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace starlift::http {
namespace {

constexpr size_t kMaxRead = 16 * 1024;
constexpr size_t kMaxKept = 1024;
constexpr char kUserAgent[] = "Starlift-Webhook/1.0";

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

// What libcurl's callbacks know of the one request that they serve.
struct Exchange {
  const AddressFilter& filter;
  bool address_refused = false;
  bool headers_too_large = false;
  bool read_enough = false;
  size_t headers = 0;
  size_t read = 0;
  std::string kept;
};

// The address's bytes; empty for a family that we do not speak.
absl::Span<const uint8_t> AddressBytes(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return {reinterpret_cast<const uint8_t*>(&v4->sin_addr), 4};
  }
  if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    return {reinterpret_cast<const uint8_t*>(&v6->sin6_addr), 16};
  }
  return {};
}

// The resolved address, just before libcurl connects to it: no time is left in which a name could
// change to another one.
curl_socket_t OpenSocket(void* context, curlsocktype, curl_sockaddr* address) {
  auto* exchange = static_cast<Exchange*>(context);
  if (!exchange->filter.Allows(AddressBytes(&address->addr))) {
    exchange->address_refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Once more before the request is written, since a kept connection makes no new socket.
int BeforeRequest(void* context, char* peer, char*, int, int) {
  auto* exchange = static_cast<Exchange*>(context);
  std::array<uint8_t, 16> bytes{};
  const bool v6 = std::strchr(peer, ':') != nullptr;
  const bool read = inet_pton(v6 ? AF_INET6 : AF_INET, peer, bytes.data()) == 1;
  if (read && exchange->filter.Allows({bytes.data(), v6 ? 16u : 4u})) return CURL_PREREQFUNC_OK;
  exchange->address_refused = true;
  return CURL_PREREQFUNC_ABORT;
}

size_t ReadBody(char* data, size_t, size_t size, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  const size_t room = kMaxKept - exchange->kept.size();
  exchange->kept.append(data, std::min(size, room));
  exchange->read += size;
  if (exchange->read <= kMaxRead) return size;
  exchange->read_enough = true;
  return 0;  // ends the transfer
}

// Headers have a bound as well: a stranger could send them for ever.
size_t ReadHeader(char*, size_t, size_t size, void* context) {
  auto* exchange = static_cast<Exchange*>(context);
  exchange->headers += size;
  if (exchange->headers <= kMaxRead) return size;
  exchange->headers_too_large = true;
  return 0;
}

// It is stored as text and shown to people.
std::string Printable(std::string text) {
  for (char& c : text) {
    if (c != '\n' && c != '\t' && !absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return text;
}

std::string ErrorClass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "resolve_failed";
    case CURLE_COULDNT_CONNECT:
      return "connect_failed";
    case CURLE_OPERATION_TIMEDOUT:
      return "timeout";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
      return "tls_failed";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return "url_refused";
    default:
      return "broken_answer";
  }
}

HeaderList MakeHeaders(const std::vector<std::pair<std::string, std::string>>& headers) {
  // Empty: libcurl's own "Expect: 100-continue" would cost a round trip, or a second of waiting.
  HeaderList list(curl_slist_append(nullptr, "Expect:"));
  for (const auto& [name, value] : headers) {
    curl_slist* grown = curl_slist_append(list.get(), absl::StrCat(name, ": ", value).c_str());
    STARLIFT_CHECK(grown != nullptr);
    list.release();
    list.reset(grown);
  }
  return list;
}

void SetBounds(CURL* curl, const WebhookSenderOptions& options) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                   options.rules.allow_private ? "http,https" : "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options.connect_timeout)));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options.whole_timeout)));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, kUserAgent);
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
}

void SetExchange(CURL* curl, Exchange* exchange) {
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, BeforeRequest);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, ReadHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ReadBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
}

std::string ErrorOf(CURLcode code, const Exchange& exchange) {
  if (exchange.address_refused) return "address_refused";
  if (exchange.headers_too_large) return "too_large";
  return ErrorClass(code);
}

WebhookAnswer Answer(CURL* curl, CURLcode code, Exchange exchange) {
  WebhookAnswer answer;
  const bool stopped_by_us = code == CURLE_WRITE_ERROR && exchange.read_enough;
  if (code != CURLE_OK && !stopped_by_us) {
    answer.error = ErrorOf(code, exchange);
    return answer;
  }
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  answer.http_status = static_cast<int>(status);
  answer.retry_after = absl::Seconds(static_cast<int64_t>(retry_after));
  answer.body = Printable(std::move(exchange.kept));
  return answer;
}

}  // namespace

// Idle handles, each with the connections that it keeps open.
class CurlWebhookSender::Handles {
 public:
  ~Handles() {
    for (CURL* handle : idle_) curl_easy_cleanup(handle);
  }

  CURL* Take() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        CURL* handle = idle_.back();
        idle_.pop_back();
        return handle;
      }
    }
    CURL* handle = curl_easy_init();
    STARLIFT_CHECK(handle != nullptr);
    return handle;
  }

  void Return(CURL* handle) {
    curl_easy_reset(handle);
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(handle);
  }

 private:
  std::mutex mutex_;
  std::vector<CURL*> idle_;
};

CurlWebhookSender::CurlWebhookSender(WebhookSenderOptions options)
    : options_(std::move(options)), handles_(std::make_unique<Handles>()) {
  static std::once_flag once;
  std::call_once(once, [] { STARLIFT_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

CurlWebhookSender::~CurlWebhookSender() = default;

WebhookAnswer CurlWebhookSender::Post(
    absl::string_view url, const std::vector<std::pair<std::string, std::string>>& headers,
    absl::string_view body) {
  if (!CheckCallbackUrl(url, options_.rules).ok()) {
    WebhookAnswer refused;
    refused.error = "url_refused";
    return refused;
  }
  Exchange exchange{options_.filter};
  const HeaderList list = MakeHeaders(headers);
  const std::string address(url);
  CURL* curl = handles_->Take();
  SetBounds(curl, options_);
  SetExchange(curl, &exchange);
  curl_easy_setopt(curl, CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  const CURLcode code = curl_easy_perform(curl);
  WebhookAnswer answer = Answer(curl, code, std::move(exchange));
  handles_->Return(curl);
  return answer;
}

}  // namespace starlift::http
