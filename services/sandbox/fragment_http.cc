#include "sandbox/fragment_http.h"

#include <httplib.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sandbox/fragment_pages.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kJson = "application/json; charset=utf-8";
constexpr const char* kMoment =
    "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>"
    "<noscript>Enable JavaScript and cookies to continue</noscript></body></html>\n";
constexpr const char* kMaintenance =
    "<!DOCTYPE html>\n<html><head><title>Fragment</title></head><body>Maintenance</body></html>\n";

std::string NginxPage(const std::string& title) {
  return absl::StrCat("<html><head><title>", title, "</title></head><body><center><h1>", title,
                      "</h1></center><hr><center>nginx</center></body></html>\n");
}

// Answers as a shield, a limiter, a broken server or a maintenance page would. False: no such kind.
bool AnswerFailure(const std::string& kind, httplib::Response* response) {
  if (kind == "403") {
    response->status = 403;
    response->set_content(kMoment, "text/html; charset=UTF-8");
  } else if (kind == "429") {
    response->status = 429;
    response->set_content(NginxPage("429 Too Many Requests"), kHtml);
  } else if (kind == "500") {
    response->status = 500;
    response->set_content(NginxPage("500 Internal Server Error"), kHtml);
  } else if (kind == "not_json") {
    response->set_content(kMaintenance, kHtml);
  } else if (kind == "close") {
    response->set_content_provider(100, kJson,
                                   [](size_t, size_t, httplib::DataSink&) { return false; });
  } else {
    return false;
  }
  return true;
}

std::string UrlDecode(absl::string_view text) {
  return httplib::detail::decode_url(std::string(text), /*convert_plus_to_space=*/true);
}

Fields ParseForm(absl::string_view text) {
  Fields fields;
  for (const absl::string_view part : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    fields[UrlDecode(pair.first)] = UrlDecode(pair.second);
  }
  return fields;
}

void SetCookie(const Session& session, httplib::Response* response) {
  response->headers.emplace("Set-Cookie",
                            absl::StrCat("stel_ssid=", session.ssid, "; path=/; secure; HttpOnly"));
}

void SlowDown(World* world) {
  int64_t ms = 0;
  {
    const std::lock_guard<std::mutex> lock(world->mutex);
    ms = world->faults.slow_fragment.Take();
  }
  if (ms > 0) world->Wait(ms);
}

PageView ViewOf(World* world, const Caller& caller, const std::string& path) {
  PageView view;
  view.path = path;
  view.api_hash = caller.session->api_hash;
  view.rates = world->market.settings().rates;
  view.proof_payload = RandomHex(*world->random, 16);
  if (caller.authorised && caller.session->wallet.has_value()) {
    view.wallet = ton::RawForm(*caller.session->wallet);
  }
  if (caller.authorised && path == "/stars/history") {
    view.history =
        world->market.History(*caller.session, world->MachineMs() - world->faults.history_lag_ms);
  }
  return view;
}

void ServePage(World* world, const httplib::Request& request, httplib::Response& response) {
  SlowDown(world);
  const std::lock_guard<std::mutex> lock(world->mutex);
  if (AnswerFailure(world->faults.TakeFragment("page"), &response)) return;
  Caller caller = world->market.sessions().Find(request.get_header_value("Cookie"));
  if (caller.session == nullptr) {
    caller.session = world->market.sessions().NewGuest();
    SetCookie(*caller.session, &response);
    response.headers.emplace("Set-Cookie", "stel_dt=-180; path=/");
  }
  const PageView view = ViewOf(world, caller, request.path);
  if (request.get_header_value("X-Requested-With") == "XMLHttpRequest") {
    response.set_content(AjaxPage(view).dump(), kJson);
  } else {
    response.set_content(FullPage(view), kHtml);
  }
}

// The hash may stand in the query or in the form, and must be the newest one of its session.
bool HashIsRight(const Caller& caller, Fields& fields) {
  return caller.session != nullptr && caller.session->api_hash == fields["hash"];
}

void AnswerCall(World* world, const httplib::Request& request, Fields fields,
                httplib::Response* response) {
  const std::lock_guard<std::mutex> lock(world->mutex);
  const std::string method = fields["method"];
  if (AnswerFailure(world->faults.TakeFragment(method), response)) return;
  const Caller caller = world->market.sessions().Find(request.get_header_value("Cookie"));
  if (!HashIsRight(caller, fields)) {
    response->set_content(R"({"error":"Bad request"})", kJson);
    return;
  }
  if (method == "searchStarsRecipient" &&
      AnswerFailure(world->market.SearchFailure(caller, fields["query"]), response)) {
    return;
  }
  if (TakeOne(&world->faults.rotate_cookies)) {
    world->market.sessions().RotateId(caller.session);
    SetCookie(*caller.session, response);
  }
  response->set_content(world->market.Call(caller, method, fields, world->MachineMs()).dump(),
                        kJson);
}

}  // namespace

void ServeFragment(httplib::Server* server, World* world) {
  for (const char* path : {"/", "/stars/buy", "/stars/history", "/premium/gift", "/ads/topup"}) {
    server->Get(path, [world](const httplib::Request& request, httplib::Response& response) {
      ServePage(world, request, response);
    });
  }
  // The body is read here, not by the library: it refuses forms of more than 8 KiB, and the message
  // that a confirmation carries may be longer.
  server->Post("/api", [world](const httplib::Request& request, httplib::Response& response,
                               const httplib::ContentReader& reader) {
    std::string body;
    reader([&body](const char* data, size_t length) {
      body.append(data, length);
      return true;
    });
    Fields fields = ParseForm(body);
    for (const auto& [name, value] : request.params) fields[name] = value;
    SlowDown(world);
    AnswerCall(world, request, std::move(fields), &response);
  });
}

}  // namespace starlift::sandbox
