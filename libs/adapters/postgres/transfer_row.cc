#include "adapters/postgres/transfer_row.h"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace starlift::postgres {
namespace {

constexpr Statement kPayments{"transfer_payments", R"(
SELECT slot, kind, order_id, payee, amount, body_hash, verdict
  FROM payments WHERE transfer_id = $1 ORDER BY slot)"};

}  // namespace

Transfer TransferFromRow(RowReader& row) {
  Transfer transfer;
  transfer.id = TransferId(row.Text());
  transfer.number = row.Integer();
  transfer.wallet = row.Text();
  transfer.seqno = row.Integer();
  transfer.valid_until = row.Time();
  transfer.boc = row.Bytes();
  transfer.message_hash = row.Text();
  transfer.normalized_hash = row.Text();
  transfer.start_lt = row.Integer();
  transfer.verdict = ParseVerdict(row.Text());
  transfer.provisional = row.Boolean();
  transfer.created_at = row.Time();
  transfer.sent_at = row.Time();
  transfer.unknown_since = row.Time();
  transfer.sends = static_cast<int32_t>(row.Integer());
  return transfer;
}

Invoice InvoiceFromRow(RowReader& row) {
  Invoice invoice;
  invoice.order = OrderId(row.Text());
  invoice.fragment_request_id = row.Text();
  invoice.payee = row.Text();
  invoice.amount = Units(row.Integer());
  invoice.payload_boc = row.Bytes();
  invoice.payload_hash = row.Text();
  invoice.sender = row.Text();
  invoice.valid_until = row.Time();
  invoice.foreign_payer = row.Boolean();
  invoice.confirm_method = row.Text();
  const auto params = nlohmann::json::parse(row.Text());
  for (const auto& pair : params) invoice.confirm_params.emplace_back(pair.at(0), pair.at(1));
  invoice.state_was_not_done = row.Boolean();
  if (const auto baseline = row.OptionalInteger()) {
    invoice.history_baseline = static_cast<int32_t>(*baseline);
  }
  return invoice;
}

std::vector<Payment> ReadPayments(Transaction& tx, const TransferId& id) {
  std::vector<Payment> payments;
  for (const auto& line : tx.Run(kPayments, Params().Text(id.value()))) {
    RowReader row(line);
    Payment& payment = payments.emplace_back();
    payment.slot = static_cast<int32_t>(row.Integer());
    payment.kind = ParsePaymentKind(row.Text());
    payment.order = OrderId(row.Text());
    payment.payee = row.Text();
    payment.amount = Units(row.Integer());
    payment.body_hash = row.Text();
    payment.verdict = ParseVerdict(row.Text());
  }
  return payments;
}

std::string ConfirmParamsText(const std::vector<std::pair<std::string, std::string>>& params) {
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [name, value] : params) json.push_back({name, value});
  return json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace starlift::postgres
