#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "probe_wallet_case.h"
#include "ton/boc.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton::probe {
namespace {

absl::Status Same(bool same, absl::string_view what) {
  if (same) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, " of our own is read as another"));
}

bool SameCell(const CellRef& one, const CellRef& other) {
  if (one == nullptr || other == nullptr) return one == other;
  return one->hash() == other->hash();
}

// The envelope, from the bytes that would leave. Gives back the body in it.
absl::StatusOr<CellRef> ReadExternal(const WalletCase& wallet, const SignedTransfer& transfer) {
  ASSIGN_OR_RETURN(const CellRef external, ReadBoc(transfer.boc));
  RETURN_IF_ERROR(Same(external->hash() == transfer.message_hash, "a message"));
  ASSIGN_OR_RETURN(const ParsedExternal parsed, ParseExternalMessage(external));
  RETURN_IF_ERROR(Same(parsed.destination == AddressOf(wallet), "a destination"));
  const CellRef state_init = wallet.include_state_init ? StateInitOf(wallet) : CellRef();
  RETURN_IF_ERROR(Same(SameCell(parsed.state_init, state_init), "a StateInit"));
  RETURN_IF_ERROR(Same(SameCell(parsed.body, transfer.body), "a body"));
  ASSIGN_OR_RETURN(const Hash256 normalized, NormalizedHash(external));
  RETURN_IF_ERROR(Same(normalized == transfer.normalized_hash, "a normalized hash"));
  return parsed.body;
}

// The fields that the bodies of both versions have.
template <typename Body>
absl::Status CheckBody(const WalletCase& wallet, const SignedTransfer& transfer, const Body& body) {
  RETURN_IF_ERROR(Same(body.wallet_id == wallet.wallet_id, "a wallet id"));
  RETURN_IF_ERROR(Same(body.valid_until == wallet.valid_until, "an end"));
  RETURN_IF_ERROR(Same(body.seqno == wallet.seqno, "a seqno"));
  RETURN_IF_ERROR(Same(body.signed_hash == transfer.unsigned_body->hash(), "a signed part"));
  RETURN_IF_ERROR(Same(body.signature == transfer.signature, "a signature"));
  const bool valid = VerifySignature(wallet.key.public_key, body.signed_hash, body.signature);
  return Same(valid, "a signature");
}

absl::StatusOr<std::vector<OutAction>> ActionsOf(const WalletCase& wallet,
                                                 const SignedTransfer& transfer,
                                                 const CellRef& cell) {
  if (wallet.version == WalletVersion::kV4R2) {
    ASSIGN_OR_RETURN(ParsedWalletV4Body body, ParseWalletV4Body(cell));
    RETURN_IF_ERROR(CheckBody(wallet, transfer, body));
    return std::move(body.actions);
  }
  ASSIGN_OR_RETURN(const ParsedWalletV5Body body, ParseWalletV5Body(cell));
  RETURN_IF_ERROR(CheckBody(wallet, transfer, body));
  const bool internal = body.opcode == kWalletV5SignedInternal;
  RETURN_IF_ERROR(Same(internal == wallet.internal, "an opcode"));
  RETURN_IF_ERROR(Same(!body.has_other_actions, "a list of actions"));
  return ParseOutList(body.out_list);
}

// The libraries behind the vectors complete the modes of V5R1 only.
uint8_t StoredMode(const WalletCase& wallet, const OutMessage& message) {
  if (wallet.version == WalletVersion::kV4R2) return message.mode;
  return message.mode | kIgnoreErrors;
}

absl::Status CheckMessage(const OutMessage& message, const Hash256& hash, const OutAction& action) {
  RETURN_IF_ERROR(Same(action.message->hash() == hash, "a sent message"));
  ASSIGN_OR_RETURN(const ParsedInternal parsed, ParseInternalMessage(action.message));
  const bool head = parsed.destination == message.destination && !parsed.has_source &&
                    parsed.amount_nano == message.amount_nano && parsed.bounce == message.bounce &&
                    !parsed.bounced;
  RETURN_IF_ERROR(Same(head, "a sent message"));
  RETURN_IF_ERROR(Same(SameCell(parsed.state_init, message.state_init), "a StateInit"));
  ASSIGN_OR_RETURN(const CellRef empty, CellBuilder().Build());
  return Same(SameCell(parsed.body, message.body == nullptr ? empty : message.body), "a comment");
}

absl::Status CheckData(const WalletCase& wallet) {
  const CellRef data = DataOf(wallet, wallet.seqno);
  if (wallet.version == WalletVersion::kV4R2) {
    ASSIGN_OR_RETURN(const WalletV4State state, ParseWalletV4Data(data));
    return Same(state.seqno == wallet.seqno && state.wallet_id == wallet.wallet_id &&
                    state.public_key == wallet.key.public_key && !state.has_plugins,
                "a data cell");
  }
  ASSIGN_OR_RETURN(const WalletV5State state, ParseWalletV5Data(data));
  return Same(state.seqno == wallet.seqno && state.wallet_id == wallet.wallet_id &&
                  state.public_key == wallet.key.public_key && state.signature_allowed &&
                  !state.has_extensions,
              "a data cell");
}

}  // namespace

absl::StatusOr<std::vector<OutAction>> ReadBack(const WalletCase& wallet,
                                                const SignedTransfer& transfer) {
  RETURN_IF_ERROR(CheckData(wallet));
  CellRef body = transfer.body;
  if (!wallet.internal) {
    ASSIGN_OR_RETURN(body, ReadExternal(wallet, transfer));
  }
  ASSIGN_OR_RETURN(std::vector<OutAction> actions, ActionsOf(wallet, transfer, body));
  RETURN_IF_ERROR(Same(actions.size() == wallet.messages.size(), "a list of messages"));
  for (size_t i = 0; i < actions.size(); ++i) {
    RETURN_IF_ERROR(Same(actions[i].mode == StoredMode(wallet, wallet.messages[i]), "a mode"));
    RETURN_IF_ERROR(CheckMessage(wallet.messages[i], transfer.out_message_hashes[i], actions[i]));
  }
  return actions;
}

}  // namespace starlift::ton::probe
