#include "adapters/http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/http/form.h"
#include "adapters/http/origin.h"
#include "http_loopback_server.h"

namespace starlift::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::unique_ptr<Client> MakeClient(const std::string& origin) {
  auto client = Client::Make({origin});
  EXPECT_TRUE(client.ok()) << client.status();
  return std::move(client).value();
}

TEST(HttpClient, SendsWhatItIsGivenAndReturnsWhatComes) {
  LoopbackServer server([](const httplib::Request&, httplib::Response& response) {
    response.status = 418;
    response.headers.emplace("Set-Cookie", "a=1; Path=/");
    response.headers.emplace("Set-Cookie", "b=2");
    response.set_content("short and stout", "text/plain");
  });
  const auto client = MakeClient(server.Origin());
  Request request;
  request.method = Method::kPost;
  request.url = server.Origin() + "/pour?cup=1";
  request.headers = {{"Cookie", "stel_ssid=x; y=z"}};
  request.body = "tea=green";
  const auto response = client->Send(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->body, "short and stout");
  EXPECT_THAT(HeaderValues(response->headers, "set-cookie"),
              testing::ElementsAre("a=1; Path=/", "b=2"));
  ASSERT_EQ(server.Requests().size(), 1u);
  const httplib::Request seen = server.Requests()[0];
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/pour");
  EXPECT_EQ(seen.body, "tea=green");
  EXPECT_EQ(seen.get_header_value("Cookie"), "stel_ssid=x; y=z");
  EXPECT_FALSE(seen.has_header("Expect"));
}

TEST(HttpClient, RefusesEveryUrlThatIsNotOfThePinnedOrigin) {
  LoopbackServer server([](const httplib::Request&, httplib::Response&) {});
  const auto client = MakeClient(server.Origin());
  const std::string port = server.Origin().substr(server.Origin().rfind(':'));
  for (const std::string& url :
       {"http://localhost" + port + "/", std::string("http://127.0.0.1:1/"),
        "https://127.0.0.1" + port + "/", std::string("https://fragment.com.evil.example/"),
        std::string("file:///etc/passwd"), "http://user:word@127.0.0.1" + port + "/",
        std::string("/relative"), std::string("")}) {
    Request request;
    request.url = url;
    const auto response = client->Send(request);
    EXPECT_FALSE(response.ok()) << url;
    EXPECT_TRUE(absl::IsPermissionDenied(response.status()) ||
                absl::IsInvalidArgument(response.status()))
        << url << " " << response.status();
  }
  EXPECT_TRUE(server.Requests().empty());
}

TEST(HttpClient, AnOriginHasNoPath) {
  EXPECT_TRUE(Client::Make({"https://fragment.com"}).ok());
  EXPECT_TRUE(Client::Make({"https://fragment.com/"}).ok());
  EXPECT_FALSE(Client::Make({"https://fragment.com/stars"}).ok());
  EXPECT_FALSE(Client::Make({"ftp://fragment.com"}).ok());
  EXPECT_FALSE(Client::Make({"fragment.com"}).ok());
  EXPECT_FALSE(Client::Make({""}).ok());
}

TEST(HttpClient, OriginsAreComparedByMeaning) {
  EXPECT_EQ(*OriginOf("https://Fragment.COM/x"), *OriginOf("https://fragment.com:443"));
  EXPECT_FALSE(*OriginOf("https://fragment.com.") == *OriginOf("https://fragment.com"));
  EXPECT_FALSE(*OriginOf("http://fragment.com:443") == *OriginOf("https://fragment.com"));
}

TEST(HttpClient, FollowsNoRedirect) {
  LoopbackServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_redirect("/elsewhere");
  });
  const auto client = MakeClient(server.Origin());
  Request request;
  request.url = server.Origin() + "/";
  const auto response = client->Send(request);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(server.Requests().size(), 1u);
}

TEST(HttpClient, TakesNoProxyFromTheEnvironment) {
  LoopbackServer server([](const httplib::Request&, httplib::Response&) {});
  const auto client = MakeClient(server.Origin());
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  Request request;
  request.url = server.Origin() + "/";
  EXPECT_TRUE(client->Send(request).ok());
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

TEST(HttpClient, NamesTheKindOfAFailureAndNothingOfTheRequest) {
  const auto client = MakeClient("http://127.0.0.1:1");
  Request request;
  request.url = "http://127.0.0.1:1/secret-path";
  request.headers = {{"Cookie", "secret-cookie"}};
  const auto response = client->Send(request);
  EXPECT_TRUE(absl::IsUnavailable(response.status()));
  EXPECT_TRUE(absl::StartsWith(response.status().message(), "connect")) << response.status();
  EXPECT_FALSE(absl::StrContains(response.status().message(), "secret"));
}

TEST(HttpClient, RefusesAHeaderWithALineBreak) {
  const auto client = MakeClient("http://127.0.0.1:1");
  Request request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"Cookie", "a=b\r\nX-Smuggled: yes"}};
  EXPECT_TRUE(absl::IsInvalidArgument(client->Send(request).status()));
}

TEST(HttpClient, LimitsTheAnswer) {
  LoopbackServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(2000, 'x'), "text/plain");
  });
  const auto client = MakeClient(server.Origin());
  Request request;
  request.url = server.Origin() + "/";
  request.max_bytes = 1999;
  const auto response = client->Send(request);
  EXPECT_TRUE(absl::StartsWith(response.status().message(), "too_large")) << response.status();
  request.max_bytes = 2000;
  EXPECT_TRUE(client->Send(request).ok());
}

TEST(HttpClient, KeepsConnectionsAlive) {
  std::mutex mutex;
  std::set<int> ports;
  LoopbackServer server([&](const httplib::Request& request, httplib::Response&) {
    const std::lock_guard<std::mutex> lock(mutex);
    ports.insert(request.remote_port);
  });
  const auto client = MakeClient(server.Origin());
  for (int i = 0; i < 4; ++i) {
    Request request;
    request.url = server.Origin() + "/";
    EXPECT_TRUE(client->Send(request).ok());
  }
  EXPECT_EQ(ports.size(), 1u);
}

TEST(HttpClient, TimesOut) {
  LoopbackServer server([](const httplib::Request&, httplib::Response&) {
    std::this_thread::sleep_for(milliseconds(600));
  });
  const auto client = MakeClient(server.Origin());
  Request request;
  request.url = server.Origin() + "/";
  request.timeout = absl::Milliseconds(100);
  EXPECT_TRUE(absl::StartsWith(client->Send(request).status().message(), "timeout"));
}

TEST(HttpClient, StopEndsACallWithinASecondAndRefusesNewOnes) {
  std::atomic<bool> let_go{false};
  LoopbackServer server([&](const httplib::Request&, httplib::Response&) {
    while (!let_go) std::this_thread::sleep_for(milliseconds(10));
  });
  const auto client = MakeClient(server.Origin());
  absl::Status ended;
  steady_clock::time_point ended_at;
  std::thread caller([&] {
    Request request;
    request.url = server.Origin() + "/";
    request.timeout = absl::Seconds(30);
    ended = client->Send(request).status();
    ended_at = steady_clock::now();
  });
  while (server.Requests().empty()) std::this_thread::yield();
  const auto stopped_at = steady_clock::now();
  client->Stop();
  caller.join();
  let_go = true;
  EXPECT_TRUE(absl::StartsWith(ended.message(), "stopped")) << ended;
  EXPECT_LT(ended_at - stopped_at, milliseconds(1300));
  Request request;
  request.url = server.Origin() + "/";
  EXPECT_TRUE(absl::IsUnavailable(client->Send(request).status()));
}

TEST(HttpForm, EncodesEverythingButUnreserved) {
  EXPECT_EQ(EncodeForm({{"query", "a b&c=d"}, {"empty", ""}, {"json", "{\"x\":1}"}}),
            "query=a%20b%26c%3Dd&empty=&json=%7B%22x%22%3A1%7D");
  EXPECT_EQ(PercentEncode("Az09-._~/\xff"), "Az09-._~%2F%FF");
}

}  // namespace
}  // namespace starlift::http
