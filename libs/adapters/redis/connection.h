#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/secret.h"

struct redisContext;
struct redisReply;

namespace starlift::redis {

struct RedisOptions {
  std::string address;  // host:port
  Secret password;      // empty: none
  RedisOptions Clone() const { return {address, password.Clone()}; }
};

inline constexpr absl::string_view kWorkStream = "starlift:work";
inline constexpr absl::string_view kWorkGroup = "workers";
inline constexpr absl::string_view kChangedChannel = "starlift:changed";

struct FreeReply {
  void operator()(redisReply* reply) const;
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

// One connection, for one thread. After an error it is of no more use: open another one. Every
// error is UNAVAILABLE; what Redis itself answers, an error reply included, is a Reply.
class Connection {
 public:
  // Connects and authenticates. No answer takes longer than `timeout`.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const RedisOptions& options,
                                                          absl::Duration timeout);
  // Puts a command into the output buffer; the next Read sends what is there.
  absl::Status Append(absl::Span<const absl::string_view> arguments);
  absl::StatusOr<Reply> Read();
  absl::StatusOr<Reply> Call(absl::Span<const absl::string_view> arguments);
  // Sends what is buffered and waits until there is something to read. False: nothing within
  // `wait`.
  absl::StatusOr<bool> AwaitReply(absl::Duration wait);

 private:
  struct FreeContext {
    void operator()(redisContext* context) const;
  };
  explicit Connection(redisContext* context) : context_(context) {}
  std::unique_ptr<redisContext, FreeContext> context_;
};

// The reply's text; empty for a reply of another kind.
absl::string_view TextOf(const redisReply* reply);
// An error reply that starts with `code`, such as "NOGROUP".
bool IsError(const redisReply& reply, absl::string_view code);

}  // namespace starlift::redis
