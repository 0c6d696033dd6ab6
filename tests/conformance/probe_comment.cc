#include "absl/status/status.h"
#include "base/status_macros.h"
#include "probe_case.h"
#include "ton/base64.h"
#include "ton/boc.h"
#include "ton/comment.h"

namespace starlift::ton::probe {
namespace {

struct Form {
  const char* name;
  BocOptions options;
  Base64Alphabet alphabet;
  bool padding;
};

constexpr Form kForms[] = {
    {"boc_base64", {.crc = true}, Base64Alphabet::kStandard, true},
    {"boc_base64url_nopad", {.crc = true}, Base64Alphabet::kUrl, false},
    {"boc_base64_nocrc", {.crc = false}, Base64Alphabet::kStandard, true},
    {"boc_base64url_nopad_nocrc", {.crc = false}, Base64Alphabet::kUrl, false},
    {"boc_base64_idx_crc", {.crc = true, .index = true}, Base64Alphabet::kStandard, true},
};

absl::Status WriteForms(const CellRef& cell, Json* answer) {
  for (const Form& form : kForms) {
    const std::string text =
        EncodeBase64(WriteBoc(cell, form.options), form.alphabet, form.padding);
    (*answer)[form.name] = text;
    ASSIGN_OR_RETURN(const CellRef back, ReadBocBase64(text));
    if (back->hash() != cell->hash()) {
      return absl::InternalError("a BoC of our own is read as another");
    }
  }
  return absl::OkStatus();
}

absl::Status Describe(const CellRef& cell, Json* answer) {
  (*answer)["hash_hex"] = HexOf(cell->hash());
  DescribeTree(cell, answer);
  RETURN_IF_ERROR(WriteForms(cell, answer));
  ASSIGN_OR_RETURN(const std::string bytes, ReadCommentBytes(cell));
  const std::string hex = HexOf({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  (*answer)["bytes_hex"] = hex;
  ASSIGN_OR_RETURN(const std::string text, ReadComment(cell));
  (*answer)["text"] = text;
  (*answer)["text_utf8_hex"] = hex;
  (*answer)["utf8_bytes"] = bytes.size();
  return absl::OkStatus();
}

}  // namespace

absl::Status AnswerComment(const Json& input, Json* answer) {
  if (!Has(input, "text")) return AnswerCommentFile(input, answer);
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(input, "text"));
  ASSIGN_OR_RETURN(const CellRef cell, WriteComment(text));
  return Describe(cell, answer);
}

absl::Status AnswerCommentFile(const Json& input, Json* answer) {
  for (const Form& form : kForms) {
    if (!Has(input, form.name)) continue;
    ASSIGN_OR_RETURN(const CellRef cell, BocAt(input, form.name));
    return Describe(cell, answer);
  }
  ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, HexAt(input, "bytes_hex"));
  ASSIGN_OR_RETURN(const CellRef cell, WriteComment(std::string(bytes.begin(), bytes.end())));
  return Describe(cell, answer);
}

}  // namespace starlift::ton::probe
