#pragma once

#include "absl/strings/string_view.h"
#include "domain/payment/ports/chain.h"

namespace starlift::toncenter {

// What a provider's answer to a hand-over (v2 sendBoc and sendBocReturnHash, v3 message) came to.
// The texts are those of the node and of toncenter's servers. A refusal speaks for the servers that
// were asked, at that moment: another copy may be under way, so nothing here says that a payment is
// dead.
//
// "configuration" (the key is wrong, or of the other network) is kLater: nothing was taken, and the
// operator must act. "duplicate" is kHandedOver: that server took the same bytes a moment ago.
SendResult ClassifySend(int http_status, absl::string_view body);

}  // namespace starlift::toncenter
