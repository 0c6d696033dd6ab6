#include "ton/signed_transfer.h"

#include "base/status_macros.h"
#include "ton/boc.h"
#include "ton/message.h"

namespace starlift::ton {

absl::Status WrapBody(const Address& wallet, const CellRef& state_init, SignedTransfer* transfer) {
  ASSIGN_OR_RETURN(const ExternalMessage external,
                   BuildExternalMessage(wallet, state_init, transfer->body));
  // Before it is written: a message that is refused need not be.
  if (external.cell->depth() > kMaxExternalDepth) {
    return absl::InvalidArgumentError("message too deep for the network");
  }
  transfer->boc = WriteBoc(external.cell);
  if (transfer->boc.size() > kMaxExternalBytes) {
    return absl::InvalidArgumentError("message too large for the network");
  }
  transfer->external = external.cell;
  transfer->message_hash = external.cell->hash();
  transfer->state_init_in_ref = external.state_init_in_ref;
  transfer->body_in_ref = external.body_in_ref;
  ASSIGN_OR_RETURN(transfer->normalized_hash, NormalizedHash(wallet, transfer->body));
  return absl::OkStatus();
}

}  // namespace starlift::ton
