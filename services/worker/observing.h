#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "domain/order/ports/work_signal.h"
#include "domain/payment/ports/chain.h"
#include "domain/webhook/ports/webhook_sender.h"

namespace starlift {

// Counts one thing: a metric's name and its labels.
using Count =
    std::function<void(absl::string_view metric,
                       std::initializer_list<std::pair<absl::string_view, absl::string_view>>)>;

// Sets one thing: a metric's name, its labels, its value.
using Gauge = std::function<void(
    absl::string_view metric,
    std::initializer_list<std::pair<absl::string_view, absl::string_view>>, double value)>;

// A line in the log and a count for every move of an order, then the signal itself. What nobody can
// tell from evidence and a person must look at is counted once more, for an alarm.
class ObservedSignal final : public WorkSignal {
 public:
  ObservedSignal(WorkSignal& signal, Count count) : signal_(signal), count_(std::move(count)) {}
  void Announce(const WorkItem& item) override { signal_.Announce(item); }
  void Changed(const Order& order) override;

 private:
  WorkSignal& signal_;
  const Count count_;
};

// The same for every hand-over of a message to one provider of the chain, and how old the states
// are that it shows.
class ObservedChain final : public Chain {
 public:
  ObservedChain(std::string provider, Chain& chain, const Clock& clock, Count count, Gauge gauge)
      : provider_(std::move(provider)),
        chain_(chain),
        clock_(clock),
        count_(std::move(count)),
        gauge_(std::move(gauge)) {}
  SendResult Send(absl::string_view boc) override;
  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override;
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override;
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override;
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override;

 private:
  void CountRead(absl::string_view call, bool answered);

  const std::string provider_;
  Chain& chain_;
  const Clock& clock_;
  const Count count_;
  const Gauge gauge_;
};

// The same for every try of a webhook. The URL stays out of the log: its query may hold a secret.
class ObservedSender final : public WebhookSender {
 public:
  ObservedSender(WebhookSender& sender, Count count) : sender_(sender), count_(std::move(count)) {}
  WebhookAnswer Post(absl::string_view url,
                     const std::vector<std::pair<std::string, std::string>>& headers,
                     absl::string_view body) override;

 private:
  WebhookSender& sender_;
  const Count count_;
};

}  // namespace starlift
