#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/postgres/price_book.h"
#include "adapters/rpc/call.h"
#include "adapters/rpc/executor.h"
#include "adapters/rpc/rpc_server.h"
#include "services/worker/app_ground.h"
#include "services/worker/app_outside.h"
#include "services/worker/periodic.h"

namespace starlift {

// quote: keeps the price table, answers the api's probes.
class Quoting {
 public:
  static absl::StatusOr<std::unique_ptr<Quoting>> Start(const WorkerConfig& config, Ground& ground,
                                                        Outside& outside);
  ~Quoting();

 private:
  bool KeepPrices(PublicMarket& market);

  Ground* ground_ = nullptr;
  std::unique_ptr<postgres::PostgresPriceBook> prices_;
  std::unique_ptr<rpc::Executor> executor_;
  std::unique_ptr<rpc::CallFloor> floor_;
  std::unique_ptr<rpc::RpcServer> server_;
  std::unique_ptr<Periodic> keeper_;
};

}  // namespace starlift
