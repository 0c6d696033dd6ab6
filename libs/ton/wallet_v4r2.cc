#include "ton/wallet_v4r2.h"

#include "ton/boc.h"
#include "ton/message.h"
#include "ton/wallet_code.h"

namespace starlift::ton {

Address WalletV4Address(const std::array<uint8_t, 32>& public_key, int8_t workchain) {
  static const CellRef& code = *new CellRef(ReadBocBase64(kWalletV4R2Code).value());
  CellBuilder data;
  data.Uint(0, 32).Uint(kWalletV4Id + static_cast<uint32_t>(int32_t{workchain}), 32);
  data.Bytes(public_key).Bit(false);
  return {workchain, BuildStateInit(code, data.Build().value()).value()->hash()};
}

}  // namespace starlift::ton
