#include "sandbox/message_pool.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sandbox/refusal.h"

namespace starlift::sandbox {
namespace {

constexpr int64_t kDuplicateMs = 60'000;
constexpr int64_t kPoolLifeMs = 600'000;
constexpr int64_t kLimitWindowMs = 10'000;
constexpr size_t kLimitPerWindow = 30;

}  // namespace

bool PendingMessage::Forgotten(int64_t machine_ms) const {
  return !late.has_value() && taken_ms + kPoolLifeMs < machine_ms;
}

std::string MessagePool::Refusal(const ton::CellRef& message, const ton::Address& destination,
                                 int64_t machine_ms) {
  while (!taken_.empty() && taken_.front().first <= machine_ms - kDuplicateMs) {
    taken_hashes_.erase(taken_.front().second);
    taken_.pop_front();
  }
  if (taken_hashes_.contains(message->hash())) {
    return "LITE_SERVER_UNKNOWN: cannot send external message : duplicate message";
  }
  const auto found = recent_.find(destination);
  if (found == recent_.end()) return "";
  std::deque<int64_t>& recent = found->second;
  while (!recent.empty() && recent.front() <= machine_ms - kLimitWindowMs) recent.pop_front();
  if (recent.size() < kLimitPerWindow) return "";
  return MalformedText(absl::StrCat("too many external messages to address ",
                                    absl::AsciiStrToUpper(ton::RawForm(destination))));
}

void MessagePool::Remember(const PendingMessage& pending) {
  taken_.emplace_back(pending.taken_ms, pending.message->hash());
  taken_hashes_.insert(pending.message->hash());
  recent_[pending.destination].push_back(pending.taken_ms);
}

bool MessagePool::KeepsBack(const ton::CellRef& message) const {
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const PendingMessage& pending) {
    return pending.late.has_value() && pending.message->hash() == message->hash();
  });
}

}  // namespace starlift::sandbox
