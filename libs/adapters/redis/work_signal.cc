#include "adapters/redis/work_signal.h"

#include <hiredis/hiredis.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/status_macros.h"

namespace starlift::redis {
namespace {

constexpr size_t kMostQueued = 20'000;
constexpr size_t kMostInOneTrip = 512;
constexpr absl::string_view kMostEntries = "100000";
constexpr absl::Duration kTimeout = absl::Milliseconds(200);
constexpr absl::Duration kReconnectWait = absl::Milliseconds(200);

struct Signal {
  bool changed = false;
  WorkItem item;  // its id alone for a change
};

absl::Status Append(Connection& connection, const Signal& signal) {
  if (signal.changed) return connection.Append({"PUBLISH", kChangedChannel, signal.item.id});
  const bool lane = signal.item.kind == WorkItem::Kind::kLane;
  return connection.Append({"XADD", kWorkStream, "MAXLEN", "~", kMostEntries, "*", "kind",
                            lane ? "lane" : "order", "id", signal.item.id});
}

}  // namespace

class RedisWorkSignal::Sender {
 public:
  explicit Sender(RedisOptions options)
      : options_(std::move(options)), thread_([this] { Run(); }) {}

  ~Sender() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void Queue(Signal signal) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (queue_.size() >= kMostQueued) {
        ++dropped_;
        return;
      }
      queue_.push_back(std::move(signal));
    }
    wake_.notify_one();
  }

  int64_t dropped() const { return dropped_; }
  bool connected() const { return connected_; }

 private:
  void Run() {
    while (true) {
      std::vector<Signal> batch = Take();
      if (batch.empty()) return;
      // A connection that died while it lay idle is told only by using it: once more on a fresh
      // one.
      absl::Status sent = Send(batch);
      if (!sent.ok()) sent = Send(batch);
      Note(sent, batch.size());
      if (sent.ok()) continue;
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, absl::ToChronoMilliseconds(kReconnectWait), [this] { return stopped_; });
    }
  }

  // Empty: stopped, and nothing is left.
  std::vector<Signal> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_ && !connected_) {
      dropped_ += static_cast<int64_t>(queue_.size());
      return {};
    }
    std::vector<Signal> batch = std::exchange(queue_, {});
    return batch;
  }

  absl::Status Send(const std::vector<Signal>& batch) {
    if (connection_ == nullptr) {
      ASSIGN_OR_RETURN(connection_, Connection::Open(options_, kTimeout));
    }
    for (size_t start = 0; start < batch.size(); start += kMostInOneTrip) {
      const size_t end = std::min(batch.size(), start + kMostInOneTrip);
      absl::Status status = SendOneTrip({batch.data() + start, end - start});
      if (status.ok()) continue;
      connection_.reset();
      return status;
    }
    return absl::OkStatus();
  }

  absl::Status SendOneTrip(absl::Span<const Signal> signals) {
    for (const Signal& signal : signals) RETURN_IF_ERROR(Append(*connection_, signal));
    absl::Status refused = absl::OkStatus();
    for (size_t i = 0; i < signals.size(); ++i) {
      ASSIGN_OR_RETURN(const Reply reply, connection_->Read());
      if (reply->type == REDIS_REPLY_ERROR) refused = absl::UnavailableError(TextOf(reply.get()));
    }
    return refused;
  }

  void Note(const absl::Status& sent, size_t count) {
    if (!sent.ok()) dropped_ += static_cast<int64_t>(count);
    if (connected_.exchange(sent.ok()) == sent.ok()) return;
    Log(sent.ok() ? LogLevel::kInfo : LogLevel::kWarn,
        sent.ok() ? "wake-ups reach Redis" : "wake-ups do not reach Redis",
        {{"error", std::string(sent.message())}});
  }

  const RedisOptions options_;
  std::unique_ptr<Connection> connection_;  // the thread's own
  std::atomic<int64_t> dropped_{0};
  std::atomic<bool> connected_{true};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Signal> queue_;
  bool stopped_ = false;
  std::thread thread_;  // last: starts when everything else is there
};

RedisWorkSignal::RedisWorkSignal(RedisOptions options)
    : sender_(std::make_unique<Sender>(std::move(options))) {}

RedisWorkSignal::~RedisWorkSignal() = default;

void RedisWorkSignal::Announce(const WorkItem& item) { sender_->Queue({false, item}); }

void RedisWorkSignal::Changed(const Order& order) {
  const std::string& order_id = order.id.value();
  sender_->Queue({true, {WorkItem::Kind::kOrder, std::string(order_id)}});
}

int64_t RedisWorkSignal::dropped() const { return sender_->dropped(); }
bool RedisWorkSignal::connected() const { return sender_->connected(); }

}  // namespace starlift::redis
