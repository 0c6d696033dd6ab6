#include "adapters/redis/connection.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace starlift::redis {
namespace {

absl::Status Broken(const redisContext* context) {
  return absl::UnavailableError(absl::StrCat("redis: ", context ? context->errstr : "no memory"));
}

// hiredis writes without MSG_NOSIGNAL, and the signal goes to the writing thread: a connection is
// one thread's, so blocking it there keeps a closed socket from ending the process.
void BlockBrokenPipeSignal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

void FreeReply::operator()(redisReply* reply) const { freeReplyObject(reply); }
void Connection::FreeContext::operator()(redisContext* context) const { redisFree(context); }

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const RedisOptions& options,
                                                             absl::Duration timeout) {
  BlockBrokenPipeSignal();
  const size_t colon = options.address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(options.address.substr(colon + 1), &port)) {
    return absl::UnavailableError("redis: the address is not host:port");
  }
  const timeval limit = absl::ToTimeval(timeout);
  std::unique_ptr<Connection> connection(new Connection(
      redisConnectWithTimeout(options.address.substr(0, colon).c_str(), port, limit)));
  redisContext* context = connection->context_.get();
  if (context == nullptr || context->err != 0) return Broken(context);
  if (redisSetTimeout(context, limit) != REDIS_OK || redisEnableKeepAlive(context) != REDIS_OK) {
    return Broken(context);
  }
  if (options.password.empty()) return connection;
  ASSIGN_OR_RETURN(const Reply answer, connection->Call({"AUTH", options.password.RevealString()}));
  if (answer->type == REDIS_REPLY_ERROR) {
    return absl::UnavailableError("redis: the password was refused");
  }
  return connection;
}

absl::Status Connection::Append(absl::Span<const absl::string_view> arguments) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (absl::string_view argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  const int result = redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()),
                                            texts.data(), sizes.data());
  return result == REDIS_OK ? absl::OkStatus() : Broken(context_.get());
}

absl::StatusOr<Reply> Connection::Read() {
  void* reply = nullptr;
  if (redisGetReply(context_.get(), &reply) != REDIS_OK) return Broken(context_.get());
  return Reply(static_cast<redisReply*>(reply));
}

absl::StatusOr<Reply> Connection::Call(absl::Span<const absl::string_view> arguments) {
  RETURN_IF_ERROR(Append(arguments));
  return Read();
}

absl::StatusOr<bool> Connection::AwaitReply(absl::Duration wait) {
  int sent = 0;
  while (sent == 0) {
    if (redisBufferWrite(context_.get(), &sent) != REDIS_OK) return Broken(context_.get());
  }
  // What was read together with an earlier reply needs no waiting for.
  if (context_->reader->pos < context_->reader->len) return true;
  pollfd readable{context_->fd, POLLIN, 0};
  return poll(&readable, 1, static_cast<int>(absl::ToInt64Milliseconds(wait))) > 0;
}

absl::string_view TextOf(const redisReply* reply) {
  if (reply == nullptr || reply->str == nullptr) return {};
  return {reply->str, reply->len};
}

bool IsError(const redisReply& reply, absl::string_view code) {
  return reply.type == REDIS_REPLY_ERROR && absl::StartsWith(TextOf(&reply), code);
}

}  // namespace starlift::redis
