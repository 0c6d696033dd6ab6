#include "services/worker/webhook_role.h"

#include <utility>

#include "base/log.h"

namespace starlift {
namespace {

// Every change of every order pokes, most of them have no webhook, and each look asks the database:
// under load that took a fifth of the machine from those who order.
constexpr absl::Duration kRest = absl::Milliseconds(10);

}  // namespace

WebhookRole::WebhookRole(Deliverer deliverer, std::string owner, int threads, absl::Duration poll)
    : deliverer_(std::move(deliverer)),
      owner_(std::move(owner)),
      free_(threads),
      poller_(
          poll, [this] { return Claim(); }, kRest) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WebhookRole::~WebhookRole() { Stop(); }

void WebhookRole::Stop() {
  poller_.Stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

// Answers true when every free thread found work: there may be more.
bool WebhookRole::Claim() {
  int limit = 0;
  {
    const std::lock_guard lock(mutex_);
    limit = free_;
  }
  if (limit == 0) return false;
  absl::StatusOr<std::vector<Delivery>> due = deliverer_.Claim(owner_, limit);
  if (!due.ok()) {
    Log(LogLevel::kWarn, "due webhooks could not be read", {{"detail", due.status().message()}});
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    free_ -= static_cast<int>(due->size());
    for (Delivery& delivery : *due) claimed_.push_back(std::move(delivery));
  }
  changed_.notify_all();
  return static_cast<int>(due->size()) == limit;
}

void WebhookRole::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !claimed_.empty(); });
    if (stopping_) return;  // what was claimed and not begun is due again when its lease ends
    const Delivery delivery = std::move(claimed_.front());
    claimed_.pop_front();
    lock.unlock();
    if (const absl::Status stored = deliverer_.Deliver(delivery); !stored.ok()) {
      Log(LogLevel::kWarn, "a webhook's outcome could not be stored",
          {{"order", delivery.order.value()}, {"detail", stored.message()}});
    }
    lock.lock();
    ++free_;
    lock.unlock();
    poller_.Poke();
    lock.lock();
  }
}

}  // namespace starlift
