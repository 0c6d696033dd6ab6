#include "domain/payment/wallet_contract.h"

#include <utility>

#include "absl/status/status.h"
#include "base/check.h"
#include "base/error.h"
#include "ton/address.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

absl::Status Unsupported(absl::string_view why) { return Fail(Reason::kWalletUnsupported, why); }

absl::StatusOr<WalletState> ReadV5(const AccountState& account) {
  const absl::StatusOr<ton::WalletV5State> state = ton::ParseWalletV5Data(account.data);
  if (!state.ok()) return Unsupported("the wallet's data cannot be read");
  if (!state->signature_allowed) return Unsupported("the wallet does not accept signatures");
  if (state->has_extensions) return Unsupported("the wallet has extensions that can spend from it");
  return WalletState{WalletVersion::kV5R1, state->seqno, state->wallet_id,
                     ton::HexOf(state->public_key)};
}

absl::StatusOr<WalletState> ReadV4(const AccountState& account) {
  const absl::StatusOr<ton::WalletV4State> state = ton::ParseWalletV4Data(account.data);
  if (!state.ok()) return Unsupported("the wallet's data cannot be read");
  if (state->has_plugins) return Unsupported("the wallet has plugins that can spend from it");
  return WalletState{WalletVersion::kV4R2, state->seqno, state->wallet_id,
                     ton::HexOf(state->public_key)};
}

}  // namespace

int MaxPayments(WalletVersion version) {
  return version == WalletVersion::kV4R2 ? ton::kWalletV4MaxMessages : ton::kWalletV5MaxMessages;
}

uint32_t WalletIdFor(WalletVersion version, int32_t network_global_id) {
  return version == WalletVersion::kV4R2 ? ton::WalletV4IdFor()
                                         : ton::WalletV5Id(network_global_id);
}

Payer PayerFor(WalletVersion version, const std::array<uint8_t, 32>& public_key,
               int32_t network_global_id) {
  const uint32_t id = WalletIdFor(version, network_global_id);
  const ton::Address address = version == WalletVersion::kV4R2
                                   ? ton::WalletV4Address(public_key)
                                   : ton::WalletV5Address(id, public_key);
  return {ton::RawForm(address), version, ton::HexOf(public_key)};
}

ton::CellRef StateInitOf(const Payer& payer, int32_t network_global_id) {
  const absl::StatusOr<ton::Hash256> key = ton::ParseHash(payer.public_key_hex);
  STARLIFT_CHECK(key.ok());
  const uint32_t id = WalletIdFor(payer.version, network_global_id);
  return payer.version == WalletVersion::kV4R2 ? ton::WalletV4StateInit(id, *key)
                                               : ton::WalletV5StateInit(id, *key);
}

absl::StatusOr<ton::SignedTransfer> SignFor(const ton::SigningKey& key,
                                            const SigningRequest& request) {
  const auto valid_until = static_cast<uint32_t>(absl::ToUnixSeconds(request.valid_until));
  const auto seqno = static_cast<uint32_t>(request.seqno);
  const uint32_t id = WalletIdFor(request.version, request.network_global_id);
  if (request.version == WalletVersion::kV4R2) {
    return ton::SignWalletV4(key, {id, valid_until, seqno, request.messages}, !request.deployed);
  }
  ton::WalletV5Request v5;
  v5.wallet_id = id;
  v5.valid_until = valid_until;
  v5.seqno = seqno;
  v5.messages = request.messages;
  return ton::SignWalletV5(key, v5, !request.deployed);
}

absl::StatusOr<WalletState> ReadWalletCells(const AccountState& account) {
  if (account.code == nullptr) return Unsupported("the account has no code");
  if (account.data == nullptr) return Unsupported("the wallet's data is missing");
  if (account.code->hash() == ton::WalletV5Code()->hash()) return ReadV5(account);
  if (account.code->hash() == ton::WalletV4Code()->hash()) return ReadV4(account);
  return Unsupported("the account's contract is neither Wallet V5R1 nor V4R2");
}

}  // namespace starlift
