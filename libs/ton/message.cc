#include "ton/message.h"

#include "absl/status/status.h"
#include "base/status_macros.h"

namespace starlift::ton {
namespace {

absl::Status CheckStateInit(const CellRef& state_init) {
  if (state_init != nullptr && state_init->exotic()) {
    return absl::InvalidArgumentError("a StateInit in an exotic cell");
  }
  return absl::OkStatus();
}

// Maybe (Either StateInit ^StateInit).
void PutStateInit(const CellRef& state_init, bool in_ref, CellBuilder* builder) {
  if (state_init == nullptr) {
    builder->Bit(false);
  } else if (in_ref) {
    builder->Bit(true).Bit(true).Ref(state_init);
  } else {
    builder->Bit(true).Bit(false).Append(*state_init);
  }
}

// Either Body ^Body. Returns whether it went into a reference.
bool PutBody(const CellRef& body, CellBuilder* builder) {
  if (body == nullptr) {  // empty: the flag and nothing else
    builder->Bit(false);
    return false;
  }
  const bool fits = builder->bits_left() - 1 >= body->bits() &&
                    builder->refs() + static_cast<int>(body->refs().size()) <= Cell::kMaxRefs &&
                    !body->exotic();
  if (fits) {
    builder->Bit(false).Append(*body);
  } else {
    builder->Bit(true).Ref(body);
  }
  return !fits;
}

// ext_in_msg_info without a source and without an import fee.
CellBuilder ExternalHeader(const Address& destination) {
  CellBuilder builder;
  builder.Uint(0b10, 2).Uint(0, 2);
  StoreAddress(builder, destination).Coins(0);
  return builder;
}

}  // namespace

absl::StatusOr<CellRef> BuildInternalMessage(const OutMessage& message) {
  RETURN_IF_ERROR(CheckStateInit(message.state_init));
  CellBuilder builder;
  builder.Bit(false).Bit(true).Bit(message.bounce).Bit(false);
  builder.Uint(0, 2);  // source: none
  StoreAddress(builder, message.destination).Coins(message.amount_nano);
  builder.Bit(false);                                 // no other currencies
  builder.Coins(0).Coins(0).Uint(0, 64).Uint(0, 32);  // fees and times: the node's to fill in
  // One bit for the Maybe comes first, then two must stay free for the flags.
  const bool state_in_ref =
      message.state_init != nullptr && builder.bits_left() - 1 - 2 < message.state_init->bits();
  PutStateInit(message.state_init, state_in_ref, &builder);
  PutBody(message.body, &builder);
  return builder.Build();
}

absl::StatusOr<ExternalMessage> BuildExternalMessage(const Address& destination,
                                                     const CellRef& state_init,
                                                     const CellRef& body) {
  RETURN_IF_ERROR(CheckStateInit(state_init));
  if (body == nullptr) return absl::InvalidArgumentError("an external message without a body");
  CellBuilder builder = ExternalHeader(destination);
  ExternalMessage message;
  // Unlike in an internal message, the body's bits count here: the libraries prefer it inline.
  message.state_init_in_ref =
      state_init != nullptr && builder.bits_left() - 1 - 2 < state_init->bits() + body->bits();
  PutStateInit(state_init, message.state_init_in_ref, &builder);
  message.body_in_ref = PutBody(body, &builder);
  ASSIGN_OR_RETURN(message.cell, builder.Build());
  return message;
}

absl::StatusOr<Hash256> NormalizedHash(const Address& destination, const CellRef& body) {
  CellBuilder builder = ExternalHeader(destination);
  ASSIGN_OR_RETURN(const CellRef cell, builder.Bit(false).Bit(true).Ref(body).Build());
  return cell->hash();
}

absl::StatusOr<Hash256> NormalizedHash(const CellRef& external_message) {
  ASSIGN_OR_RETURN(const ParsedExternal parsed, ParseExternalMessage(external_message));
  return NormalizedHash(parsed.destination, parsed.body);
}

absl::StatusOr<CellRef> BuildStateInit(const CellRef& code, const CellRef& data) {
  CellBuilder builder;
  builder.Bit(false).Bit(false).MaybeRef(code).MaybeRef(data).Bit(false);
  return builder.Build();
}

}  // namespace starlift::ton
