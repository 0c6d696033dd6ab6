#include "domain/fulfillment/market_account.h"

#include <gtest/gtest.h>

#include "ton/boc.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

Payer PayerOf(int32_t network) {
  const ton::KeyPair key = ton::KeyPairFromSeed(std::vector<uint8_t>(32, 7));
  Payer payer;
  payer.public_key_hex = ton::HexOf(key.public_key);
  payer.wallet_address =
      ton::RawForm(ton::WalletV5Address(ton::WalletV5Id(network), key.public_key));
  return payer;
}

TEST(MarketAccountTest, IsTheWalletAsItsOwnSoftwareWouldShowIt) {
  for (const int32_t network : {ton::kMainnet, ton::kTestnet}) {
    const Payer payer = PayerOf(network);
    const MarketAccount account = AccountFor(payer, network);
    EXPECT_EQ(account.address, payer.wallet_address);
    EXPECT_EQ(account.public_key_hex, payer.public_key_hex);
    EXPECT_EQ(account.max_messages, 255);
    const auto state_init = ton::ReadBocBase64(account.state_init_base64);
    ASSERT_TRUE(state_init.ok()) << state_init.status();
    EXPECT_EQ(ton::RawForm({0, (*state_init)->hash()}), payer.wallet_address)
        << "a StateInit's hash is its contract's address";
  }
}

TEST(MarketAccountDeathTest, AMalformedKeyEndsTheProcess) {
  Payer payer = PayerOf(ton::kMainnet);
  payer.public_key_hex.pop_back();
  EXPECT_DEATH((void)AccountFor(payer, ton::kMainnet), "check failed");
}

}  // namespace
}  // namespace starlift
