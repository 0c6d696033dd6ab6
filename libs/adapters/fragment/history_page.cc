#include "adapters/fragment/history_page.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "adapters/fragment/error_texts.h"
#include "adapters/fragment/html_tags.h"
#include "adapters/fragment/html_text.h"
#include "base/status_macros.h"
#include "domain/fulfillment/grouped_number.h"

namespace starlift::fragment {
namespace {

bool IsTag(absl::string_view tag, absl::string_view name) {
  if (!absl::ConsumePrefix(&tag, "<") || !absl::ConsumePrefix(&tag, name)) return false;
  return !tag.empty() && (tag.front() == '>' || tag.front() == ' ' || tag.front() == '\n');
}

bool HasTag(absl::string_view html, absl::string_view name) {
  for (size_t at = 0;;) {
    const absl::string_view tag = NextTag(html, at);
    if (tag.empty()) return false;
    if (IsTag(tag, name)) return true;
    at = static_cast<size_t>(tag.data() - html.data()) + tag.size();
  }
}

// The insides of all elements of this name, which are not nested. nullopt: one is not closed.
std::optional<std::vector<absl::string_view>> Elements(absl::string_view html,
                                                       absl::string_view name) {
  std::vector<absl::string_view> found;
  std::optional<size_t> open;
  for (size_t at = 0;;) {
    const absl::string_view tag = NextTag(html, at);
    if (tag.empty()) break;
    const auto begin = static_cast<size_t>(tag.data() - html.data());
    at = begin + tag.size();
    const bool opens = IsTag(tag, name);
    absl::string_view rest = tag;
    const bool closes =
        absl::ConsumePrefix(&rest, "</") && absl::ConsumePrefix(&rest, name) && rest == ">";
    if (!opens && !closes) continue;
    if (opens == open.has_value()) return std::nullopt;
    if (closes) found.push_back(html.substr(*open, begin - *open));
    open = opens ? std::optional<size_t>(at) : std::nullopt;
  }
  if (open.has_value()) return std::nullopt;
  return found;
}

// The account that the row links to. "" without a link, or with links to several.
std::string RecipientIn(absl::string_view row) {
  std::string recipient;
  for (size_t at = 0;;) {
    const absl::string_view tag = NextTag(row, at);
    if (tag.empty()) return recipient;
    at = static_cast<size_t>(tag.data() - row.data()) + tag.size();
    const absl::string_view link = Attribute(tag, "href");
    if (!IsTag(tag, "a") || !absl::StartsWith(link, "https://t.me/")) continue;
    const absl::StatusOr<std::string> username = NormalizeUsername(link);
    if (!username.ok() || (!recipient.empty() && recipient != *username)) return "";
    recipient = *username;
  }
}

// The cell "1,000 Stars". 0 without one, or with several.
int64_t StarsIn(const std::vector<absl::string_view>& cells) {
  int64_t stars = 0;
  for (const absl::string_view cell : cells) {
    const std::string text = VisibleText(cell);
    absl::string_view rest = text;
    const int64_t number = TakeGroupedNumber(&rest);
    if (number <= 0 || !absl::EqualsIgnoreCase(absl::StripLeadingAsciiWhitespace(rest), "Stars")) {
      continue;
    }
    if (stars != 0) return 0;
    stars = number;
  }
  return stars;
}

absl::Time TimeIn(absl::string_view row) {
  for (size_t at = 0;;) {
    const absl::string_view tag = NextTag(row, at);
    if (tag.empty()) return absl::InfinitePast();
    at = static_cast<size_t>(tag.data() - row.data()) + tag.size();
    if (!IsTag(tag, "time")) continue;
    absl::Time time;
    std::string error;
    const bool read =
        absl::ParseTime(absl::RFC3339_full, std::string(Attribute(tag, "datetime")), &time, &error);
    return read ? time : absl::InfinitePast();
  }
}

absl::StatusOr<HistoryRow> ReadRow(absl::string_view html, ProductType type) {
  const auto cells = Elements(html, "td");
  if (!cells.has_value()) return Unreadable("a purchase without cells", VisibleText(html));
  HistoryRow row;
  row.recipient = RecipientIn(html);
  row.product.type = type;
  row.product.quantity = StarsIn(*cells);
  row.price = FindTonPrice(html);
  row.at = TimeIn(html);
  if (!row.recipient.empty() && row.product.quantity > 0) return row;
  return Unreadable("a purchase that is not understood", VisibleText(html));
}

// The one row that says that there are none: a text over the whole width.
bool SaysNothing(absl::string_view row) {
  return absl::StrContains(row, " colspan=") && !HasTag(row, "a") && !HasTag(row, "time") &&
         !absl::StrContains(row, "icon-ton");
}

bool IsGuest(const nlohmann::json& parts) {
  const auto script = parts.find("j");
  if (script == parts.end() || !script->is_string()) return false;
  const auto& text = script->get_ref<const std::string&>();
  return absl::StrContains(text, "\"logged_in\":false") ||
         absl::StrContains(text, "\"unauth\":true");
}

}  // namespace

absl::StatusOr<PurchaseHistory> ReadHistory(const nlohmann::json& parts, ProductType type) {
  if (IsGuest(parts)) return SessionDead();
  const auto html = parts.find("h");
  if (html == parts.end() || !html->is_string()) return Unreadable("a history without a page");
  const auto tables = Elements(html->get_ref<const std::string&>(), "table");
  if (!tables.has_value() || tables->size() != 1) return Unreadable("a history without its table");
  const auto rows = Elements(tables->front(), "tr");
  if (!rows.has_value()) return Unreadable("a history whose rows are cut off");
  PurchaseHistory history;
  size_t empty = 0;
  for (const absl::string_view row : *rows) {
    if (HasTag(row, "th")) continue;
    if (SaysNothing(row)) {
      ++empty;
      continue;
    }
    ASSIGN_OR_RETURN(HistoryRow purchase, ReadRow(row, type));
    history.rows.push_back(std::move(purchase));
  }
  if (empty > 1 || (empty == 1 && !history.rows.empty())) {
    return Unreadable("a history that says it is empty and is not");
  }
  history.whole = history.rows.size() < kMostHistoryRows;
  if (history.rows.size() > kMostHistoryRows) history.rows.resize(kMostHistoryRows);
  return history;
}

}  // namespace starlift::fragment
