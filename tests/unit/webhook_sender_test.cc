#include "adapters/http/webhook_sender.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace starlift::http {
namespace {

// The first byte of a TLS handshake.
constexpr char kTlsRecord = 0x16;

// A receiver that answers as it is told, over one raw socket at a time.
class Receiver {
 public:
  // Called with the socket once a whole request was read.
  using Behaviour = std::function<void(int)>;

  explicit Receiver(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Receiver() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  static Behaviour Answers(std::string answer) {
    return [answer = std::move(answer)](int peer) {
      (void)!send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    };
  }

  std::string Url(absl::string_view host = "127.0.0.1") const {
    return absl::StrCat("http://", host, ":", port_, "/hook");
  }
  std::vector<std::string> Requests() {
    std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }
  int connections() const { return connections_; }
  bool stopping() const { return stopping_; }

 private:
  void Serve() {
    while (!stopping_) {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) continue;
      ++connections_;
      const std::string request = ReadRequest(peer);
      if (!request.empty()) {
        std::lock_guard<std::mutex> lock(mutex_);
        requests_.push_back(request);
      }
      if (!request.empty()) behaviour_(peer);
      close(peer);
    }
  }

  // Headers and a body that ends with a brace: all that these tests send.
  static std::string ReadRequest(int peer) {
    std::string request;
    char chunk[4096];
    while (!absl::StrContains(request, "\r\n\r\n") || request.back() != '}') {
      const ssize_t size = recv(peer, chunk, sizeof(chunk), 0);
      if (size <= 0) return request;
      request.append(chunk, static_cast<size_t>(size));
      if (request.front() == kTlsRecord) return request;
    }
    return request;
  }

  Behaviour behaviour_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

WebhookSenderOptions PrivateOptions() {
  WebhookSenderOptions options;
  options.rules.allow_private = true;
  options.filter = AddressFilter(true);
  options.connect_timeout = absl::Milliseconds(500);
  options.whole_timeout = absl::Milliseconds(700);
  return options;
}

WebhookAnswer PostTo(const std::string& url, WebhookSenderOptions options = PrivateOptions()) {
  CurlWebhookSender sender(std::move(options));
  return sender.Post(url, {{"webhook-id", "evt_1"}, {"content-type", "application/json"}},
                     R"({"type":"order.paid"})");
}

TEST(WebhookSender, PostsTheBodyAndTheHeadersAsGiven) {
  Receiver receiver(Receiver::Answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const WebhookAnswer answer = PostTo(receiver.Url());
  EXPECT_EQ(answer.http_status, 200);
  EXPECT_EQ(answer.error, "");
  EXPECT_EQ(answer.body, "ok");
  ASSERT_EQ(receiver.Requests().size(), 1u);
  const std::string request = receiver.Requests()[0];
  EXPECT_TRUE(absl::StartsWith(request, "POST /hook HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\nwebhook-id: evt_1\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\ncontent-type: application/json\r\n")) << request;
  EXPECT_TRUE(absl::StrContains(request, "\r\nUser-Agent: Starlift-Webhook/")) << request;
  EXPECT_FALSE(absl::StrContains(request, "Expect:")) << request;
  EXPECT_TRUE(absl::EndsWith(request, "\r\n\r\n{\"type\":\"order.paid\"}")) << request;
}

TEST(WebhookSender, NeverFollowsARedirect) {
  Receiver other(Receiver::Answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  Receiver receiver(Receiver::Answers(absl::StrCat("HTTP/1.1 302 Found\r\nLocation: ", other.Url(),
                                                   "\r\nContent-Length: 0\r\n\r\n")));
  EXPECT_EQ(PostTo(receiver.Url()).http_status, 302);
  EXPECT_EQ(other.connections(), 0);
}

TEST(WebhookSender, ReadsRetryAfter) {
  Receiver receiver(Receiver::Answers(
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n"));
  const WebhookAnswer answer = PostTo(receiver.Url());
  EXPECT_EQ(answer.http_status, 429);
  EXPECT_EQ(answer.retry_after, absl::Seconds(17));
}

TEST(WebhookSender, KeepsOneKibibyteOfAnEndlessBodyAndDoesNotWaitForTheRest) {
  Receiver* running = nullptr;
  Receiver receiver([&running](int peer) {
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    const std::string chunk(4096, 'x');
    if (send(peer, head.data(), head.size(), MSG_NOSIGNAL) <= 0) return;
    while (!running->stopping() && send(peer, chunk.data(), chunk.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  running = &receiver;
  const WebhookAnswer answer = PostTo(receiver.Url());
  EXPECT_EQ(answer.http_status, 200);
  EXPECT_EQ(answer.error, "");
  EXPECT_EQ(answer.body, std::string(1024, 'x'));
}

TEST(WebhookSender, EndsAtHeadersWithoutEnd) {
  Receiver* running = nullptr;
  Receiver receiver([&running](int peer) {
    std::string chunk = "HTTP/1.1 200 OK\r\n";
    while (!running->stopping() && send(peer, chunk.data(), chunk.size(), MSG_NOSIGNAL) > 0) {
      chunk = absl::StrCat("x-filler: ", std::string(1000, 'x'), "\r\n");
    }
  });
  running = &receiver;
  EXPECT_EQ(PostTo(receiver.Url()).error, "too_large");
}

TEST(WebhookSender, StopsWaitingForAReceiverThatHangs) {
  Receiver receiver([](int peer) {
    pollfd closed{peer, POLLIN, 0};
    poll(&closed, 1, 5000);
  });
  const WebhookAnswer answer = PostTo(receiver.Url());
  EXPECT_EQ(answer.error, "timeout");
  EXPECT_EQ(answer.http_status, 0);
}

TEST(WebhookSender, TellsAReceiverThatHangsUpFromOneThatIsNotThere) {
  std::string url;
  {
    Receiver receiver([](int) {});
    url = receiver.Url();
    EXPECT_EQ(PostTo(url).error, "broken_answer");
  }
  EXPECT_EQ(PostTo(url).error, "connect_failed");
  EXPECT_EQ(PostTo("http://nowhere.invalid/hook").error, "resolve_failed");
}

TEST(WebhookSender, SaysWhenTlsFails) {
  Receiver receiver(Receiver::Answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  std::string url = receiver.Url();
  url.replace(0, 4, "https");
  EXPECT_EQ(PostTo(url).error, "tls_failed");
}

TEST(WebhookSender, AnswersAreStoredAsPrintableText) {
  Receiver receiver(Receiver::Answers(absl::StrCat("HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\n",
                                                   absl::string_view("a\0\xff\x1b\nb", 6))));
  EXPECT_EQ(PostTo(receiver.Url()).body, "a???\nb");
}

// The name passes every check of the text; only the address that it turns out to have does not.
// That is what a name that changes its address after the check looks like.
TEST(WebhookSender, RefusesTheAddressBehindANameBeforeConnecting) {
  Receiver receiver(Receiver::Answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  WebhookSenderOptions options = PrivateOptions();
  options.filter = AddressFilter(false);
  EXPECT_EQ(PostTo(receiver.Url("localhost"), options).error, "address_refused");
  EXPECT_EQ(PostTo(receiver.Url(), options).error, "address_refused");
  EXPECT_EQ(receiver.connections(), 0);
}

TEST(WebhookSender, ChecksTheUrlAgain) {
  Receiver receiver(Receiver::Answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(PostTo(receiver.Url(), WebhookSenderOptions{}).error, "url_refused");
  EXPECT_EQ(PostTo("file:///etc/passwd").error, "url_refused");
  EXPECT_EQ(receiver.connections(), 0);
}

TEST(WebhookSender, IgnoresAProxyOfTheEnvironment) {
  Receiver proxy(Receiver::Answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  Receiver receiver(Receiver::Answers("HTTP/1.1 204 No Content\r\n\r\n"));
  setenv("http_proxy", proxy.Url().c_str(), 1);
  const WebhookAnswer answer = PostTo(receiver.Url());
  unsetenv("http_proxy");
  EXPECT_EQ(answer.http_status, 204);
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(WebhookSender, ServesSeveralThreads) {
  Receiver receiver(Receiver::Answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  WebhookSenderOptions options = PrivateOptions();
  options.whole_timeout = absl::Seconds(10);
  options.connect_timeout = absl::Seconds(5);
  CurlWebhookSender sender(options);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j)
        taken += sender.Post(receiver.Url(), {}, "{}").http_status == 200;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 80);
}

}  // namespace
}  // namespace starlift::http
