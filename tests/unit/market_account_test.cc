#include "domain/fulfillment/market_account.h"

#include <gtest/gtest.h>

#include "domain/payment/wallet_contract.h"
#include "ton/boc.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

Payer PayerOf(int32_t network, WalletVersion version = WalletVersion::kV5R1) {
  const ton::KeyPair key = ton::KeyPairFromSeed(std::vector<uint8_t>(32, 7));
  return PayerFor(version, key.public_key, network);
}

TEST(MarketAccountTest, IsTheWalletAsItsOwnSoftwareWouldShowIt) {
  for (const WalletVersion version : {WalletVersion::kV5R1, WalletVersion::kV4R2}) {
    for (const int32_t network : {ton::kMainnet, ton::kTestnet}) {
      const Payer payer = PayerOf(network, version);
      const MarketAccount account = AccountFor(payer, "", network);
      EXPECT_EQ(account.address, payer.wallet_address);
      EXPECT_EQ(account.public_key_hex, payer.public_key_hex);
      EXPECT_EQ(account.max_messages, version == WalletVersion::kV5R1 ? 255 : 4);
      const auto state_init = ton::ReadBocBase64(account.state_init_base64);
      ASSERT_TRUE(state_init.ok()) << state_init.status();
      EXPECT_EQ(ton::RawForm({0, (*state_init)->hash()}), payer.wallet_address)
          << "a StateInit's hash is its contract's address";
    }
  }
}

TEST(MarketAccountTest, TheConnectedWalletShowsItselfWhenItPays) {
  const Payer payer = PayerOf(ton::kMainnet);
  const MarketAccount account = AccountFor(payer, payer.wallet_address, ton::kMainnet);
  EXPECT_EQ(account.public_key_hex, payer.public_key_hex);
  EXPECT_FALSE(account.state_init_base64.empty());
}

TEST(MarketAccountTest, ForAForeignPayerOnlyTheConnectedAddressShows) {
  const std::string connected =
      "0:1111111111111111111111111111111111111111111111111111111111111111";
  const MarketAccount account = AccountFor(PayerOf(ton::kMainnet), connected, ton::kMainnet);
  EXPECT_EQ(account.address, connected);
  EXPECT_EQ(account.public_key_hex, "");
  EXPECT_EQ(account.state_init_base64, "");
}

TEST(MarketAccountDeathTest, AMalformedKeyEndsTheProcess) {
  Payer payer = PayerOf(ton::kMainnet);
  payer.public_key_hex.pop_back();
  EXPECT_DEATH((void)AccountFor(payer, "", ton::kMainnet), "check failed");
}

}  // namespace
}  // namespace starlift
