#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/config/worker_config.h"
#include "adapters/http/webhook_sender.h"
#include "adapters/postgres/delivery_store.h"
#include "adapters/redis/change_subscriber.h"
#include "services/worker/app_ground.h"
#include "services/worker/observing.h"
#include "services/worker/webhook_role.h"

namespace starlift {

// webhook: delivers events; a change published on Redis makes it look at once.
class Delivering {
 public:
  static absl::StatusOr<std::unique_ptr<Delivering>> Start(const WorkerConfig& config,
                                                           Ground& ground,
                                                           const std::string& owner);

 private:
  std::unique_ptr<vault::PrivateKeyOpener> opener_;
  std::unique_ptr<postgres::PostgresDeliveryStore> store_;
  std::unique_ptr<http::CurlWebhookSender> sender_;
  std::unique_ptr<ObservedSender> observed_;
  std::unique_ptr<WebhookRole> role_;
  std::unique_ptr<redis::ChangeSubscriber> subscriber_;  // last: it pokes the role
};

}  // namespace starlift
