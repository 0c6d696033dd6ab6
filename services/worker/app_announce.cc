#include "services/worker/app_announce.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "base/status_macros.h"

namespace starlift {
namespace {

constexpr int kAnnounceBatch = 500;
constexpr absl::Duration kCountEvery = absl::Seconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<Announcing>> Announcing::Start(const WorkerConfig& config,
                                                              Ground& ground) {
  auto announcing = std::make_unique<Announcing>();
  announcing->ground_ = &ground;
  ground.metrics.DescribeGauge("starlift_lanes", "Wallets' lanes: open, shut or cooling.");
  ground.metrics.DescribeGauge("starlift_transfers_unknown",
                               "Transfers of which no evidence says whether they were executed.");
  ASSIGN_OR_RETURN(redis::RedisOptions redis, RedisFrom(config));
  announcing->runnable_ = std::make_unique<postgres::PostgresRunnable>(ground.pool);
  announcing->census_ = std::make_unique<postgres::PostgresLaneCensus>(ground.pool);
  announcing->signal_ = std::make_unique<redis::RedisWorkSignal>(std::move(redis));
  Announcing* self = announcing.get();
  announcing->sweep_ = std::make_unique<Periodic>(
      absl::Milliseconds(config.worker.announce_interval_ms), [self] { return self->Sweep(); });
  announcing->counter_ = std::make_unique<Periodic>(kCountEvery, [self] { return self->Count(); });
  return announcing;
}

bool Announcing::Sweep() {
  const absl::StatusOr<std::vector<WorkItem>> due = runnable_->Due(kAnnounceBatch);
  if (!due.ok()) {
    Log(LogLevel::kWarn, "due work could not be read", {{"detail", due.status().message()}});
    return false;
  }
  for (const WorkItem& item : *due) signal_->Announce(item);
  return false;
}

bool Announcing::Count() {
  const absl::StatusOr<postgres::LaneCensus> census = census_->Count();
  if (!census.ok()) return false;  // the sweep says it already
  Metrics& metrics = ground_->metrics;
  metrics.Set("starlift_lanes", {{"state", "open"}}, static_cast<double>(census->open));
  metrics.Set("starlift_lanes", {{"state", "shut"}}, static_cast<double>(census->shut));
  metrics.Set("starlift_lanes", {{"state", "cooling"}}, static_cast<double>(census->cooling));
  metrics.Set("starlift_transfers_unknown", {}, static_cast<double>(census->unknown_transfers));
  return false;
}

}  // namespace starlift
