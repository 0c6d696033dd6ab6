#pragma once

#include <httplib.h>

#include <fstream>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace starlift::http {

// A real HTTP server on a free loopback port. It answers as it is told and keeps what it was asked.
class LoopbackServer {
 public:
  using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        requests_.push_back(request);
      }
      handler_(request, response);
    };
    server_.Get(".*", answer);
    server_.Post(".*", answer);
    server_.set_tcp_nodelay(true);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~LoopbackServer() {
    server_.stop();
    thread_.join();
  }

  std::string Origin() const { return absl::StrCat("http://127.0.0.1:", port_); }
  std::vector<httplib::Request> Requests() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

 private:
  const Handler handler_;
  httplib::Server server_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<httplib::Request> requests_;
  std::thread thread_;
};

// One canned exchange of tests/data/<folder>/<name>.json.
struct Canned {
  nlohmann::json request;
  int http_status = 0;
  std::string content_type;
  std::string body;
};

inline Canned ReadCanned(const std::string& folder, const std::string& name) {
  std::ifstream file(absl::StrCat(STARLIFT_SOURCE_DIR, "/tests/data/", folder, "/", name, ".json"));
  const nlohmann::json parsed = nlohmann::json::parse(file);
  return {parsed.at("request"), parsed.at("http_status"), parsed.at("content_type"),
          parsed.at("body")};
}

inline void Answer(const Canned& canned, httplib::Response& response) {
  response.status = canned.http_status;
  response.set_content(canned.body, canned.content_type.c_str());
  for (const auto& cookie : canned.request.value("set_cookie", nlohmann::json::array())) {
    response.headers.emplace("Set-Cookie", cookie.get<std::string>());
  }
}

}  // namespace starlift::http
