#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "adapters/metrics/metrics.h"
#include "adapters/rpc/admin_http.h"
#include "adapters/rpc/admin_server.h"
#include "base/clock.h"

namespace starlift::rpc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(RpcAdminHttpTest, AnswersTwoPages) {
  const Metrics metrics("prog", "1");
  const auto ask = [&](absl::string_view line, bool serving = true) {
    return AdminHttpAnswer(absl::StrCat(line, "\r\nHost: x\r\n\r\n"), metrics, serving);
  };
  EXPECT_THAT(ask("GET /metrics HTTP/1.1"), HasSubstr("starlift_build_info"));
  EXPECT_THAT(ask("GET /healthz?x HTTP/1.1"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(ask("GET /healthz HTTP/1.1", false), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(ask("HEAD /healthz HTTP/1.0"), testing::EndsWith("close\r\n\r\n"));
  EXPECT_THAT(ask("GET / HTTP/1.1"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(ask("POST /metrics HTTP/1.1"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(ask("nonsense"), StartsWith("HTTP/1.1 400"));
}

class RpcAdminServerTest : public testing::Test {
 protected:
  RpcAdminServerTest()
      : server_(*AdminServer::Start("127.0.0.1:0", {"a.Service"}, metrics_, clock_)) {}

  int Connect() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(server_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }
  static std::string ReadAll(int fd) {
    std::string answer;
    char bytes[4096];
    ssize_t got = 0;
    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0) answer.append(bytes, got);
    close(fd);
    return answer;
  }
  static void Say(int fd, absl::string_view text) {
    EXPECT_EQ(send(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }

  // The status that grpc.health.v1.Health/Check answers for a service, or -1 for an error.
  int Health(const std::string& service) {
    const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                             grpc::InsecureChannelCredentials());
    const std::string encoded =
        service.empty() ? "" : absl::StrCat("\x0a", std::string(1, service.size()), service);
    grpc::Slice slice(encoded);
    grpc::ByteBuffer request(&slice, 1), response;
    grpc::ClientContext context;
    context.set_deadline(gpr_time_from_seconds(10, GPR_TIMESPAN));
    const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                           grpc::internal::RpcMethod::NORMAL_RPC);
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall(channel.get(), method, &context, request, &response);
    if (!status.ok()) return -1;
    grpc::Slice answer;
    EXPECT_TRUE(response.DumpToSingleSlice(&answer).ok());
    return answer.size() == 2 ? answer.begin()[1] : 0;
  }

  const SystemClock clock_;
  const Metrics metrics_{"prog", "1"};
  const std::unique_ptr<AdminServer> server_;
};

TEST_F(RpcAdminServerTest, OnePortSpeaksHttpAndGrpc) {
  server_->SetServing(true);
  const int fd = Connect();
  Say(fd, "GET /metrics HTTP/1.1\r\n\r\n");
  EXPECT_THAT(ReadAll(fd), HasSubstr("starlift_build_info{program=\"prog\",version=\"1\"} 1"));
  EXPECT_EQ(Health(""), 1);
  EXPECT_EQ(Health("a.Service"), 1);
  EXPECT_EQ(Health("b.Service"), -1);
}

TEST_F(RpcAdminServerTest, BothSayNotServing) {
  const int fd = Connect();
  Say(fd, "GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_THAT(ReadAll(fd), StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(Health(""), 2);
  EXPECT_EQ(Health("a.Service"), 2);
}

TEST_F(RpcAdminServerTest, ASlowGuestKeepsNobodyWaiting) {
  const int slow = Connect();
  Say(slow, "GE");
  const int fd = Connect();
  Say(fd, "GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_THAT(ReadAll(fd), StartsWith("HTTP/1.1 503"));
  Say(slow, "T /healthz HT");
  Say(slow, "TP/1.1\r\n\r\n");
  EXPECT_THAT(ReadAll(slow), StartsWith("HTTP/1.1 503"));
}

TEST_F(RpcAdminServerTest, AnEndlessHeadIsCutOff) {
  const int fd = Connect();
  Say(fd, "GET /" + std::string(9000, 'a'));
  EXPECT_EQ(ReadAll(fd), "");
}

TEST(RpcAdminListenTest, SaysWhereItCannotListen) {
  const SystemClock clock;
  const Metrics metrics("prog", "1");
  EXPECT_FALSE(AdminServer::Start("nonsense", {}, metrics, clock).ok());
  EXPECT_FALSE(AdminServer::Start("203.0.113.1:1", {}, metrics, clock).ok());
}

}  // namespace
}  // namespace starlift::rpc
