#include "services/worker/app_webhook.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"

namespace starlift {

absl::StatusOr<std::unique_ptr<Delivering>> Delivering::Start(const WorkerConfig& config,
                                                              Ground& ground,
                                                              const std::string& owner) {
  auto delivering = std::make_unique<Delivering>();
  const auto& webhooks = config.webhooks;
  ASSIGN_OR_RETURN(delivering->opener_, OpenerFrom(config.keys.endpoint_private_key_file));
  ASSIGN_OR_RETURN(redis::RedisOptions redis, RedisFrom(config));
  std::vector<AddressRange> refused;
  for (const std::string& network : webhooks.refused_networks) {
    ASSIGN_OR_RETURN(refused.emplace_back(), ParseAddressRange(network));
  }
  // A tenant whose receivers hang holds a few threads, never all.
  delivering->store_ = std::make_unique<postgres::PostgresDeliveryStore>(
      ground.pool, std::max(1, static_cast<int>(webhooks.threads) / 4));
  delivering->sender_ = std::make_unique<http::CurlWebhookSender>(http::WebhookSenderOptions{
      .rules = {webhooks.allow_private_callbacks},
      .filter = AddressFilter(webhooks.allow_private_callbacks, std::move(refused))});
  ground.metrics.DescribeCounter("starlift_webhook_tries_total", "Tries of webhooks.");
  delivering->observed_ = std::make_unique<ObservedSender>(*delivering->sender_, ground.Counting());
  delivering->role_ = std::make_unique<WebhookRole>(
      Deliverer(*delivering->store_, *delivering->observed_, *delivering->opener_, ground.clock,
                ground.random, absl::Milliseconds(webhooks.lease_ms)),
      owner, static_cast<int>(webhooks.threads), absl::Milliseconds(webhooks.poll_ms));
  WebhookRole* role = delivering->role_.get();
  delivering->subscriber_ = std::make_unique<redis::ChangeSubscriber>(
      std::move(redis), [role](absl::string_view) { role->Poke(); }, [role] { role->Poke(); });
  return delivering;
}

}  // namespace starlift
