#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "probe_case.h"
#include "ton/boc.h"
#include "ton/comment.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton::probe {
namespace {

struct Wallet {
  KeyPair key;
  uint32_t id = 0;
  int8_t workchain = 0;
  bool test_only = false;
};

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed_case: ", what));
}

absl::StatusOr<uint32_t> WalletIdOf(const Json& wallet, int32_t network, int8_t workchain) {
  if (Has(wallet, "custom_context")) {
    ASSIGN_OR_RETURN(const int64_t context, IntAt(wallet, "custom_context", 0, INT32_MAX));
    return WalletV5CustomId(network, static_cast<uint32_t>(context));
  }
  ASSIGN_OR_RETURN(const int64_t number, IntAt(wallet, "subwallet_number", 0, INT16_MAX));
  return WalletV5Id(network, workchain, static_cast<uint16_t>(number));
}

absl::StatusOr<Wallet> WalletOf(const Json& input) {
  ASSIGN_OR_RETURN(const Json* key, ObjectAt(input, "key"));
  ASSIGN_OR_RETURN(const Hash256 seed, HashAt(*key, "ed25519_seed_hex"));
  ASSIGN_OR_RETURN(const Json* fields, ObjectAt(input, "wallet"));
  if (Has(*fields, "version")) {
    ASSIGN_OR_RETURN(const absl::string_view version, StringAt(*fields, "version"));
    if (version != "v5r1") return Malformed("version");
  }
  ASSIGN_OR_RETURN(const int64_t network,
                   IntAt(*fields, "network_global_id", INT32_MIN, INT32_MAX));
  ASSIGN_OR_RETURN(const int64_t workchain, IntAt(*fields, "workchain", INT8_MIN, INT8_MAX));
  Wallet wallet;
  wallet.key = KeyPairFromSeed(seed);
  wallet.workchain = static_cast<int8_t>(workchain);
  wallet.test_only = network == kTestnet;
  ASSIGN_OR_RETURN(wallet.id, WalletIdOf(*fields, static_cast<int32_t>(network), wallet.workchain));
  return wallet;
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

absl::StatusOr<WalletV5Request> RequestOf(const Json& input, uint32_t wallet_id) {
  WalletV5Request request;
  request.wallet_id = wallet_id;
  ASSIGN_OR_RETURN(const int64_t seqno, IntAt(input, "seqno", 0, UINT32_MAX));
  ASSIGN_OR_RETURN(const int64_t valid_until, IntAt(input, "valid_until", 0, UINT32_MAX));
  request.seqno = static_cast<uint32_t>(seqno);
  request.valid_until = static_cast<uint32_t>(valid_until);
  if (Has(input, "auth")) {
    ASSIGN_OR_RETURN(const absl::string_view auth, StringAt(input, "auth"));
    if (auth != "external" && auth != "internal") return Malformed("auth");
    request.internal = auth == "internal";
  }
  ASSIGN_OR_RETURN(const Json* messages, ArrayAt(input, "messages"));
  for (const Json& fields : *messages) {
    ASSIGN_OR_RETURN(OutMessage message, MessageOf(fields));
    request.messages.push_back(std::move(message));
  }
  return request;
}

void DescribeWallet(const Wallet& wallet, Json* answer) {
  Json& out = *answer;
  out["public_key_hex"] = HexOf(wallet.key.public_key);
  out["key"]["public_key_hex"] = HexOf(wallet.key.public_key);
  out["wallet"]["wallet_id_uint32"] = wallet.id;
  out["wallet"]["wallet_id_int32"] = static_cast<int32_t>(wallet.id);
  const CellRef data = WalletV5Data(0, wallet.id, wallet.key.public_key);
  const CellRef state_init = WalletV5StateInit(wallet.id, wallet.key.public_key);
  Json& init = out["state_init"];
  init["code_hash_hex"] = HexOf(WalletV5Code()->hash());
  init["data_hash_hex"] = HexOf(data->hash());
  init["data_boc_base64"] = WriteBocBase64(data);
  init["hash_hex"] = HexOf(state_init->hash());
  init["boc_base64"] = WriteBocBase64(state_init);
  const Address address = WalletV5Address(wallet.id, wallet.key.public_key, wallet.workchain);
  out["address"]["raw"] = RawForm(address);
  out["address"]["bounceable"] = FriendlyForm(address, {true, wallet.test_only});
  out["address"]["non_bounceable"] = FriendlyForm(address, {false, wallet.test_only});
}

void DescribeMessages(const SignedTransfer& transfer, const std::vector<OutMessage>& messages,
                      const std::vector<OutAction>& actions, Json* answer) {
  (*answer)["message_count"] = messages.size();
  Json& hashes = (*answer)["out_message_hashes_hex"] = Json::array();
  for (const Hash256& hash : transfer.out_message_hashes) hashes.push_back(HexOf(hash));
  Json& list = (*answer)["messages"] = Json::array();
  for (size_t i = 0; i < messages.size(); ++i) {
    Json message;
    message["to_raw"] = RawForm(messages[i].destination);
    message["to"] = FriendlyForm(messages[i].destination, {.bounceable = messages[i].bounce});
    message["mode"] = actions[i].mode;
    message["body"] = Json::object();
    if (messages[i].body != nullptr) {
      message["body"]["hash_hex"] = HexOf(messages[i].body->hash());
      message["body"]["boc_base64"] = WriteBocBase64(messages[i].body);
    }
    list.push_back(std::move(message));
  }
}

void DescribeExternal(const SignedTransfer& transfer, bool with_state_init, Json* answer) {
  Json& out = (*answer)["external_message"] = Json::object();
  DescribeTree(transfer.external, &out);
  out["boc_base64"] = WriteBocBase64(transfer.external);
  out["bytes"] = WriteBoc(transfer.external).size();
  out["state_init_in_ref"] = with_state_init ? Json(transfer.state_init_in_ref) : Json();
  out["body_in_ref"] = transfer.body_in_ref;
  out["hash_hex"] = HexOf(transfer.message_hash);
  out["normalized_hash_hex"] = HexOf(transfer.normalized_hash);
}

void DescribeBody(const SignedTransfer& transfer, bool internal, Json* answer) {
  Json& out = *answer;
  out["out_list_hash_hex"] =
      transfer.out_list == nullptr ? Json() : Json(HexOf(transfer.out_list->hash()));
  out["unsigned_body_boc_base64"] = WriteBocBase64(transfer.unsigned_body);
  out["unsigned_body_hash_hex"] = HexOf(transfer.unsigned_body->hash());
  out["signature_hex"] = HexOf(transfer.signature);
  out["body_hash_hex"] = HexOf(transfer.body->hash());
  if (internal) out["internal_body_boc_base64"] = WriteBocBase64(transfer.body);
}

}  // namespace

absl::Status AnswerWallet(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const Wallet wallet, WalletOf(input));
  ASSIGN_OR_RETURN(const WalletV5Request request, RequestOf(input, wallet.id));
  bool with_state_init = false;
  if (Has(input, "include_state_init")) {
    ASSIGN_OR_RETURN(with_state_init, BoolAt(input, "include_state_init"));
  }
  ASSIGN_OR_RETURN(const SignedTransfer transfer,
                   SignWalletV5(wallet.key, request, with_state_init, wallet.workchain));
  ASSIGN_OR_RETURN(const std::vector<OutAction> actions, ParseOutList(transfer.out_list));
  DescribeWallet(wallet, answer);
  DescribeBody(transfer, request.internal, answer);
  DescribeMessages(transfer, request.messages, actions, answer);
  if (!request.internal) DescribeExternal(transfer, with_state_init, answer);
  return absl::OkStatus();
}

}  // namespace starlift::ton::probe
