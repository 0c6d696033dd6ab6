#include "adapters/rpc/admin_http.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace starlift::rpc {
namespace {

constexpr absl::string_view kPlain = "text/plain; charset=utf-8";
constexpr absl::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

std::string Answer(absl::string_view status, absl::string_view type, absl::string_view body,
                   bool with_body = true) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type,
                      "\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n\r\n",
                      with_body ? body : absl::string_view());
}

}  // namespace

std::string AdminHttpAnswer(absl::string_view request_head, const Metrics& metrics, bool serving) {
  const absl::string_view line = request_head.substr(0, request_head.find("\r\n"));
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  if (parts.size() != 3 || !absl::StartsWith(parts[2], "HTTP/1.")) {
    return Answer("400 Bad Request", kPlain, "not HTTP\n");
  }
  const bool get = parts[0] == "GET";
  if (!get && parts[0] != "HEAD") {
    return Answer("405 Method Not Allowed", kPlain, "only GET and HEAD\n");
  }
  const absl::string_view path = parts[1].substr(0, parts[1].find('?'));
  if (path == "/metrics") return Answer("200 OK", kPrometheus, metrics.Text(), get);
  if (path == "/healthz") {
    return serving ? Answer("200 OK", kPlain, "ok\n", get)
                   : Answer("503 Service Unavailable", kPlain, "not serving\n", get);
  }
  return Answer("404 Not Found", kPlain, "only /metrics and /healthz\n", get);
}

}  // namespace starlift::rpc
