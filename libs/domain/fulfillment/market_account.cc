#include "domain/fulfillment/market_account.h"

#include "base/check.h"
#include "ton/boc.h"
#include "ton/wallet_v5r1.h"

namespace starlift {

MarketAccount AccountFor(const Payer& payer, int32_t network_global_id) {
  const absl::StatusOr<ton::Hash256> key = ton::ParseHash(payer.public_key_hex);
  STARLIFT_CHECK(key.ok());
  MarketAccount account;
  account.address = payer.wallet_address;
  account.public_key_hex = payer.public_key_hex;
  account.state_init_base64 = ton::WriteBocBase64(
      ton::WalletV5StateInit(ton::WalletV5Id(network_global_id), *key), {.crc = false});
  account.max_messages = ton::kWalletV5MaxMessages;
  return account;
}

}  // namespace starlift
