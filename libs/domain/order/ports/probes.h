#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/money.h"
#include "domain/order/product.h"

namespace starlift {

// What could be learnt of a recipient.
struct RecipientProbe {
  enum class Verdict { kEligible, kRefused, kUnknown } verdict = Verdict::kUnknown;
  absl::Status refusal;  // kRefused: RECIPIENT_NOT_FOUND, RECIPIENT_REFUSED, ALREADY_SUBSCRIBED
  std::string display_name;
};

// What could be learnt of a wallet.
struct WalletProbe {
  bool known = false;
  bool active = false;  // deployed: somebody has used it
  Units balance;        // nanoton
  absl::Status usable;  // WALLET_UNSUPPORTED when it must not be used
};

// Questions that the api may not ask itself, because it reaches neither Fragment nor the chain.
// Each takes at most two seconds and never fails: what cannot be learnt is unknown.
class Probes {
 public:
  virtual ~Probes() = default;
  virtual RecipientProbe ProbeRecipient(ProductType type, absl::string_view username) = 0;
  virtual WalletProbe ProbeWallet(absl::string_view raw_address) = 0;
  // The same for each, all asked at once: together they take no longer than one.
  virtual std::vector<WalletProbe> ProbeWallets(absl::Span<const std::string> raw_addresses) = 0;
};

}  // namespace starlift
