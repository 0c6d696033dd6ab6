#include "adapters/fragment/error_texts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/fragment/html_text.h"
#include "base/error.h"

namespace starlift::fragment {
namespace {

constexpr size_t kMaxText = 200;  // characters

std::string Normal(absl::string_view html) {
  const std::string text = absl::AsciiStrToLower(VisibleText(html));
  return std::string(absl::StripSuffix(text, "."));
}

std::string FirstCharacters(absl::string_view text, size_t most) {
  size_t characters = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && characters++ == most) return std::string(text.substr(0, at));
  }
  return std::string(text);
}

// As published by the site and seen by its clients.
std::vector<ErrorRow> KnownRows() {
  using enum ErrorClass;
  return {
      {"No Telegram users found.", {}, kRecipientNotFound},
      {"Please enter a username assigned to a user.", {}, kRecipientNotFound},
      {"No Telegram channels found.", {}, kRecipientNotFound},
      {"You can't gift Telegram Stars to this account at this moment.", {}, kRecipientRefused},
      {"This account is already subscribed to Telegram Premium.", {}, kAlreadySubscribed},
      {"Amount is invalid", {}, kQuantity},
      {"Price was changed. Please try again.", {}, kPriceChanged},
      {"Bad request", {}, kStaleHash},
      {"Access denied", {}, kAccessDenied},
      {"Session expired", {}, kSessionDead},
      {"AUTH_SESSION_EXPIRED", {}, kSessionDead},
      {"unauthorized", {}, kSessionDead},
      // Known, and ours to mend: a method or an order that the site does not know.
      {"Invalid method", {}, kUnknown},
      {"Order not found", {}, kUnknown},
      // An account that takes messages only against Stars.
      {"", {"minimum", "stars"}, kRecipientRefused},
  };
}

bool Matches(const ErrorRow& row, absl::string_view normal) {
  if (!row.text.empty()) return Normal(row.text) == normal;
  return !row.words.empty() &&
         std::all_of(row.words.begin(), row.words.end(), [&](const std::string& word) {
           return absl::StrContains(normal, absl::AsciiStrToLower(word));
         });
}

}  // namespace

ErrorTexts::ErrorTexts(std::vector<ErrorRow> more) : rows_(std::move(more)) {
  for (ErrorRow& row : KnownRows()) rows_.push_back(std::move(row));
}

ErrorClass ErrorTexts::Classify(absl::string_view error_html) const {
  const std::string normal = Normal(error_html);
  for (const ErrorRow& row : rows_) {
    if (Matches(row, normal)) return row.means;
  }
  return ErrorClass::kUnknown;
}

absl::Status ErrorTexts::StatusOf(absl::string_view error_html) const {
  switch (Classify(error_html)) {
    case ErrorClass::kRecipientNotFound:
      return Fail(Reason::kRecipientNotFound, "Telegram knows no such user");
    case ErrorClass::kRecipientRefused:
      return Fail(Reason::kRecipientRefused, "this account cannot be gifted at this moment");
    case ErrorClass::kAlreadySubscribed:
      return Fail(Reason::kAlreadySubscribed, "this account has Telegram Premium already");
    case ErrorClass::kQuantity:
      return Fail(Reason::kQuantityOutOfRange, "Fragment does not sell this quantity");
    case ErrorClass::kPriceChanged:
      return Fail(Reason::kPriceChanged, "the price was changed while buying");
    case ErrorClass::kAccessDenied:
    case ErrorClass::kSessionDead:
      return SessionDead();
    case ErrorClass::kStaleHash:
    case ErrorClass::kUnknown:
      return Unreadable("an error that is not in the table", VisibleText(error_html));
  }
  return Unreadable("an error that is not in the table", VisibleText(error_html));
}

absl::Status Outage(absl::string_view what) {
  return Fail(Reason::kFragmentUnavailable, absl::StrCat("Fragment did not answer: ", what),
              {{"kind", "outage"}});
}

absl::Status Unreadable(absl::string_view what, absl::string_view text) {
  ErrorMetadata metadata = {{"kind", "unreadable"}};
  if (!text.empty()) metadata.emplace_back("text", FirstCharacters(text, kMaxText));
  return Fail(Reason::kFragmentUnavailable,
              absl::StrCat("Fragment's answer is not understood: ", what), std::move(metadata));
}

absl::Status SessionDead() {
  return Fail(Reason::kSessionDead, "the Fragment session is not logged in any more");
}

}  // namespace starlift::fragment
