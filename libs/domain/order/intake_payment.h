#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "base/id.h"
#include "base/money.h"
#include "base/secret.h"
#include "domain/access/ports/sealer.h"
#include "domain/order/field_mistakes.h"
#include "domain/order/intake_cookies.h"
#include "domain/order/intake_request.h"
#include "domain/order/order.h"
#include "domain/order/ports/key_stretcher.h"
#include "domain/order/ports/order_store.h"
#include "domain/order/ports/probes.h"
#include "ton/mnemonic.h"

namespace starlift {

// The cheap checks of a payment (well under a millisecond): INVALID_MNEMONIC with metadata `cause`,
// INVALID_COOKIES with metadata `missing`.
void CheckPaymentFields(const PaymentDraft& draft, FieldMistakes* mistakes);
// An order of `balance` is paid from the tenant's credit: INVALID_FIELD for whatever else is
// brought.
void CheckEmptyPayment(const PaymentDraft& draft, FieldMistakes* mistakes);

// A payment that can be sealed.
struct OpenedPayment {
  ton::KeyPair key;
  Payer payer;  // empty until the wallet was chosen
  SessionId session;
  SessionCookies cookies;
};

// Brings a payment from what a caller sent to what may be stored.
class PaymentIntake {
 public:
  // The session's id from its login token: a keyed hash, so that one account is one session
  // everywhere.
  using IdentifySession = std::function<SessionId(const Secret& login_token)>;

  PaymentIntake(KeyStretcher& stretcher, Probes& probes, const Sealer& sealer,
                IdentifySession identify, int32_t network_global_id);

  // RESOURCE_EXHAUSTED KEY_STRETCHING_BUSY when a phrase has no chance now: even to look at one
  // costs a millisecond, which a burst of payments would take from every other call.
  absl::Status CheckRoom() const;

  // Stretches the phrase. INVALID_ARGUMENT INVALID_MNEMONIC, RESOURCE_EXHAUSTED
  // KEY_STRETCHING_BUSY.
  absl::StatusOr<ton::KeyPair> OpenKey(const PaymentDraft& draft) const;
  // The same, and the session: INVALID_ARGUMENT INVALID_COOKIES.
  absl::StatusOr<OpenedPayment> Open(const PaymentDraft& draft) const;
  // Whether the payer's wallet is one of the key's.
  bool Owns(const ton::KeyPair& key, const Payer& payer) const;

  // Fills in the payer. FAILED_PRECONDITION INSUFFICIENT_BALANCE (metadata `available`, `required`,
  // in nanoton) or WALLET_UNSUPPORTED; a named wallet that cannot be looked at now is taken: the
  // worker looks again before it signs. kAuto is the wallet that holds money, else the one that was
  // used, else V5R1; FAILED_PRECONDITION WALLETS_BOTH_FUNDED, or UNAVAILABLE
  // QUOTE_SERVICE_UNAVAILABLE when either cannot be looked at now.
  absl::Status ChooseWallet(WalletChoice choice, Units required, OpenedPayment* payment) const;

  SecuredPayment Seal(const OpenedPayment& payment, const TenantId& tenant,
                      const OrderId& order) const;

 private:
  Payer PayerOf(const ton::KeyPair& key, WalletVersion version) const;
  absl::Status ChooseByChain(Units required, OpenedPayment* payment) const;

  KeyStretcher& stretcher_;
  Probes& probes_;
  const Sealer& sealer_;
  IdentifySession identify_;
  int32_t network_global_id_;
};

}  // namespace starlift
