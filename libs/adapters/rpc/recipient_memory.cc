#include "adapters/rpc/recipient_memory.h"

namespace starlift::rpc {
namespace {

constexpr absl::string_view kProbes = "starlift_recipient_probes_total";

absl::string_view OutcomeOf(const RecipientProbe& probe) {
  switch (probe.verdict) {
    case RecipientProbe::Verdict::kEligible:
      return "eligible";
    case RecipientProbe::Verdict::kRefused:
      return "refused";
    case RecipientProbe::Verdict::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace

RecipientMemory::RecipientMemory(Probes& probes, absl::Duration remembered, const Clock& clock,
                                 Metrics& metrics)
    : probes_(probes), remembered_(remembered), clock_(clock), metrics_(metrics) {
  metrics.DescribeCounter(kProbes,
                          "Recipients that were asked about: what a quote worker answered, or "
                          "\"remembered\" where none was asked.");
}

RecipientProbe RecipientMemory::ProbeRecipient(ProductType type, absl::string_view username) {
  const Key key(type, username);
  RecipientProbe probe;
  if (Recall(key, &probe)) {
    metrics_.Add(kProbes, {{"outcome", "remembered"}});
    return probe;
  }
  probe = probes_.ProbeRecipient(type, username);
  metrics_.Add(kProbes, {{"outcome", OutcomeOf(probe)}});
  if (probe.verdict == RecipientProbe::Verdict::kEligible) Remember(key, probe);
  return probe;
}

bool RecipientMemory::Recall(const Key& key, RecipientProbe* probe) {
  const absl::Time now = clock_.Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = known_.find(key);
  if (found == known_.end() || now >= found->second.until ||
      // A clock that was set back must not make it last longer.
      now < found->second.until - remembered_) {
    return false;
  }
  probe->verdict = RecipientProbe::Verdict::kEligible;
  probe->display_name = found->second.display_name;
  return true;
}

void RecipientMemory::Remember(const Key& key, const RecipientProbe& probe) {
  if (remembered_ <= absl::ZeroDuration()) return;
  const Known known{probe.display_name, clock_.Now() + remembered_};
  const std::lock_guard<std::mutex> lock(mutex_);
  if (known_.insert_or_assign(key, known).second) oldest_first_.push_back(key);
  if (known_.size() > kMost) DropOldest();
}

void RecipientMemory::DropOldest() {
  known_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

}  // namespace starlift::rpc
