#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/wallet_v4r2.h"

namespace starlift::ton {
namespace {

constexpr int kSignatureBits = 512;

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

// Modes and messages in turns. The contract stops at the last reference and ignores bits after it,
// but a body with a tail was not made by anything that we would take for a wallet.
absl::Status ReadActions(CellReader& reader, std::vector<OutAction>* actions) {
  while (reader.refs_left() > 0) {
    ASSIGN_OR_RETURN(const uint64_t mode, reader.Uint(8));
    ASSIGN_OR_RETURN(CellRef message, reader.Ref());
    actions->push_back({static_cast<uint8_t>(mode), std::move(message)});
  }
  if (reader.bits_left() != 0) return Bad("V4R2 body with a tail");
  return absl::OkStatus();
}

absl::StatusOr<ParsedWalletV4Body> ReadBody(CellReader& reader) {
  ParsedWalletV4Body parsed;
  ASSIGN_OR_RETURN(const std::vector<uint8_t> signature, reader.Bytes(kSignatureBits / 8));
  std::copy(signature.begin(), signature.end(), parsed.signature.begin());
  ASSIGN_OR_RETURN(const CellRef signed_part, reader.Rest());
  parsed.signed_hash = signed_part->hash();
  ASSIGN_OR_RETURN(parsed.wallet_id, reader.Uint32());
  ASSIGN_OR_RETURN(parsed.valid_until, reader.Uint32());
  ASSIGN_OR_RETURN(parsed.seqno, reader.Uint32());
  ASSIGN_OR_RETURN(const uint64_t operation, reader.Uint(8));
  if (operation != 0) return Bad("an operation on the plugins of a V4R2 wallet");
  RETURN_IF_ERROR(ReadActions(reader, &parsed.actions));
  return parsed;
}

absl::StatusOr<WalletV4State> ReadData(CellReader& reader) {
  WalletV4State state;
  ASSIGN_OR_RETURN(state.seqno, reader.Uint32());
  ASSIGN_OR_RETURN(state.wallet_id, reader.Uint32());
  ASSIGN_OR_RETURN(state.public_key, reader.Hash());
  ASSIGN_OR_RETURN(const CellRef plugins, reader.MaybeRef());
  state.has_plugins = plugins != nullptr;
  if (reader.bits_left() != 0 || reader.refs_left() != 0) return Bad("V4R2 data with a tail");
  return state;
}

}  // namespace

absl::StatusOr<WalletV4State> ParseWalletV4Data(const CellRef& data) {
  if (data == nullptr || data->exotic()) return Bad("not the data of a V4R2 wallet");
  CellReader reader(data);
  absl::StatusOr<WalletV4State> state = ReadData(reader);
  if (absl::IsOutOfRange(state.status())) return Bad("not the data of a V4R2 wallet");
  return state;
}

absl::StatusOr<ParsedWalletV4Body> ParseWalletV4Body(const CellRef& body) {
  if (body == nullptr || body->exotic()) return Bad("not the body of a V4R2 wallet");
  CellReader reader(body);
  absl::StatusOr<ParsedWalletV4Body> parsed = ReadBody(reader);
  if (absl::IsOutOfRange(parsed.status())) return Bad("V4R2 body cut off");
  return parsed;
}

}  // namespace starlift::ton
