#include "services/worker/app_quote.h"

#include "adapters/rpc/quote_service.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace starlift {

absl::StatusOr<std::unique_ptr<Quoting>> Quoting::Start(const WorkerConfig& config, Ground& ground,
                                                        Outside& outside) {
  auto quoting = std::make_unique<Quoting>();
  quoting->ground_ = &ground;
  quoting->prices_ = std::make_unique<postgres::PostgresPriceBook>(ground.pool);
  ground.metrics.DescribeGauge("starlift_prices_read_seconds",
                               "When prices were last read, Unix time.");
  rpc::DescribeRpcMetrics(&ground.metrics);
  quoting->executor_ = std::make_unique<rpc::Executor>(8, 256);
  quoting->floor_ =
      std::make_unique<rpc::CallFloor>(*quoting->executor_, nullptr, ground.metrics, ground.clock);
  const auto& quote = config.quote;
  ASSIGN_OR_RETURN(quoting->server_,
                   rpc::RpcServer::Start(
                       {.listen = quote.listen,
                        .tls = {quote.tls_ca_file, quote.tls_certificate_file, quote.tls_key_file},
                        .names = {"starlift.internal.v1.QuoteService"}},
                       {rpc::MakeQuoteService(
                           {*quoting->floor_, *outside.public_market, *outside.any_provider})}));
  Quoting* self = quoting.get();
  quoting->keeper_ = std::make_unique<Periodic>(
      absl::Milliseconds(quote.price_interval_ms),
      [self, &outside] { return self->KeepPrices(*outside.public_market); });
  return quoting;
}

Quoting::~Quoting() {
  if (keeper_) keeper_->Stop();
  if (floor_) {
    floor_->Close();
    floor_->AwaitIdle(absl::Seconds(5));
  }
  if (server_) server_->Shutdown(absl::Seconds(1));
}

bool Quoting::KeepPrices(PublicMarket& market) {
  const absl::StatusOr<PriceTable> table = market.Prices();
  const absl::Status kept = table.ok() ? prices_->Replace(*table) : table.status();
  if (kept.ok()) {
    ground_->metrics.Set("starlift_prices_read_seconds", {},
                         absl::ToDoubleSeconds(ground_->clock.Now() - absl::UnixEpoch()));
  } else {
    Log(LogLevel::kWarn, "prices could not be read", {{"detail", kept.message()}});
  }
  return false;
}

}  // namespace starlift
