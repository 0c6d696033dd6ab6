#include "sandbox/world.h"

#include <chrono>

#include "absl/time/time.h"
#include "base/check.h"

namespace starlift::sandbox {
namespace {

constexpr uint64_t kPayeeBalance = 1'000'000'000'000;

// The marketplace's own accounts: contracts that take whatever they are sent.
Account PayeeAccount(const ton::Address& address) {
  const absl::StatusOr<ton::CellRef> code = ton::CellBuilder().Uint(0xff00, 16).Build();
  const absl::StatusOr<ton::CellRef> data = ton::CellBuilder().Build();
  STARLIFT_CHECK(code.ok() && data.ok());
  Account account;
  account.address = address;
  account.status = AccountStatus::kActive;
  account.balance_nano = kPayeeBalance;
  account.code = *code;
  account.data = *data;
  return account;
}

}  // namespace

World::World(const Clock* clock, std::unique_ptr<Random> randomness)
    : random(std::move(randomness)),
      chain(&faults, WatchedPayees(), absl::ToUnixMillis(clock->Now())),
      market(random.get()),
      clock_(clock) {
  for (const ton::Address& payee : WatchedPayees()) chain.Put(PayeeAccount(payee), MachineMs());
  AddProvider();
  chain.Observe([this](const Transaction& transaction) { market.Watch(transaction); });
}

int64_t World::MachineMs() const { return absl::ToUnixMillis(clock_->Now()); }

Provider* World::AddProvider() {
  const std::string name(1, static_cast<char>('a' + providers.size()));
  providers.push_back(std::make_unique<Provider>(name, &chain));
  return providers.back().get();
}

void World::Tick() {
  const std::lock_guard<std::mutex> lock(mutex);
  const int64_t now = MachineMs();
  if (faults.hold_until_ms > now) return;
  chain.ProduceBlock(now + clock_offset_ms, now);
}

bool World::Wait(int64_t ms) {
  std::unique_lock<std::mutex> lock(stop_mutex_);
  return !stop_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping_; });
}

void World::Stop() {
  const std::lock_guard<std::mutex> lock(stop_mutex_);
  stopping_ = true;
  stop_.notify_all();
}

}  // namespace starlift::sandbox
