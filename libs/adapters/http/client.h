#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace starlift::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

enum class Method { kGet, kPost };

struct Request {
  Method method = Method::kGet;
  std::string url;  // absolute
  Headers headers;  // a control character in one is INVALID_ARGUMENT
  std::string body;
  absl::Duration timeout = absl::Seconds(10);  // for the whole call
  absl::Duration connect_timeout = absl::Seconds(5);
  size_t max_bytes = size_t{1} << 20;  // of the answer's body, after decompression
};

struct Response {
  int status = 0;
  Headers headers;  // of the last answer, in order, names in lower case
  std::string body;
};

// All values of a header of the answer; `name` in lower case.
std::vector<absl::string_view> HeaderValues(const Headers& headers, absl::string_view name);

// A blocking HTTP client for the few hosts that this program may talk to. The origins (scheme,
// host, port) are pinned when it is made: any other URL is refused before a connection. It follows
// no redirect, takes no proxy and no credentials from the environment, verifies TLS certificates,
// and speaks plain HTTP only to an origin that was itself given as http (the test profile).
// Connections are kept alive in a pool and reused.
//
// A reused connection that turns out to be closed is replaced once by libcurl, so a request may be
// written twice; every call made through this client must bear that.
//
// Safe from several threads. A call in progress ends within a second of Stop.
class Client {
 public:
  // `origins` such as "https://fragment.com" or "http://127.0.0.1:8080", without a path.
  static absl::StatusOr<std::unique_ptr<Client>> Make(const std::vector<std::string>& origins);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Any HTTP status is an answer. PERMISSION_DENIED: the URL is not of a pinned origin.
  // INVALID_ARGUMENT: malformed. UNAVAILABLE: no whole answer; the message begins with the kind
  // ("connect", "dns", "tls", "timeout", "too_large", "stopped", "transport") and holds nothing of
  // the request or of the answer.
  absl::StatusOr<Response> Send(const Request& request);

  // Ends calls in progress and refuses new ones. For a stopping program; there is no way back.
  void Stop();

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace starlift::http
