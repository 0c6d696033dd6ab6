#include "probe_wallet_case.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ton/comment.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton::probe {
namespace {

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed_case: ", what));
}

absl::StatusOr<uint32_t> Uint32At(const Json& object, const char* key) {
  ASSIGN_OR_RETURN(const int64_t value, IntAt(object, key, 0, UINT32_MAX));
  return static_cast<uint32_t>(value);
}

absl::StatusOr<WalletVersion> VersionOf(const Json& wallet) {
  if (!Has(wallet, "version")) return WalletVersion::kV5R1;
  ASSIGN_OR_RETURN(const absl::string_view version, StringAt(wallet, "version"));
  if (version == "v4r2") return WalletVersion::kV4R2;
  if (version == "v5r1") return WalletVersion::kV5R1;
  return Malformed("version");
}

// V4R2: a case that names no id is about the usual wallet of its workchain.
absl::StatusOr<uint32_t> IdOfV4(const Json& wallet, int8_t workchain) {
  if (!Has(wallet, "wallet_id_uint32")) return WalletV4IdFor(workchain);
  return Uint32At(wallet, "wallet_id_uint32");
}

absl::StatusOr<uint32_t> IdOfV5(const Json& wallet, int32_t network, int8_t workchain) {
  if (Has(wallet, "custom_context")) {
    ASSIGN_OR_RETURN(const int64_t context, IntAt(wallet, "custom_context", 0, INT32_MAX));
    return WalletV5CustomId(network, static_cast<uint32_t>(context));
  }
  ASSIGN_OR_RETURN(const int64_t number, IntAt(wallet, "subwallet_number", 0, INT16_MAX));
  return WalletV5Id(network, workchain, static_cast<uint16_t>(number));
}

absl::Status ReadWallet(const Json& fields, WalletCase* wallet) {
  ASSIGN_OR_RETURN(wallet->version, VersionOf(fields));
  ASSIGN_OR_RETURN(const int64_t workchain, IntAt(fields, "workchain", INT8_MIN, INT8_MAX));
  wallet->workchain = static_cast<int8_t>(workchain);
  if (wallet->version == WalletVersion::kV4R2) {
    ASSIGN_OR_RETURN(wallet->wallet_id, IdOfV4(fields, wallet->workchain));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const int64_t network, IntAt(fields, "network_global_id", INT32_MIN, INT32_MAX));
  wallet->test_only = network == kTestnet;
  ASSIGN_OR_RETURN(wallet->wallet_id,
                   IdOfV5(fields, static_cast<int32_t>(network), wallet->workchain));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> AmountOf(const Json& message) {
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(message, "amount_nano"));
  uint64_t amount = 0;
  if (text.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(text, &amount)) {
    return Malformed("amount_nano");
  }
  return amount;
}

absl::StatusOr<CellRef> BodyOf(const Json& message) {
  ASSIGN_OR_RETURN(const Json* body, ObjectAt(message, "body"));
  ASSIGN_OR_RETURN(const absl::string_view kind, StringAt(*body, "kind"));
  if (kind == "none") return CellRef();
  if (kind == "cell") return BocAt(*body, "boc_base64");
  if (kind != "comment") return Malformed("body");
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(*body, "text"));
  return WriteComment(text);
}

absl::StatusOr<OutMessage> MessageOf(const Json& fields) {
  OutMessage message;
  ASSIGN_OR_RETURN(const absl::string_view to,
                   StringAt(fields, Has(fields, "to_raw") ? "to_raw" : "to"));
  ASSIGN_OR_RETURN(message.destination, ParseAddress(to));
  ASSIGN_OR_RETURN(message.amount_nano, AmountOf(fields));
  ASSIGN_OR_RETURN(message.bounce, BoolAt(fields, "bounce"));
  // `mode` is what must be stored; where something else was asked for, `mode_given` says what.
  ASSIGN_OR_RETURN(const int64_t mode,
                   IntAt(fields, Has(fields, "mode_given") ? "mode_given" : "mode", 0, UINT8_MAX));
  message.mode = static_cast<uint8_t>(mode);
  ASSIGN_OR_RETURN(message.body, BodyOf(fields));
  if (Has(fields, "state_init_boc_base64")) {
    ASSIGN_OR_RETURN(message.state_init, BocAt(fields, "state_init_boc_base64"));
  }
  return message;
}

absl::Status ReadRequest(const Json& input, WalletCase* wallet) {
  ASSIGN_OR_RETURN(wallet->seqno, Uint32At(input, "seqno"));
  ASSIGN_OR_RETURN(wallet->valid_until, Uint32At(input, "valid_until"));
  if (Has(input, "auth")) {
    ASSIGN_OR_RETURN(const absl::string_view auth, StringAt(input, "auth"));
    if (auth != "external" && auth != "internal") return Malformed("auth");
    wallet->internal = auth == "internal";
  }
  if (wallet->internal && wallet->version != WalletVersion::kV5R1) return Malformed("auth");
  if (Has(input, "include_state_init")) {
    ASSIGN_OR_RETURN(wallet->include_state_init, BoolAt(input, "include_state_init"));
  }
  ASSIGN_OR_RETURN(const Json* messages, ArrayAt(input, "messages"));
  for (const Json& fields : *messages) {
    ASSIGN_OR_RETURN(OutMessage message, MessageOf(fields));
    wallet->messages.push_back(std::move(message));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WalletCase> ReadWalletCase(const Json& input) {
  WalletCase wallet;
  ASSIGN_OR_RETURN(const Json* key, ObjectAt(input, "key"));
  ASSIGN_OR_RETURN(const Hash256 seed, HashAt(*key, "ed25519_seed_hex"));
  wallet.key = KeyPairFromSeed(seed);
  ASSIGN_OR_RETURN(const Json* fields, ObjectAt(input, "wallet"));
  RETURN_IF_ERROR(ReadWallet(*fields, &wallet));
  RETURN_IF_ERROR(ReadRequest(input, &wallet));
  return wallet;
}

CellRef DataOf(const WalletCase& wallet, uint32_t seqno) {
  const bool v4 = wallet.version == WalletVersion::kV4R2;
  return v4 ? WalletV4Data(seqno, wallet.wallet_id, wallet.key.public_key)
            : WalletV5Data(seqno, wallet.wallet_id, wallet.key.public_key);
}

CellRef StateInitOf(const WalletCase& wallet) {
  const bool v4 = wallet.version == WalletVersion::kV4R2;
  return v4 ? WalletV4StateInit(wallet.wallet_id, wallet.key.public_key)
            : WalletV5StateInit(wallet.wallet_id, wallet.key.public_key);
}

Address AddressOf(const WalletCase& wallet) {
  if (wallet.version == WalletVersion::kV5R1) {
    return WalletV5Address(wallet.wallet_id, wallet.key.public_key, wallet.workchain);
  }
  if (wallet.wallet_id == WalletV4IdFor(wallet.workchain)) {
    return WalletV4Address(wallet.key.public_key, wallet.workchain);
  }
  return {wallet.workchain, StateInitOf(wallet)->hash()};
}

absl::StatusOr<SignedTransfer> SignCase(const WalletCase& wallet) {
  if (wallet.version == WalletVersion::kV4R2) {
    const WalletV4Request request = {wallet.wallet_id, wallet.valid_until, wallet.seqno,
                                     wallet.messages, /*keep_modes=*/true};
    return SignWalletV4(wallet.key, request, wallet.include_state_init, wallet.workchain);
  }
  const WalletV5Request request = {wallet.wallet_id, wallet.valid_until, wallet.seqno,
                                   wallet.messages, wallet.internal};
  return SignWalletV5(wallet.key, request, wallet.include_state_init, wallet.workchain);
}

}  // namespace starlift::ton::probe
