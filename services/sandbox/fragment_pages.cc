#include "sandbox/fragment_pages.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr int64_t kStarsPackages[] = {50,    75,     100,    150,    250,    350,   500,
                                      750,   1000,   1500,   2500,   5000,   10000, 25000,
                                      50000, 100000, 150000, 500000, 1000000};

struct PremiumPackage {
  int months;
  const char* label;
  int64_t micro_usd;
};
constexpr PremiumPackage kPremiumPackages[] = {
    {3, "3 months", 11'990'000}, {6, "6 months", 15'990'000}, {12, "1 year", 28'990'000}};

std::string Radio(absl::string_view field, int64_t value, absl::string_view label,
                  int64_t micro_usd, const Rates& rates) {
  return absl::StrCat(
      "<label class=\"tm-form-radio-item\">\n  <input type=\"radio\" class=\"radio js-", field,
      "-options\" name=\"", field, "\" value=\"", value, "\" />\n",
      "  <span class=\"tm-form-radio-label\">\n    <span class=\"tm-form-radio-name\">", label,
      "</span>\n    ", TonHtml(TonPrice(micro_usd, rates)),
      "\n    <span class=\"tm-radio-desc\">~&nbsp;&#036;", UsdText(micro_usd),
      "</span>\n  </span>\n</label>\n");
}

std::string PremiumOptionsHtml(const Rates& rates) {
  std::string html;
  for (const PremiumPackage& package : kPremiumPackages) {
    absl::StrAppend(&html,
                    Radio("months", package.months, package.label, package.micro_usd, rates));
  }
  return html;
}

std::string Inner(const PageView& view) {
  if (view.path == "/stars/buy") {
    return absl::StrCat("<section class=\"tm-stars\">\n<form class=\"js-stars-form\">\n",
                        StarsOptionsHtml(view.rates), "</form>\n</section>\n");
  }
  if (view.path == "/premium/gift") {
    return absl::StrCat("<section class=\"tm-premium\">\n<form class=\"js-premium-form\">\n",
                        PremiumOptionsHtml(view.rates), "</form>\n</section>\n");
  }
  if (view.path == "/stars/history") {
    return absl::StrCat("<section class=\"tm-history\">\n", HistoryHtml(view.history),
                        "</section>\n");
  }
  return "<section class=\"tm-intro\"></section>\n";
}

json PageState(const PageView& view) {
  return {{"tonRate", static_cast<double>(view.rates.micro_usd_per_ton) / 1e6}};
}

// The site escapes every slash in what it writes into scripts.
std::string ScriptText(const json& value) {
  return absl::StrReplaceAll(value.dump(), {{"/", "\\/"}});
}

std::string Script(const PageView& view) {
  const bool logged_in = !view.wallet.empty();
  const json ajax = {{"version", 1012},
                     {"apiUrl", absl::StrCat("/api?hash=", view.api_hash)},
                     {"unauth", !logged_in},
                     {"state", PageState(view)}};
  json wallet = {{"address", false},
                 {"logged_in", logged_in},
                 {"ton_proof", view.proof_payload},
                 {"version", 2}};
  if (logged_in) wallet["address"] = view.wallet;
  return absl::StrCat("ajInit(", ScriptText(ajax), ");\nWallet.init(", ScriptText(wallet), ");");
}

}  // namespace

std::string PriceHtml(int64_t micro_usd, const Rates& rates) {
  return absl::StrCat(TonHtml(TonPrice(micro_usd, rates)), " <span class=\"tm-desc\">~&nbsp;&#036;",
                      UsdText(micro_usd), "</span>");
}

std::string StarsOptionsHtml(const Rates& rates) {
  std::string html;
  for (const int64_t stars : kStarsPackages) {
    absl::StrAppend(&html, Radio("stars", stars, absl::StrCat(Grouped(stars), " Stars"),
                                 stars * rates.micro_usd_per_star, rates));
  }
  return html;
}

std::string FullPage(const PageView& view) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html class=\"no-touch\">\n<head><meta charset=\"utf-8\" />"
      "<title>Fragment</title></head>\n<body>\n<div id=\"aj_content\"><main class=\"tm-main\">\n",
      Inner(view), "</main></div>\n<script src=\"/js/auction.js?82\"></script>\n<script>",
      Script(view), "</script>\n</body>\n</html>\n");
}

json AjaxPage(const PageView& view) {
  return {{"h", Inner(view)}, {"s", PageState(view)}, {"j", Script(view)}};
}

}  // namespace starlift::sandbox
