#include "ton/wallet_v4r2.h"

#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/boc.h"
#include "ton/wallet_code.h"

namespace starlift::ton {
namespace {

constexpr uint8_t kSendOperation = 0;

// What is signed: the contract reads a mode for each reference that follows.
absl::StatusOr<CellRef> BuildUnsignedBody(const WalletV4Request& request,
                                          std::vector<Hash256>* hashes) {
  CellBuilder body;
  body.Uint(request.wallet_id, 32).Uint(request.valid_until, 32).Uint(request.seqno, 32);
  body.Uint(kSendOperation, 8);
  for (const OutMessage& message : request.messages) {
    ASSIGN_OR_RETURN(CellRef cell, BuildInternalMessage(message));
    hashes->push_back(cell->hash());
    body.Uint(message.mode | (request.keep_modes ? 0 : kIgnoreErrors), 8).Ref(std::move(cell));
  }
  return body.Build();
}

}  // namespace

uint32_t WalletV4IdFor(int8_t workchain) {
  return kWalletV4Id + static_cast<uint32_t>(int32_t{workchain});
}

CellRef WalletV4Code() {
  static const CellRef& code = *new CellRef(ReadBocBase64(kWalletV4R2Code).value());
  return code;
}

CellRef WalletV4Data(uint32_t seqno, uint32_t wallet_id,
                     const std::array<uint8_t, 32>& public_key) {
  CellBuilder data;
  data.Uint(seqno, 32).Uint(wallet_id, 32).Bytes(public_key).Bit(false);  // no plugins
  return data.Build().value();
}

CellRef WalletV4StateInit(uint32_t wallet_id, const std::array<uint8_t, 32>& public_key) {
  return BuildStateInit(WalletV4Code(), WalletV4Data(0, wallet_id, public_key)).value();
}

Address WalletV4Address(const std::array<uint8_t, 32>& public_key, int8_t workchain) {
  return {workchain, WalletV4StateInit(WalletV4IdFor(workchain), public_key)->hash()};
}

absl::StatusOr<SignedTransfer> SignWalletV4(const SigningKey& key, const WalletV4Request& request,
                                            bool include_state_init, int8_t workchain) {
  if (request.messages.size() > kWalletV4MaxMessages) {
    return absl::InvalidArgumentError("more than 4 messages");
  }
  SignedTransfer transfer;
  ASSIGN_OR_RETURN(transfer.unsigned_body,
                   BuildUnsignedBody(request, &transfer.out_message_hashes));
  transfer.signature = key.Sign(transfer.unsigned_body->hash());
  CellBuilder body;
  body.Bytes(transfer.signature).Append(*transfer.unsigned_body);
  ASSIGN_OR_RETURN(transfer.body, body.Build());

  const CellRef state_init = WalletV4StateInit(request.wallet_id, key.public_key());
  RETURN_IF_ERROR(WrapBody({workchain, state_init->hash()},
                           include_state_init ? state_init : CellRef(), &transfer));
  return transfer;
}

}  // namespace starlift::ton
