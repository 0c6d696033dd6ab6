#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace starlift::fragment {

// What an {"error": "…"} of the site means to us.
enum class ErrorClass {
  kRecipientNotFound,
  kRecipientRefused,
  kAlreadySubscribed,
  kQuantity,
  kPriceChanged,
  kStaleHash,     // the hash is of another session, or old: fetch it anew, once
  kAccessDenied,  // a dead session, or a call of ours that lacks a field: a probe tells
  kSessionDead,
  kUnknown,  // anything else, our own mistakes included: never read as leave to pay again
};

// One known text, or words that must all be in it. Compared as VisibleText, without regard to case
// and to a full stop at the end.
struct ErrorRow {
  std::string text;  // empty: `words` decide
  std::vector<std::string> words;
  ErrorClass means = ErrorClass::kUnknown;
};

// The table of known texts. `more` comes first, so that an operator can add what the site said
// anew.
class ErrorTexts {
 public:
  explicit ErrorTexts(std::vector<ErrorRow> more = {});

  ErrorClass Classify(absl::string_view error_html) const;
  // The status that belongs to the class. kAccessDenied becomes SESSION_DEAD; kStaleHash and
  // kUnknown are unreadable and carry the decoded text, at most 200 characters, as metadata `text`.
  absl::Status StatusOf(absl::string_view error_html) const;

 private:
  std::vector<ErrorRow> rows_;
};

// UNAVAILABLE FRAGMENT_UNAVAILABLE. Outage: no answer, 403 HTML, 429, 5xx. Unreadable: an answer
// that is not what was expected; `text`, where there is one, is decoded already.
absl::Status Outage(absl::string_view what);
absl::Status Unreadable(absl::string_view what, absl::string_view text = "");

absl::Status SessionDead();

}  // namespace starlift::fragment
