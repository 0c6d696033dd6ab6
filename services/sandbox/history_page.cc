#include "sandbox/history_page.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "sandbox/pricing.h"

namespace starlift::sandbox {
namespace {

std::string Cell(absl::string_view content) {
  return absl::StrCat("<td><div class=\"table-cell\">", content, "</div></td>");
}

std::string Row(const HistoryRow& row) {
  const std::string link = absl::StrCat("<a href=\"https://t.me/", row.username,
                                        "\" class=\"table-cell-value\">@", row.username, "</a>");
  const std::string quantity = absl::StrCat("<div class=\"table-cell-value tm-value\">",
                                            Grouped(row.quantity), " Stars</div>");
  const std::string price =
      absl::StrCat("<div class=\"table-cell-value tm-value icon-before icon-ton\">",
                   ExactTonText(row.amount_nano), "</div>");
  const absl::Time moment = absl::FromUnixMillis(row.delivered_ms);
  const std::string time = absl::StrCat(
      "<time datetime=\"", absl::FormatTime("%Y-%m-%dT%H:%M:%S+00:00", moment, absl::UTCTimeZone()),
      "\">", absl::FormatTime("%d %b %Y at %H:%M", moment, absl::UTCTimeZone()), "</time>");
  return absl::StrCat("<tr class=\"tm-row-selectable\">", Cell(link), Cell(quantity), Cell(price),
                      Cell(time), "</tr>\n");
}

}  // namespace

std::string HistoryHtml(const std::vector<HistoryRow>& rows) {
  std::string html =
      "<table class=\"table tm-table\">\n<thead><tr><th>Recipient</th><th>Quantity</th>"
      "<th>Price</th><th>Date</th></tr></thead>\n<tbody class=\"tm-high-cells\">\n";
  for (const HistoryRow& row : rows) absl::StrAppend(&html, Row(row));
  return absl::StrCat(html, "</tbody>\n</table>\n");
}

}  // namespace starlift::sandbox
