#include "adapters/redis/work_stream.h"

#include <hiredis/hiredis.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace starlift::redis {
namespace {

constexpr absl::Duration kTimeout = absl::Milliseconds(190);
constexpr absl::Duration kSlice = absl::Milliseconds(100);  // how soon Stop is seen
constexpr absl::Duration kSilence = absl::Seconds(3);       // then the connection is dead
constexpr absl::Duration kReconnectWait = absl::Milliseconds(300);
constexpr absl::Duration kForgetAfter = absl::Hours(1);
constexpr absl::string_view kBlockMs = "100";

}  // namespace

struct WorkStream::Entry {
  std::string id;  // the stream's
  WorkItem item;
  bool readable = false;  // false: trimmed, or not written by us
};

namespace {

const redisReply* At(const redisReply* array, size_t index) {
  if (array == nullptr || array->type != REDIS_REPLY_ARRAY || array->elements <= index) {
    return nullptr;
  }
  return array->element[index];
}

size_t Size(const redisReply* array) {
  return array == nullptr || array->type != REDIS_REPLY_ARRAY ? 0 : array->elements;
}

// [[id, [field, value, …]], …]; the fields are nil where the entry was trimmed away.
template <typename Entry>
std::vector<Entry> EntriesFrom(const redisReply* list) {
  std::vector<Entry> entries;
  for (size_t i = 0; i < Size(list); ++i) {
    Entry& entry = entries.emplace_back();
    entry.id = std::string(TextOf(At(At(list, i), 0)));
    const redisReply* fields = At(At(list, i), 1);
    absl::string_view kind;
    for (size_t f = 0; f + 1 < Size(fields); f += 2) {
      if (TextOf(At(fields, f)) == "kind") kind = TextOf(At(fields, f + 1));
      if (TextOf(At(fields, f)) == "id") entry.item.id = std::string(TextOf(At(fields, f + 1)));
    }
    entry.item.kind = kind == "lane" ? WorkItem::Kind::kLane : WorkItem::Kind::kOrder;
    entry.readable = !entry.item.id.empty() && (kind == "lane" || kind == "order");
  }
  return entries;
}

// The stream or the group is gone: FLUSHALL, XGROUP DESTROY, an empty Redis.
bool GroupIsGone(const redisReply& reply) {
  return IsError(reply, "NOGROUP") || IsError(reply, "UNBLOCKED");
}

}  // namespace

WorkStream::WorkStream(RedisOptions redis, WorkStreamOptions options)
    : redis_(std::move(redis)), options_(std::move(options)) {}

WorkStream::~WorkStream() = default;

void WorkStream::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
}

void WorkStream::Run(const std::function<void(const WorkItem&)>& handle) {
  bool reported = false;
  while (!stopped_) {
    const absl::Status status = Serve(handle);
    if (stopped_) break;
    connection_.reset();
    if (!reported) {
      Log(LogLevel::kWarn, "the work stream broke off", {{"error", std::string(status.message())}});
    }
    reported = true;
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait_for(lock, absl::ToChronoMilliseconds(kReconnectWait),
                   [this] { return stopped_.load(); });
  }
  const absl::Status left = Leave();
  connection_.reset();
  if (left.ok()) return;
  Log(LogLevel::kInfo, "the work stream was left without a word",
      {{"error", std::string(left.message())}});
}

absl::Status WorkStream::Serve(const std::function<void(const WorkItem&)>& handle) {
  ASSIGN_OR_RETURN(connection_, Connection::Open(redis_, kTimeout));
  RETURN_IF_ERROR(MakeGroup());
  RETURN_IF_ERROR(ForgetDeadConsumers());
  auto claimed_at = std::chrono::steady_clock::now();
  while (!stopped_) {
    std::vector<Entry> entries;
    if (std::chrono::steady_clock::now() - claimed_at >=
        absl::ToChronoMilliseconds(options_.claim_every)) {
      claimed_at = std::chrono::steady_clock::now();
      ASSIGN_OR_RETURN(entries, ClaimAbandoned());
    } else {
      ASSIGN_OR_RETURN(entries, Take());
    }
    for (const Entry& entry : entries) {
      if (stopped_) break;
      if (entry.readable) handle(entry.item);
      done_.push_back(entry.id);
    }
  }
  return absl::OkStatus();
}

absl::Status WorkStream::MakeGroup() {
  from_ = "0";
  ASSIGN_OR_RETURN(const Reply reply, connection_->Call({"XGROUP", "CREATE", kWorkStream,
                                                         kWorkGroup, "0", "MKSTREAM"}));
  if (reply->type != REDIS_REPLY_ERROR || IsError(*reply, "BUSYGROUP")) return absl::OkStatus();
  return absl::UnavailableError(TextOf(reply.get()));
}

// The names of processes that are gone and left nothing. A living consumer reads every tenth of a
// second.
absl::Status WorkStream::ForgetDeadConsumers() {
  ASSIGN_OR_RETURN(const Reply reply,
                   connection_->Call({"XINFO", "CONSUMERS", kWorkStream, kWorkGroup}));
  for (size_t i = 0; i < Size(reply.get()); ++i) {
    const redisReply* consumer = At(reply.get(), i);
    absl::string_view name;
    int64_t pending = 1;
    int64_t idle_ms = 0;
    for (size_t f = 0; f + 1 < Size(consumer); f += 2) {
      const redisReply* value = At(consumer, f + 1);
      if (TextOf(At(consumer, f)) == "name") name = TextOf(value);
      if (TextOf(At(consumer, f)) == "pending") pending = value->integer;
      if (TextOf(At(consumer, f)) == "idle") idle_ms = value->integer;
    }
    if (pending != 0 || absl::Milliseconds(idle_ms) < kForgetAfter) continue;
    RETURN_IF_ERROR(
        connection_->Call({"XGROUP", "DELCONSUMER", kWorkStream, kWorkGroup, name}).status());
  }
  return absl::OkStatus();
}

// Acknowledged entries are deleted too: the stream holds what waits, and a group that is made anew
// does not see the past again.
absl::Status WorkStream::AppendDone() {
  std::vector<absl::string_view> ack = {"XACK", kWorkStream, kWorkGroup};
  std::vector<absl::string_view> remove = {"XDEL", kWorkStream};
  for (const std::string& id : done_) {
    ack.push_back(id);
    remove.push_back(id);
  }
  RETURN_IF_ERROR(connection_->Append(ack));
  return connection_->Append(remove);
}

absl::StatusOr<Reply> WorkStream::AwaitRead() {
  absl::Duration waited = absl::ZeroDuration();
  while (true) {
    ASSIGN_OR_RETURN(const bool ready, connection_->AwaitReply(kSlice));
    if (ready) return connection_->Read();
    waited += kSlice;
    if (stopped_) return absl::CancelledError("stopped");
    if (waited >= kSilence) return absl::UnavailableError("redis does not answer");
  }
}

absl::StatusOr<std::vector<WorkStream::Entry>> WorkStream::Take() {
  const size_t acknowledged = done_.empty() ? 0 : 2;
  if (acknowledged != 0) RETURN_IF_ERROR(AppendDone());
  RETURN_IF_ERROR(connection_->Append({"XREADGROUP", "GROUP", kWorkGroup, options_.consumer,
                                       "COUNT", absl::StrCat(options_.count), "BLOCK", kBlockMs,
                                       "STREAMS", kWorkStream, from_}));
  for (size_t i = 0; i < acknowledged; ++i) RETURN_IF_ERROR(AwaitRead().status());
  done_.clear();
  ASSIGN_OR_RETURN(const Reply reply, AwaitRead());
  if (GroupIsGone(*reply)) {
    RETURN_IF_ERROR(MakeGroup());
    return std::vector<Entry>();
  }
  if (reply->type == REDIS_REPLY_ERROR) return absl::UnavailableError(TextOf(reply.get()));
  std::vector<Entry> entries = EntriesFrom<Entry>(At(At(reply.get(), 0), 1));
  if (entries.empty() && from_ == "0") from_ = ">";
  return entries;
}

absl::StatusOr<std::vector<WorkStream::Entry>> WorkStream::ClaimAbandoned() {
  RETURN_IF_ERROR(connection_->Append({"XAUTOCLAIM", kWorkStream, kWorkGroup, options_.consumer,
                                       absl::StrCat(absl::ToInt64Milliseconds(options_.claim_idle)),
                                       claim_cursor_, "COUNT", "16"}));
  ASSIGN_OR_RETURN(const Reply reply, AwaitRead());
  claim_cursor_ = "0-0";
  if (GroupIsGone(*reply)) {
    RETURN_IF_ERROR(MakeGroup());
    return std::vector<Entry>();
  }
  if (reply->type == REDIS_REPLY_ERROR) return absl::UnavailableError(TextOf(reply.get()));
  const absl::string_view cursor = TextOf(At(reply.get(), 0));
  if (!cursor.empty()) claim_cursor_ = std::string(cursor);
  return EntriesFrom<Entry>(At(reply.get(), 1));
}

// The last acknowledgements, then the name. Deleting a consumer forgets what it had taken and not
// acknowledged; the `announce` role finds that again.
absl::Status WorkStream::Leave() {
  connection_.reset();
  ASSIGN_OR_RETURN(connection_, Connection::Open(redis_, absl::Milliseconds(100)));
  if (!done_.empty()) {
    RETURN_IF_ERROR(AppendDone());
    for (int i = 0; i < 2; ++i) RETURN_IF_ERROR(connection_->Read().status());
    done_.clear();
  }
  return connection_->Call({"XGROUP", "DELCONSUMER", kWorkStream, kWorkGroup, options_.consumer})
      .status();
}

}  // namespace starlift::redis
