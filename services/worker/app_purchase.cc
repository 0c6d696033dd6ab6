#include "services/worker/app_purchase.h"

#include <utility>

#include "adapters/postgres/house_registry.h"
#include "adapters/postgres/migrations.h"
#include "base/error.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace starlift {
namespace {

StepObserver Observer(Metrics& metrics) {
  metrics.DescribeCounter("starlift_steps_total", "Steps of orders and lanes, by outcome.");
  metrics.DescribeCounter("starlift_order_moves_total", "Moves of orders, by new state.");
  metrics.DescribeCounter("starlift_unknown_reviews_total",
                          "Orders in review because nobody can tell what became of their money.");
  metrics.DescribeHistogram("starlift_step_duration_seconds", "How long steps took.",
                            LatencyBounds());
  return [&metrics](absl::string_view kind, absl::string_view reason, absl::Duration took) {
    metrics.Add("starlift_steps_total", {{"kind", kind}, {"reason", reason}});
    metrics.Observe("starlift_step_duration_seconds", {{"kind", kind}},
                    absl::ToDoubleSeconds(took));
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<Purchasing>> Purchasing::Start(const WorkerConfig& config,
                                                              Ground& ground, Outside& outside,
                                                              const std::string& owner) {
  auto purchasing = std::make_unique<Purchasing>();
  RETURN_IF_ERROR(purchasing->OpenStores(config, ground));
  RETURN_IF_ERROR(purchasing->OpenHouse(config, ground, outside));
  RETURN_IF_ERROR(purchasing->Begin(config, ground, outside, owner));
  return purchasing;
}

Purchasing::~Purchasing() {
  if (stream_) stream_->Stop();
  if (reader_.joinable()) reader_.join();
  if (judging_) judging_->Stop();
  if (role_) role_->Stop();
}

absl::Status Purchasing::OpenStores(const WorkerConfig& config, Ground& ground) {
  ASSIGN_OR_RETURN(opener_, OpenerFrom(config.keys.wallet_private_key_file));
  ASSIGN_OR_RETURN(sealer_,
                   vault::PublicKeySealer::Create(opener_->public_key_hex(), ground.random));
  orders_ =
      std::make_unique<postgres::PostgresPurchaseStore>(ground.pool, ground.renderer, ground.clock);
  lanes_ =
      std::make_unique<postgres::PostgresLaneStore>(ground.pool, ground.renderer, ground.clock);
  eras_ = std::make_unique<postgres::PostgresEraStore>(ground.pool);
  witness_pool_ = std::make_unique<postgres::Pool>(postgres::PoolOptions{
      .url = config.witness.url, .size = static_cast<int>(config.witness.pool_size)});
  RETURN_IF_ERROR(postgres::CheckWitnessSchema(*witness_pool_));
  witness_ = std::make_unique<postgres::PostgresWitnessLog>(*witness_pool_);
  return absl::OkStatus();
}

absl::Status Purchasing::OpenHouse(const WorkerConfig& config, Ground& ground, Outside& outside) {
  ASSIGN_OR_RETURN(house_, ReadHouse(config));
  postgres::PostgresHouseRegistry registry(ground.pool);
  RETURN_IF_ERROR(RegisterHouse(config, *house_, *sealer_, registry));
  balances_ = std::make_unique<BalanceWatch>(*house_, config, *outside.any_provider, ground);
  return absl::OkStatus();
}

absl::Status Purchasing::Begin(const WorkerConfig& config, Ground& ground, Outside& outside,
                               const std::string& owner) {
  ASSIGN_OR_RETURN(const PurchaseRules rules, RulesFrom(config));
  ASSIGN_OR_RETURN(redis::RedisOptions redis, RedisFrom(config));
  redis_signal_ = std::make_unique<redis::RedisWorkSignal>(redis.Clone());
  signal_ = std::make_unique<ObservedSignal>(*redis_signal_, ground.Counting());
  watch_ = std::make_unique<RollbackWatch>(*witness_, *eras_, rules.payment.expiry_margin);
  releases_ = std::make_unique<ReleaseGuard>(*witness_, *eras_, *lanes_);
  purchase_ = std::make_unique<PurchaseStep>(
      PurchaseStep::Ports{*orders_, *releases_, *outside.market, *opener_, *sealer_, *signal_,
                          ground.clock, ground.random},
      rules);
  lane_ = std::make_unique<LaneStep>(
      LaneStep::Ports{*lanes_, *outside.providers, *witness_, *eras_, house_->keys, *opener_,
                      *signal_, ground.clock, ground.random},
      rules.payment);
  payment_rules_ = rules.payment;
  judge_ = std::make_unique<LostJudge>(*eras_, *outside.providers, ground.clock, payment_rules_);
  judging_ = std::make_unique<Periodic>(
      payment_rules_.review_poll_every, [this, clock = &ground.clock] { return JudgeLost(*clock); },
      payment_rules_.read_retry);
  role_ = std::make_unique<PurchaseRole>(
      *purchase_, *lane_, *watch_, [&ground] { return ground.pool.opened(); }, owner,
      static_cast<int>(config.worker.threads), ground.clock, Observer(ground.metrics));
  stream_ = std::make_unique<redis::WorkStream>(
      std::move(redis), redis::WorkStreamOptions{.consumer = owner, .count = 64});
  reader_ =
      std::thread([this] { stream_->Run([this](const WorkItem& item) { role_->Submit(item); }); });
  return absl::OkStatus();
}

// Whether there is more to do at once. Every worker does this; they share the work by the times
// that the database keeps.
bool Purchasing::JudgeLost(const Clock& clock) {
  const absl::StatusOr<absl::Time> next = judge_->Step();
  if (next.ok()) return *next < clock.Now() + payment_rules_.review_poll_every / 2;
  Log(LogLevel::kWarn, "lost transfers could not be judged and will be looked at again",
      {{"reason", ReasonName(ReasonOf(next.status()))}, {"detail", next.status().message()}});
  return false;
}

}  // namespace starlift
