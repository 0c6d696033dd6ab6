#include "sandbox/refusal.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace starlift::sandbox {
namespace {

constexpr absl::string_view kCannotApply =
    "LITE_SERVER_UNKNOWN: cannot apply external message to current state : ";

}  // namespace

std::string MalformedText(const std::string& what) { return absl::StrCat(kCannotApply, what); }

std::string RefusalText(const ExternalOutcome& outcome, bool newer_wording) {
  const std::string account = absl::AsciiStrToUpper(ton::HexOf(outcome.account.address.hash));
  const std::string head =
      absl::StrCat(kCannotApply, "External message was not accepted",
                   newer_wording || outcome.before_execution ? ": cannot" : "\nCannot",
                   " run message on account: inbound external message rejected by ");
  if (outcome.before_execution) {
    return absl::StrCat(head, "account ", account, " before smart-contract execution");
  }
  return absl::StrCat(head, "transaction ", account, ":\nexitcode=", outcome.exit_code,
                      ", steps=49, gas_used=0\nVM Log (truncated):\n",
                      "...cute XCPU s2,s5\nexecute EQUAL\nexecute THROWIFNOT ", outcome.exit_code,
                      "\ndefault exception handler, terminating vm with exit code ",
                      outcome.exit_code, "\n");
}

}  // namespace starlift::sandbox
