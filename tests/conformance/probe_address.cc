#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "probe_case.h"
#include "ton/address.h"

namespace starlift::ton::probe {
namespace {

// Every spelling of the address, each read back.
absl::Status WriteForms(const Address& address, Json* answer) {
  (*answer)["workchain"] = address.workchain;
  (*answer)["hash_hex"] = HexOf(address.hash);
  (*answer)["raw"] = RawForm(address);
  Json& friendly = (*answer)["friendly"] = Json::object();
  for (int form = 0; form < 8; ++form) {
    const FriendlyFlags flags = {.bounceable = form < 4, .test_only = (form & 2) != 0};
    const bool standard = (form & 1) != 0;
    const std::string text = FriendlyForm(address, flags, standard);
    friendly[absl::StrCat(flags.bounceable ? "bounceable_" : "non_bounceable_",
                          flags.test_only ? "test_" : "main_", standard ? "std" : "url")] = text;
    FriendlyFlags read;
    ASSIGN_OR_RETURN(const Address back, ParseAddress(text, &read));
    if (back != address || read.bounceable != flags.bounceable ||
        read.test_only != flags.test_only) {
      return absl::InternalError("an address of our own is read as another");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AnswerAddress(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(input, "input"));
  FriendlyFlags flags;
  ASSIGN_OR_RETURN(const Address address, ParseAddress(text, &flags));
  if (text.find(':') == absl::string_view::npos) {
    (*answer)["bounceable"] = flags.bounceable;
    (*answer)["test_only"] = flags.test_only;
  }
  return WriteForms(address, answer);
}

absl::Status AnswerAddressForms(const Json& input, Json* answer) {
  Address address;
  if (Has(input, "hash_hex")) {
    ASSIGN_OR_RETURN(const int64_t workchain, IntAt(input, "workchain", INT8_MIN, INT8_MAX));
    address.workchain = static_cast<int8_t>(workchain);
    ASSIGN_OR_RETURN(address.hash, HashAt(input, "hash_hex"));
  } else {
    ASSIGN_OR_RETURN(const absl::string_view raw,
                     StringAt(input, Has(input, "raw") ? "raw" : "input"));
    ASSIGN_OR_RETURN(address, ParseAddress(raw));
  }
  ASSIGN_OR_RETURN(const Address back, ParseAddress(RawForm(address)));
  if (back != address) return absl::InternalError("a raw form of our own is read as another");
  return WriteForms(address, answer);
}

}  // namespace starlift::ton::probe
