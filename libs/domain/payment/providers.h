#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/payment/ports/chain.h"

namespace starlift {

// One of the chain's providers. `chain` is steady: it never answers with an account state older
// than one that it gave before (it is UNAVAILABLE instead).
struct Provider {
  std::string name;  // for people: "a", or the host
  Chain* chain = nullptr;
};

// The providers of an installation, at least one, the preferred one first. What one of them says is
// never mixed with what another says.
class Providers {
 public:
  explicit Providers(std::vector<Provider> providers);

  const std::vector<Provider>& all() const { return providers_; }
  // Hands the bytes over, to the preferred provider first and to the next ones until one takes
  // them. `sends` hand-overs happened before: each begins with the next provider, so that one which
  // takes messages and loses them does not cost a transfer its life.
  SendResult Send(absl::string_view boc, int sends);
  // How much an answer is worth to the one who asks; the greatest means: ask no further.
  enum class Worth { kNothing, kUsable, kGood };
  // The account as the provider shows it whose answer is worth the most, the first of these; the
  // last error when none answers. What is prepared from it (seqno, balance, history) comes from
  // that one provider.
  struct Answer {
    AccountState account;
    Chain* chain = nullptr;
    Worth worth = Worth::kNothing;
  };
  absl::StatusOr<Answer> Account(absl::string_view raw_address,
                                 const std::function<Worth(const AccountState&)>& worth);

 private:
  std::vector<Provider> providers_;
};

}  // namespace starlift
