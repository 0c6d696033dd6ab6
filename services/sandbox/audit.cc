#include "sandbox/audit.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

json PaymentRow(const Payment& payment) {
  json row = {{"wallet", payment.wallet},
              {"payee", payment.payee},
              {"amount_nano", absl::StrCat(payment.amount_nano)},
              {"comment", payment.comment},
              {"req_id", nullptr},
              {"tx_hash", payment.tx_hash},
              {"lt", absl::StrCat(payment.lt)},
              {"credited", payment.credited},
              {"refused_because", payment.refused_because}};
  if (!payment.request_id.empty()) row["req_id"] = payment.request_id;
  return row;
}

void AddTransfers(const Transaction& transaction, json* rows) {
  for (const ton::CellRef& message : transaction.out) {
    const auto parsed = ton::ParseInternalMessage(message);
    if (!parsed.ok()) continue;
    rows->push_back({{"wallet", ton::RawForm(transaction.account)},
                     {"to", ton::RawForm(parsed->destination)},
                     {"amount_nano", absl::StrCat(parsed->amount_nano)},
                     {"body_hash", ton::HexOf(parsed->body->hash())},
                     {"tx_hash", ton::HexOf(transaction.hash)},
                     {"lt", absl::StrCat(transaction.lt)}});
  }
}

}  // namespace

json PaymentRows(World& world, const AuditQuery& query) {
  const std::string wallet = query.wallet.has_value() ? ton::RawForm(*query.wallet) : "";
  const std::vector<Payment>& payments = world.market.payments();
  json rows = json::array();
  for (size_t i = query.after; i < payments.size(); ++i) {
    const Payment& payment = payments[i];
    if (!wallet.empty() && payment.wallet != wallet) continue;
    if (!query.request_id.empty() && payment.request_id != query.request_id) continue;
    rows.push_back(PaymentRow(payment));
  }
  return rows;
}

json TransferRows(World& world, const AuditQuery& query) {
  const std::vector<TransactionRef>& log =
      query.wallet.has_value() ? world.chain.Of(*query.wallet) : world.chain.All();
  json rows = json::array();
  for (const TransactionRef& transaction : log) {
    if (world.wallets.contains(transaction->account)) AddTransfers(*transaction, &rows);
  }
  if (query.after != 0) {
    const auto kept = static_cast<std::ptrdiff_t>(std::min(query.after, rows.size()));
    rows.erase(rows.begin(), rows.begin() + kept);
  }
  return rows;
}

json PaymentTotals(World& world) {
  size_t credited = 0;
  std::map<std::string, size_t> refused;
  std::map<std::string, size_t> arrived;
  for (const Payment& payment : world.market.payments()) {
    if (payment.credited) ++credited;
    if (!payment.refused_because.empty()) ++refused[payment.refused_because];
    if (payment.refused_because == "bounced") continue;
    if (payment.request_id.empty()) {
      ++refused["no_request"];
    } else {
      ++arrived[payment.request_id];
    }
  }
  json twice = json::array();
  for (const auto& [request_id, count] : arrived) {
    if (count > 1) twice.push_back(request_id);
  }
  return {{"payments", world.market.payments().size()},
          {"credited", credited},
          {"refused", refused},
          {"requests", world.market.invoices().size()},
          {"requests_paid", arrived.size()},
          {"paid_more_than_once", twice}};
}

}  // namespace starlift::sandbox
