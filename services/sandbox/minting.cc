#include "sandbox/minting.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "sandbox/seeded_random.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr const char* kVersionNames[] = {"v5r1", "v4r2"};

absl::StatusOr<WalletVersion> VersionIn(const json& order) {
  const std::string name = order.value("version", "v5r1");
  if (name == kVersionNames[0]) return WalletVersion::kV5R1;
  if (name == kVersionNames[1]) return WalletVersion::kV4R2;
  return absl::InvalidArgumentError("version is v5r1 or v4r2");
}

SeededRandom ForkRandom(World& world) {
  const std::lock_guard<std::mutex> lock(world.mutex);
  uint64_t seed = 0;
  world.random->Fill({reinterpret_cast<uint8_t*>(&seed), sizeof(seed)});
  return SeededRandom(seed);
}

std::string Phrase(const std::vector<Secret>& words) {
  return absl::StrJoin(words, " ", [](std::string* out, const Secret& word) {
    absl::StrAppend(out, word.RevealString());
  });
}

// Stretching takes some 40 ms, and finding a phrase more: nobody waits for that at the lock.
absl::StatusOr<std::vector<Secret>> WordsIn(World& world, const json& order) {
  if (order.contains("mnemonic")) {
    return ton::SplitWords(order["mnemonic"].get<std::string>());
  }
  SeededRandom random = ForkRandom(world);
  return ton::NewMnemonic(random);
}

// The data cell of a wallet: as published, or with the traits that a careful client refuses.
absl::StatusOr<ton::CellRef> WalletData(const json& order, const MintedWallet& minted) {
  ton::CellBuilder builder;
  if (minted.version == WalletVersion::kV5R1) builder.Bit(order.value("signature_allowed", true));
  builder.Uint(order.value("seqno", 0u), 32).Uint(minted.wallet_id, 32);
  builder.Bytes(minted.key.public_key);
  const auto extension = ton::CellBuilder().Uint(0xa000, 16).Build();
  return builder.MaybeRef(order.value("extensions", false) ? *extension : nullptr).Build();
}

ton::Address AddressOf(const MintedWallet& minted) {
  return minted.version == WalletVersion::kV5R1
             ? ton::WalletV5Address(minted.wallet_id, minted.key.public_key)
             : ton::WalletV4Address(minted.key.public_key);
}

absl::StatusOr<Account> MakeAccount(const json& order, const MintedWallet& minted) {
  Account account;
  account.address = AddressOf(minted);
  ASSIGN_OR_RETURN(account.balance_nano, BalanceIn(order));
  account.status =
      account.balance_nano == 0 ? AccountStatus::kNonexistent : AccountStatus::kUninitialized;
  if (order.value("deployed", false)) {
    account.status = AccountStatus::kActive;
    const bool v5 = minted.version == WalletVersion::kV5R1;
    account.code = v5 ? ton::WalletV5Code() : ton::WalletV4Code();
    ASSIGN_OR_RETURN(account.data, WalletData(order, minted));
  }
  return account;
}

}  // namespace

absl::StatusOr<uint64_t> BalanceIn(const json& order) {
  uint64_t nano = 0;
  const json value = order.value("balance_nano", json("0"));
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (!absl::SimpleAtoi(text, &nano)) {
    return absl::InvalidArgumentError("balance_nano is a decimal string");
  }
  return nano;
}

absl::StatusOr<json> MintWallet(World& world, const json& order) {
  MintedWallet minted;
  ASSIGN_OR_RETURN(minted.version, VersionIn(order));
  ASSIGN_OR_RETURN(const std::vector<Secret> words, WordsIn(world, order));
  ASSIGN_OR_RETURN(minted.key, ton::StretchMnemonic(words, Secret()));
  minted.wallet_id = minted.version == WalletVersion::kV5R1
                         ? ton::WalletV5Id(order.value("network_global_id", ton::kMainnet))
                         : ton::WalletV4IdFor();
  ASSIGN_OR_RETURN(const Account account, MakeAccount(order, minted));
  const json answer = {{"mnemonic", Phrase(words)},
                       {"address", ton::RawForm(account.address)},
                       {"public_key", ton::HexOf(minted.key.public_key)},
                       {"version", kVersionNames[static_cast<int>(minted.version)]}};
  const std::lock_guard<std::mutex> lock(world.mutex);
  world.chain.Put(account, world.MachineMs());
  world.wallets.insert_or_assign(account.address, std::move(minted));
  return answer;
}

}  // namespace starlift::sandbox
