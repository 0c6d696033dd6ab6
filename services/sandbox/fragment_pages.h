#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sandbox/history_page.h"
#include "sandbox/pricing.h"
#include "sandbox/session.h"

namespace starlift::sandbox {

// "<TON price> ~ $<dollars>" as the purchase form shows it.
std::string PriceHtml(int64_t micro_usd, const Rates& rates);
// The radio inputs `stars`, each with its TON and its dollar price.
std::string StarsOptionsHtml(const Rates& rates);

struct PageView {
  std::string path;
  std::string api_hash;
  std::string wallet;  // raw; empty: nobody is logged in
  std::string proof_payload;
  Rates rates;
  std::vector<HistoryRow> history;  // newest first; only /stars/history shows it
};
// A whole page, and the {h, s, j} form that a script gets instead of it.
std::string FullPage(const PageView& view);
nlohmann::json AjaxPage(const PageView& view);

}  // namespace starlift::sandbox
