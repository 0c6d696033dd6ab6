#pragma once

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/postgres/era_store.h"
#include "adapters/postgres/lane_store.h"
#include "adapters/postgres/pool.h"
#include "adapters/postgres/purchase_store.h"
#include "adapters/postgres/witness_log.h"
#include "adapters/redis/work_signal.h"
#include "adapters/redis/work_stream.h"
#include "adapters/vault/sealer.h"
#include "domain/fulfillment/purchase_step.h"
#include "domain/payment/lane_step.h"
#include "domain/payment/lost_judge.h"
#include "services/worker/app_ground.h"
#include "services/worker/app_house.h"
#include "services/worker/app_outside.h"
#include "services/worker/observing.h"
#include "services/worker/periodic.h"
#include "services/worker/purchase_role.h"

namespace starlift {

// purchase: takes work from the stream, buys, pays, looks for delivery. It starts only when the
// witness log answers and has its schema.
class Purchasing {
 public:
  static absl::StatusOr<std::unique_ptr<Purchasing>> Start(const WorkerConfig& config,
                                                           Ground& ground, Outside& outside,
                                                           const std::string& owner);
  ~Purchasing();

 private:
  absl::Status OpenStores(const WorkerConfig& config, Ground& ground);
  absl::Status OpenHouse(const WorkerConfig& config, Ground& ground, Outside& outside);
  absl::Status Begin(const WorkerConfig& config, Ground& ground, Outside& outside,
                     const std::string& owner);
  bool JudgeLost(const Clock& clock);

  std::unique_ptr<vault::PrivateKeyOpener> opener_;
  std::unique_ptr<vault::PublicKeySealer> sealer_;
  std::unique_ptr<postgres::PostgresPurchaseStore> orders_;
  std::unique_ptr<postgres::PostgresLaneStore> lanes_;
  std::unique_ptr<postgres::PostgresEraStore> eras_;
  std::unique_ptr<postgres::Pool> witness_pool_;
  std::unique_ptr<postgres::PostgresWitnessLog> witness_;
  std::unique_ptr<House> house_;
  std::unique_ptr<BalanceWatch> balances_;
  std::unique_ptr<redis::RedisWorkSignal> redis_signal_;
  std::unique_ptr<ObservedSignal> signal_;
  std::unique_ptr<RollbackWatch> watch_;
  std::unique_ptr<ReleaseGuard> releases_;
  std::unique_ptr<PurchaseStep> purchase_;
  std::unique_ptr<LaneStep> lane_;
  PaymentRules payment_rules_;
  std::unique_ptr<LostJudge> judge_;
  std::unique_ptr<Periodic> judging_;
  std::unique_ptr<PurchaseRole> role_;
  std::unique_ptr<redis::WorkStream> stream_;
  std::thread reader_;
};

}  // namespace starlift
