#include "adapters/redis/change_subscriber.h"

#include <hiredis/hiredis.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/status_macros.h"

namespace starlift::redis {
namespace {

constexpr absl::Duration kTimeout = absl::Milliseconds(150);
constexpr absl::Duration kSlice = absl::Milliseconds(100);
constexpr absl::Duration kReconnectWait = absl::Milliseconds(300);
constexpr int kSlicesToPing = 50;     // of silence, then a question
constexpr int kSlicesToGiveUp = 100;  // of silence, then another connection

}  // namespace

class ChangeSubscriber::Listener {
 public:
  Listener(RedisOptions options, std::function<void(absl::string_view)> changed,
           std::function<void()> resumed)
      : options_(std::move(options)),
        changed_(std::move(changed)),
        resumed_(std::move(resumed)),
        thread_([this] { Run(); }) {}

  ~Listener() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  bool stopped() {
    std::lock_guard<std::mutex> lock(mutex_);
    return stopped_;
  }

  void Run() {
    bool reported = false;
    while (!stopped()) {
      const absl::Status status = Listen(&reported);
      if (!status.ok() && !reported) {
        Log(LogLevel::kWarn, "changes are not heard from Redis",
            {{"error", std::string(status.message())}});
        reported = true;
      }
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, absl::ToChronoMilliseconds(kReconnectWait), [this] { return stopped_; });
    }
  }

  absl::Status Listen(bool* reported) {
    ASSIGN_OR_RETURN(const auto connection, Connection::Open(options_, kTimeout));
    RETURN_IF_ERROR(connection->Call({"SUBSCRIBE", kChangedChannel}).status());
    *reported = false;
    if (resumed_) resumed_();
    int silent = 0;
    while (!stopped()) {
      ASSIGN_OR_RETURN(const bool ready, connection->AwaitReply(kSlice));
      silent = ready ? 0 : silent + 1;
      if (silent == kSlicesToPing) RETURN_IF_ERROR(connection->Append({"PING"}));
      if (silent == kSlicesToGiveUp) return absl::UnavailableError("redis does not answer");
      if (!ready) continue;
      ASSIGN_OR_RETURN(const Reply reply, connection->Read());
      if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) continue;
      if (TextOf(reply->element[0]) == "message") changed_(TextOf(reply->element[2]));
    }
    return absl::OkStatus();
  }

  const RedisOptions options_;
  const std::function<void(absl::string_view)> changed_;
  const std::function<void()> resumed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;  // last: starts when everything else is there
};

ChangeSubscriber::ChangeSubscriber(RedisOptions options,
                                   std::function<void(absl::string_view order_id)> changed,
                                   std::function<void()> resumed)
    : listener_(
          std::make_unique<Listener>(std::move(options), std::move(changed), std::move(resumed))) {}

ChangeSubscriber::~ChangeSubscriber() = default;

}  // namespace starlift::redis
