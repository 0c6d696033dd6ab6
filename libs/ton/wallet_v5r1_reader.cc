#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton {
namespace {

constexpr int kSignatureBits = 512;
constexpr int kActionBits = 32 + 8;

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

// The cell as it was before the signature was put at its end.
absl::StatusOr<CellRef> WithoutSignature(const Cell& body) {
  CellBuilder builder;
  builder.Bits(body.data(), body.bits() - kSignatureBits);
  for (const CellRef& ref : body.refs()) builder.Ref(ref);
  return builder.Build();
}

absl::Status ReadSignedPart(const CellRef& cell, ParsedWalletV5Body* parsed) {
  CellReader reader(cell);
  ASSIGN_OR_RETURN(parsed->opcode, reader.Uint32());
  if (parsed->opcode != kWalletV5SignedExternal && parsed->opcode != kWalletV5SignedInternal) {
    return Bad("not a signed request of a W5 wallet");
  }
  ASSIGN_OR_RETURN(parsed->wallet_id, reader.Uint32());
  ASSIGN_OR_RETURN(parsed->valid_until, reader.Uint32());
  ASSIGN_OR_RETURN(parsed->seqno, reader.Uint32());
  ASSIGN_OR_RETURN(parsed->out_list, reader.MaybeRef());
  ASSIGN_OR_RETURN(parsed->has_other_actions, reader.Bit());
  if (!parsed->has_other_actions && (reader.bits_left() != 0 || reader.refs_left() != 0)) {
    return Bad("W5 body with a tail");
  }
  return absl::OkStatus();
}

absl::StatusOr<OutAction> ReadAction(const CellRef& node) {
  if (node->exotic() || node->bits() != kActionBits || node->refs().size() != 2) {
    return Bad("not a send action");
  }
  CellReader reader(node);
  ASSIGN_OR_RETURN(const uint32_t tag, reader.Uint32());
  if (tag != kSendAction) return Bad("not a send action");
  ASSIGN_OR_RETURN(const uint64_t mode, reader.Uint(8));
  return OutAction{static_cast<uint8_t>(mode), node->refs()[1]};
}

}  // namespace

absl::StatusOr<WalletV5State> ParseWalletV5Data(const CellRef& data) {
  if (data == nullptr || data->exotic()) return Bad("not the data of a W5 wallet");
  CellReader reader(data);
  WalletV5State state;
  ASSIGN_OR_RETURN(state.signature_allowed, reader.Bit());
  ASSIGN_OR_RETURN(state.seqno, reader.Uint32());
  ASSIGN_OR_RETURN(state.wallet_id, reader.Uint32());
  ASSIGN_OR_RETURN(state.public_key, reader.Hash());
  ASSIGN_OR_RETURN(const CellRef extensions, reader.MaybeRef());
  state.has_extensions = extensions != nullptr;
  if (reader.bits_left() != 0 || reader.refs_left() != 0) return Bad("W5 data with a tail");
  return state;
}

absl::StatusOr<ParsedWalletV5Body> ParseWalletV5Body(const CellRef& body) {
  if (body == nullptr || body->exotic() || body->bits() < kSignatureBits) {
    return Bad("not a signed body");
  }
  ASSIGN_OR_RETURN(const CellRef signed_part, WithoutSignature(*body));
  ParsedWalletV5Body parsed;
  RETURN_IF_ERROR(ReadSignedPart(signed_part, &parsed));
  parsed.signed_hash = signed_part->hash();
  CellReader reader(body);
  RETURN_IF_ERROR(reader.Skip(body->bits() - kSignatureBits));
  ASSIGN_OR_RETURN(const std::vector<uint8_t> signature, reader.Bytes(kSignatureBits / 8));
  std::copy(signature.begin(), signature.end(), parsed.signature.begin());
  return parsed;
}

absl::StatusOr<std::vector<OutAction>> ParseOutList(const CellRef& out_list, int limit) {
  std::vector<OutAction> actions;
  if (out_list == nullptr) return actions;
  CellRef node = out_list;
  while (node->bits() != 0 || !node->refs().empty()) {
    if (static_cast<int>(actions.size()) >= limit) return Bad("too many actions");
    ASSIGN_OR_RETURN(OutAction action, ReadAction(node));
    actions.push_back(std::move(action));
    node = node->refs()[0];
  }
  std::reverse(actions.begin(), actions.end());
  return actions;
}

}  // namespace starlift::ton
