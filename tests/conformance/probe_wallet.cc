#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "probe_case.h"
#include "probe_wallet_case.h"
#include "ton/boc.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton::probe {
namespace {

void DescribeWallet(const WalletCase& wallet, Json* answer) {
  Json& out = *answer;
  out["public_key_hex"] = HexOf(wallet.key.public_key);
  out["key"]["public_key_hex"] = HexOf(wallet.key.public_key);
  out["wallet"]["wallet_id_uint32"] = wallet.wallet_id;
  out["wallet"]["wallet_id_int32"] = static_cast<int32_t>(wallet.wallet_id);
  const CellRef code = wallet.version == WalletVersion::kV4R2 ? WalletV4Code() : WalletV5Code();
  const CellRef data = DataOf(wallet, /*seqno=*/0);
  const CellRef state_init = StateInitOf(wallet);
  Json& init = out["state_init"];
  init["code_hash_hex"] = HexOf(code->hash());
  init["data_hash_hex"] = HexOf(data->hash());
  init["data_boc_base64"] = WriteBocBase64(data);
  init["hash_hex"] = HexOf(state_init->hash());
  init["boc_base64"] = WriteBocBase64(state_init);
  const Address address = AddressOf(wallet);
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
  out["bytes"] = transfer.boc.size();
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
  ASSIGN_OR_RETURN(const WalletCase wallet, ReadWalletCase(input));
  ASSIGN_OR_RETURN(const SignedTransfer transfer, SignCase(wallet));
  ASSIGN_OR_RETURN(const std::vector<OutAction> actions, ReadBack(wallet, transfer));
  DescribeWallet(wallet, answer);
  DescribeBody(transfer, wallet.internal, answer);
  DescribeMessages(transfer, wallet.messages, actions, answer);
  if (!wallet.internal) DescribeExternal(transfer, wallet.include_state_init, answer);
  return absl::OkStatus();
}

}  // namespace starlift::ton::probe
