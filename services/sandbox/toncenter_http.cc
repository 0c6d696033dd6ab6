#include "sandbox/toncenter_http.h"

#include <httplib.h>

#include "sandbox/toncenter_v2.h"
#include "sandbox/toncenter_v3.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

std::string ValueText(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void AddJson(const json& body, Parameters* parameters) {
  if (!body.is_object()) return;
  for (const auto& [name, value] : body.items()) {
    if (!value.is_array() || name == "stack") {
      parameters->Add(name, ValueText(value));
      continue;
    }
    for (const json& element : value) parameters->Add(name, ValueText(element));
  }
}

json ParseBody(const httplib::Request& request) {
  return json::parse(request.body, nullptr, /*allow_exceptions=*/false);
}

void AddQuery(const httplib::Request& request, Parameters* parameters) {
  for (const auto& [name, value] : request.params) parameters->Add(name, value);
}

void Reply(const Answer& answer, httplib::Response* response) {
  response->status = answer.status;
  response->set_content(answer.body.dump(-1, ' ', false, json::error_handler_t::replace),
                        "application/json");
}

// One provider, as a server knows it.
struct Endpoint {
  World* world;
  Provider* provider;
};

// The failures that a provider adds of its own. True when one was answered.
bool AnswerFault(const Endpoint& endpoint, bool send, bool v3, httplib::Response* response) {
  const auto limit = [&](int* count) {
    if (!TakeOne(count)) return false;
    // Two shapes are documented: the text under `result`, or under `error`.
    static int turn = 0;
    json body = {{"code", 429}, {"error", "Ratelimit exceeded"}};
    if (!v3) body["ok"] = false;
    if (!v3 && ++turn % 2 == 0) {
      body = {{"ok", false}, {"result", "Ratelimit exceed"}, {"code", 429}};
    }
    Reply({429, body}, response);
    return true;
  };
  if (send) return limit(&endpoint.world->faults.send_429);
  ReadFaults& faults = endpoint.provider->faults();
  if (limit(&faults.read_429)) return true;
  if (!TakeOne(&faults.read_500)) return false;
  json body = {{"code", 500}, {"error", "LITE_SERVER_NETWORK"}};
  if (!v3) body["ok"] = false;
  Reply({500, body}, response);
  return true;
}

void SlowDown(const Endpoint& endpoint) {
  int64_t ms = 0;
  {
    const std::lock_guard<std::mutex> lock(endpoint.world->mutex);
    ms = endpoint.provider->faults().slow.Take();
  }
  if (ms > 0) endpoint.world->Wait(ms);
}

// Ends the connection in the middle of the answer.
void CutOff(httplib::Response* response) {
  response->body.clear();
  response->headers.erase("Content-Type");
  response->set_content_provider(200, "application/json",
                                 [](size_t, size_t, httplib::DataSink&) { return false; });
}

// The answer to one call, which `give` makes unless a fault comes before it.
template <typename Give>
void AnswerCall(const Endpoint& endpoint, bool send, bool v3, Give give,
                httplib::Response* response) {
  SlowDown(endpoint);
  World& world = *endpoint.world;
  Answer answer;
  bool lost = false;
  {
    const std::lock_guard<std::mutex> lock(world.mutex);
    lost = endpoint.provider->Down(world.MachineMs());
    if (!lost && AnswerFault(endpoint, send, v3, response)) return;
    if (!lost) answer = give(View{world, *endpoint.provider});
    if (!lost && send && answer.status == 200 && world.faults.lose_by_closing) {
      lost = TakeOne(&world.faults.lose_send_answer);
    }
  }
  // Long answers are written without the lock: the next block does not wait for them.
  Reply(answer, response);
  if (lost) CutOff(response);
}

void Answer2(const Endpoint& endpoint, const std::string& method, const Parameters& parameters,
             const json* envelope, httplib::Response* response) {
  const auto give = [&](const View& view) {
    Answer answer = CallV2(view, method, parameters);
    if (envelope != nullptr) {
      answer.body["jsonrpc"] = "2.0";
      answer.body["id"] = envelope->value("id", json(nullptr));
    }
    return answer;
  };
  AnswerCall(endpoint, IsSendV2(method), /*v3=*/false, give, response);
}

void ServeV2(const Endpoint& endpoint, const httplib::Request& request,
             httplib::Response& response) {
  Parameters parameters;
  AddQuery(request, &parameters);
  std::string method = request.matches[1];
  if (request.method != "POST") {
    Answer2(endpoint, method, parameters, nullptr, &response);
    return;
  }
  const json body = ParseBody(request);
  if (method != "jsonRPC") {
    AddJson(body, &parameters);
    Answer2(endpoint, method, parameters, nullptr, &response);
    return;
  }
  if (!body.is_object()) {
    Reply({422, {{"ok", false}, {"code", 422}, {"error", "failed to parse request"}}}, &response);
    return;
  }
  AddJson(body.value("params", json::object()), &parameters);
  Answer2(endpoint, body.value("method", ""), parameters, &body, &response);
}

void ServeV3(const Endpoint& endpoint, const httplib::Request& request,
             httplib::Response& response) {
  Parameters parameters;
  AddQuery(request, &parameters);
  if (request.method == "POST") AddJson(ParseBody(request), &parameters);
  const std::string path = request.matches[1];
  const auto give = [&](const View& view) { return CallV3(view, path, parameters); };
  AnswerCall(endpoint, path == "message", /*v3=*/true, give, &response);
}

}  // namespace

void ServeToncenter(httplib::Server* server, World* world, Provider* provider) {
  const Endpoint endpoint = {world, provider};
  const auto v2 = [endpoint](const httplib::Request& request, httplib::Response& response) {
    ServeV2(endpoint, request, response);
  };
  const auto v3 = [endpoint](const httplib::Request& request, httplib::Response& response) {
    ServeV3(endpoint, request, response);
  };
  server->Get(R"(/api/v2/(\w+))", v2);
  server->Post(R"(/api/v2/(\w+))", v2);
  server->Get(R"(/api/v3/(\w+))", v3);
  server->Post(R"(/api/v3/(\w+))", v3);
}

}  // namespace starlift::sandbox
