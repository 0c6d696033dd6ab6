#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/rpc/credentials.h"
#include "base/clock.h"
#include "domain/order/ports/probes.h"

namespace starlift::rpc {

// Asks the workers with the role `quote`, in turns. What does not answer in two seconds is unknown;
// after three such answers in a row, recipients (or wallets) are unknown at once for a second.
class QuoteClient final : public Probes {
 public:
  struct Options {
    std::vector<std::string> targets;  // host:port; several must be IP addresses
    TlsFiles tls;
    std::string tls_server_name;  // the name in the workers' certificate; empty: the target's
  };
  QuoteClient(const Options& options, const Clock& clock);
  ~QuoteClient() override;

  RecipientProbe ProbeRecipient(ProductType type, absl::string_view username) override;
  WalletProbe ProbeWallet(absl::string_view raw_address) override;
  std::vector<WalletProbe> ProbeWallets(absl::Span<const std::string> raw_addresses) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "ipv4:a:p,b:p", "ipv6:…" or "dns:///host:port": how gRPC spells the targets.
std::string TargetUri(const std::vector<std::string>& targets);

}  // namespace starlift::rpc
