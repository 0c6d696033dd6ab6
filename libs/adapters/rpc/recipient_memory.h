#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "adapters/metrics/metrics.h"
#include "base/clock.h"
#include "domain/order/ports/probes.h"

namespace starlift::rpc {

// Remembers recipients that Fragment found eligible, so that buying for the same people again and
// again does not ask it each time. Nothing but that answer is remembered: a refusal may be mended
// the next moment. The worker asks Fragment once more before it pays, so an answer that went stale
// costs a failed order and no money. At most 10,000 recipients; the oldest go first. Safe from
// several threads.
class RecipientMemory final : public Probes {
 public:
  static constexpr size_t kMost = 10'000;

  // `remembered`: how long; zero: not at all. Describes starlift_recipient_probes_total. All
  // references outlive it.
  RecipientMemory(Probes& probes, absl::Duration remembered, const Clock& clock, Metrics& metrics);

  RecipientProbe ProbeRecipient(ProductType type, absl::string_view username) override;
  WalletProbe ProbeWallet(absl::string_view raw_address) override {
    return probes_.ProbeWallet(raw_address);
  }
  std::vector<WalletProbe> ProbeWallets(absl::Span<const std::string> raw_addresses) override {
    return probes_.ProbeWallets(raw_addresses);
  }

 private:
  using Key = std::pair<ProductType, std::string>;
  struct Known {
    std::string display_name;
    absl::Time until;
  };
  bool Recall(const Key& key, RecipientProbe* probe);
  void Remember(const Key& key, const RecipientProbe& probe);
  void DropOldest();

  Probes& probes_;
  const absl::Duration remembered_;
  const Clock& clock_;
  Metrics& metrics_;
  std::mutex mutex_;
  absl::flat_hash_map<Key, Known> known_;
  std::deque<Key> oldest_first_;  // the keys of known_
};

}  // namespace starlift::rpc
