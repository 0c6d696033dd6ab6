#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "adapters/http/client.h"
#include "base/secret.h"
#include "domain/payment/ports/chain.h"

namespace starlift::toncenter {

struct ToncenterOptions {
  std::string base_url = "https://toncenter.com";  // without a path
  Secret api_key;                                  // empty: none is sent
  int32_t network_global_id = -239;                // -239 mainnet, -3 testnet
  absl::Duration timeout = absl::Seconds(10);      // of each HTTP call
  absl::Duration connect_timeout = absl::Seconds(5);
};

// The TON chain through toncenter's HTTP interface: hands over and reads states by version 2, finds
// transactions by version 3 (from a database of final blocks). Safe from several threads.
//
// Before the first answer is believed, and before the first byte is handed over, the provider must
// have proved that it serves the configured network. Until it did, every read is CHAIN_UNAVAILABLE
// and every Send is kLater with the reason "network": nothing left.
class ToncenterChain final : public Chain {
 public:
  // `client` must be allowed to reach base_url, and outlives this.
  ToncenterChain(http::Client* client, ToncenterOptions options);

  // Asks for the network once; later calls answer at once when it was proved. Every other call does
  // this first by itself.
  absl::Status ProveNetwork();

  // `boc` are the message's bytes. An answer that did not arrive is kUnknown.
  SendResult Send(absl::string_view boc) override;
  absl::StatusOr<AccountState> Account(absl::string_view raw_address) override;
  absl::StatusOr<std::vector<ChainTransaction>> FindByNormalizedHash(
      absl::string_view raw_address, absl::string_view normalized_hash_hex) override;
  // `limit` 1..1000. Ends before the first row that is not final: what follows has a gap in front.
  absl::StatusOr<std::vector<ChainTransaction>> TransactionsAfter(absl::string_view raw_address,
                                                                  int64_t after_lt,
                                                                  int limit) override;
  absl::StatusOr<std::vector<ChainTransaction>> NewestTransactions(absl::string_view raw_address,
                                                                   int limit) override;

 private:
  http::Headers HeadersWithKey() const;
  absl::StatusOr<http::Response> Call(http::Request request) const;
  absl::StatusOr<http::Response> Get(absl::string_view path, const http::Headers& query) const;

  http::Client* client_;
  const ToncenterOptions options_;
  std::atomic<bool> proved_ = false;
  std::atomic<bool> told_ = false;  // that it serves another network; once is enough for the log
};

}  // namespace starlift::toncenter
