#include "ton/wallet_v5r1.h"

#include <utility>

#include "absl/status/status.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "ton/boc.h"
#include "ton/wallet_code.h"

namespace starlift::ton {
namespace {

// The innermost node is the empty cell; each action wraps what came before it.
absl::StatusOr<CellRef> BuildOutList(const std::vector<OutMessage>& messages,
                                     std::vector<Hash256>* hashes) {
  if (messages.empty()) return CellRef();
  ASSIGN_OR_RETURN(CellRef list, CellBuilder().Build());
  for (const OutMessage& message : messages) {
    ASSIGN_OR_RETURN(const CellRef cell, BuildInternalMessage(message));
    hashes->push_back(cell->hash());
    CellBuilder action;
    action.Uint(kSendAction, 32).Uint(message.mode | kIgnoreErrors, 8).Ref(list).Ref(cell);
    ASSIGN_OR_RETURN(list, action.Build());
  }
  return list;
}

absl::StatusOr<CellRef> BuildUnsignedBody(const WalletV5Request& request, const CellRef& out_list) {
  CellBuilder body;
  body.Uint(request.internal ? kWalletV5SignedInternal : kWalletV5SignedExternal, 32);
  body.Uint(request.wallet_id, 32).Uint(request.valid_until, 32).Uint(request.seqno, 32);
  return body.MaybeRef(out_list).Bit(false).Build();  // no other actions
}

}  // namespace

uint32_t WalletV5Id(int32_t network_global_id, int8_t workchain, uint16_t subwallet_number) {
  STARLIFT_CHECK(subwallet_number < 0x8000);
  const uint32_t context =
      uint32_t{1} << 31 | uint32_t{static_cast<uint8_t>(workchain)} << 23 | subwallet_number;
  return static_cast<uint32_t>(network_global_id) ^ context;
}

uint32_t WalletV5CustomId(int32_t network_global_id, uint32_t custom_context31) {
  STARLIFT_CHECK(custom_context31 < uint32_t{1} << 31);
  return static_cast<uint32_t>(network_global_id) ^ custom_context31;
}

CellRef WalletV5Code() {
  static const CellRef& code = *new CellRef(ReadBocBase64(kWalletV5R1Code).value());
  return code;
}

CellRef WalletV5Data(uint32_t seqno, uint32_t wallet_id,
                     const std::array<uint8_t, 32>& public_key) {
  CellBuilder data;
  data.Bit(true).Uint(seqno, 32).Uint(wallet_id, 32).Bytes(public_key).Bit(false);
  return data.Build().value();
}

CellRef WalletV5StateInit(uint32_t wallet_id, const std::array<uint8_t, 32>& public_key) {
  return BuildStateInit(WalletV5Code(), WalletV5Data(0, wallet_id, public_key)).value();
}

Address WalletV5Address(uint32_t wallet_id, const std::array<uint8_t, 32>& public_key,
                        int8_t workchain) {
  return {workchain, WalletV5StateInit(wallet_id, public_key)->hash()};
}

absl::StatusOr<SignedTransfer> SignWalletV5(const SigningKey& key, const WalletV5Request& request,
                                            bool include_state_init, int8_t workchain) {
  if (request.messages.size() > kWalletV5MaxMessages) {
    return absl::InvalidArgumentError("more than 255 messages");
  }
  SignedTransfer transfer;
  ASSIGN_OR_RETURN(transfer.out_list, BuildOutList(request.messages, &transfer.out_message_hashes));
  ASSIGN_OR_RETURN(transfer.unsigned_body, BuildUnsignedBody(request, transfer.out_list));
  transfer.signature = key.Sign(transfer.unsigned_body->hash());
  CellBuilder body;
  body.Append(*transfer.unsigned_body).Bytes(transfer.signature);
  ASSIGN_OR_RETURN(transfer.body, body.Build());
  if (request.internal) return transfer;

  const CellRef state_init = WalletV5StateInit(request.wallet_id, key.public_key());
  RETURN_IF_ERROR(WrapBody({workchain, state_init->hash()},
                           include_state_init ? state_init : CellRef(), &transfer));
  return transfer;
}

}  // namespace starlift::ton
