#include "domain/access/operator_note.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error.h"

namespace starlift {
namespace {

constexpr size_t kMostName = 64;
constexpr size_t kMostReason = 1000;

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("._@+-").find(c) != absl::string_view::npos;
}

}  // namespace

absl::Status CheckOperatorNote(const OperatorNote& note) {
  if (note.name.empty() || note.name.size() > kMostName ||
      !std::all_of(note.name.begin(), note.name.end(), IsNameCharacter)) {
    return FailField(Reason::kInvalidField, "operator",
                     "who does this: 1 to 64 of A-Z, a-z, 0-9, '.', '_', '@', '+', '-'");
  }
  if (absl::StripAsciiWhitespace(note.reason).empty() || note.reason.size() > kMostReason) {
    return FailField(Reason::kInvalidField, "reason", "why this is done: 1 to 1,000 bytes");
  }
  return absl::OkStatus();
}

bool SameOperator(absl::string_view a, absl::string_view b) { return absl::EqualsIgnoreCase(a, b); }

}  // namespace starlift
