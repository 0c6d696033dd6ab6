// Answers test cases: one case a line on stdin as JSON, one answer a line on stdout. Looks at the
// input fields of a case only, so that its answers mean the same whether the expected results stand
// beside them or not. Whatever comes in, a line goes out.

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "probe_case.h"

namespace starlift::ton::probe {
namespace {

struct Handler {
  absl::string_view kind;
  absl::Status (*answer)(const Json& input, Json* answer);
};

constexpr Handler kHandlers[] = {
    // mnemonic.json
    {"valid", AnswerMnemonic},
    {"valid_after_normalisation", AnswerMnemonic},
    {"valid_with_password", AnswerMnemonic},
    {"invalid_word", AnswerMnemonic},
    {"invalid_count", AnswerMnemonic},
    {"short_but_self_consistent", AnswerMnemonic},
    {"invalid_seed_version", AnswerMnemonic},
    {"password_not_needed", AnswerMnemonic},
    {"password_missing", AnswerMnemonic},
    {"password_wrong", AnswerMnemonic},
    {"bip39", AnswerMnemonic},
    {"ed25519_sign", AnswerSignature},
    // address.json
    {"roundtrip", AnswerAddressForms},
    {"parse_friendly", AnswerAddress},
    {"parse_raw", AnswerAddress},
    {"bad_checksum", AnswerAddress},
    {"bad_length", AnswerAddress},
    {"bad_tag", AnswerAddress},
    {"bad_alphabet", AnswerAddress},
    {"bad_raw", AnswerAddress},
    {"not_an_address", AnswerAddress},
    {"either_mixed_alphabet", AnswerAddress},
    // cell_boc.json; `single` is a kind of the wallets as well, see below
    {"tree", AnswerCellTable},
    {"chain", AnswerCellTable},
    {"shared", AnswerCellTable},
    {"known", AnswerCellTable},
    {"exotic", AnswerCellTable},
    {"variant", AnswerBocRoots},
    {"malformed", AnswerBoc},
    {"tolerated_by_reference", AnswerBoc},
    {"malformed_text", AnswerBocText},
    {"text_form", AnswerBocText},
    // comment_payload.json
    {"fragment_style", AnswerComment},
    {"length", AnswerComment},
    {"cyrillic", AnswerComment},
    {"emoji_cjk", AnswerComment},
    {"control", AnswerComment},
    {"other_chunking", AnswerCommentFile},
    {"not_a_comment", AnswerCommentFile},
    {"invalid_utf8", AnswerCommentFile},
    // wallet_v5r1.json and wallet_v4r2.json: the version stands in the case
    {"undeployed", AnswerWallet},
    {"batch", AnswerWallet},
    {"batch_small", AnswerWallet},
    {"batch_large", AnswerWallet},
    {"batch_max", AnswerWallet},
    {"testnet", AnswerWallet},
    {"subwallet", AnswerWallet},
    {"custom_context", AnswerWallet},
    {"masterchain_wallet", AnswerWallet},
    {"modes", AnswerWallet},
    {"body_placement", AnswerWallet},
    {"amounts", AnswerWallet},
    {"deploys_another", AnswerWallet},
    {"comments", AnswerWallet},
    {"same_message_repeated", AnswerWallet},
    {"signed_internal", AnswerWallet},
    {"no_messages", AnswerWallet},
};

absl::Status AnswerCase(const Json& input, Json* answer) {
  if (!input.is_object()) return absl::InvalidArgumentError("malformed_case: not a JSON object");
  if (Has(input, "id") && input["id"].is_string()) (*answer)["id"] = input["id"];
  const absl::StatusOr<absl::string_view> kind = StringAt(input, "kind");
  if (!kind.ok()) return kind.status();
  if (*kind == "single") {
    return Has(input, "wallet") ? AnswerWallet(input, answer) : AnswerCellTable(input, answer);
  }
  for (const Handler& handler : kHandlers) {
    if (handler.kind == *kind) return handler.answer(input, answer);
  }
  return absl::InvalidArgumentError("malformed_case: unknown kind");
}

std::string AnswerLine(const std::string& line) {
  Json answer = {{"id", nullptr}};
  const Json input = Json::parse(line, /*cb=*/nullptr, /*allow_exceptions=*/false);
  const absl::Status status = AnswerCase(input, &answer);
  answer["accepted"] = status.ok();
  if (!status.ok()) answer["reason"] = std::string(status.message());
  return answer.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace
}  // namespace starlift::ton::probe

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << starlift::ton::probe::AnswerLine(line) << '\n' << std::flush;
  }
  return 0;
}
