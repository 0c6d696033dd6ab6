#include "domain/fulfillment/market_account.h"

#include <string>

#include "domain/payment/wallet_contract.h"
#include "ton/boc.h"

namespace starlift {

MarketAccount AccountFor(const Payer& payer, absl::string_view session_wallet,
                         int32_t network_global_id) {
  MarketAccount account;
  if (!session_wallet.empty() && session_wallet != payer.wallet_address) {
    account.address = std::string(session_wallet);
    return account;
  }
  account.address = payer.wallet_address;
  account.public_key_hex = payer.public_key_hex;
  account.state_init_base64 =
      ton::WriteBocBase64(StateInitOf(payer, network_global_id), {.crc = false});
  account.max_messages = MaxPayments(payer.version);
  return account;
}

}  // namespace starlift
