// How the marketplace learns of payments, and what it tells of them afterwards.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sandbox/marketplace.h"
#include "ton/comment.h"
#include "ton/message.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

constexpr size_t kMostHistoryRows = 500;

bool IsPayee(const ton::Address& address) {
  const std::vector<ton::Address>& payees = WatchedPayees();
  return std::find(payees.begin(), payees.end(), address) != payees.end();
}

// The comment, or the body's hash where it is none.
std::string CommentOf(const ton::CellRef& body) {
  const absl::StatusOr<std::string> comment = ton::ReadComment(body);
  return comment.ok() ? *comment : absl::StrCat("not a comment: ", ton::HexOf(body->hash()));
}

// Why the payee does not credit what it received; empty: it does.
std::string Refusal(const Invoice& invoice, const Transaction& received,
                    const ton::ParsedInternal& message) {
  if (message.destination != invoice.payee) return "payee";
  if (!invoice.foreign_payer && message.source != invoice.from) return "wallet";
  if (message.amount_nano != invoice.amount_nano) return "amount";
  if (received.machine_ms / 1000 > invoice.valid_until) return "late";
  if (invoice.credited_ms != 0) return "paid_before";
  return "";
}

}  // namespace

void Marketplace::Watch(const Transaction& transaction) {
  if (IsPayee(transaction.account)) {
    Settle(transaction);
    return;
  }
  for (const ton::CellRef& message : transaction.out) List(transaction, message);
}

void Marketplace::List(const Transaction& transaction, const ton::CellRef& message) {
  const absl::StatusOr<ton::ParsedInternal> parsed = ton::ParseInternalMessage(message);
  if (!parsed.ok() || !IsPayee(parsed->destination)) return;
  Payment payment;
  payment.wallet = ton::RawForm(transaction.account);
  payment.payee = ton::RawForm(parsed->destination);
  payment.amount_nano = parsed->amount_nano;
  payment.comment = CommentOf(parsed->body);
  payment.tx_hash = ton::HexOf(transaction.hash);
  payment.lt = transaction.lt;
  const auto text = by_text_.find(payment.comment);
  if (text != by_text_.end()) payment.request_id = text->second;
  under_way_[message->hash()] = payments_.size();
  payments_.push_back(std::move(payment));
}

void Marketplace::Settle(const Transaction& received) {
  const auto found = under_way_.find(received.in_message->hash());
  if (found == under_way_.end()) return;
  Payment& payment = payments_[found->second];
  under_way_.erase(found);
  if (received.bounce.has_value() && !received.bounce->without_funds) {
    payment.refused_because = "bounced";
    return;
  }
  if (payment.request_id.empty()) return;
  Invoice& invoice = invoices_.at(payment.request_id);
  const absl::StatusOr<ton::ParsedInternal> message =
      ton::ParseInternalMessage(received.in_message);
  payment.refused_because = Refusal(invoice, received, *message);
  payment.credited = payment.refused_because.empty();
  if (payment.credited) Credit(received, payment, &invoice);
}

void Marketplace::Credit(const Transaction& received, const Payment& payment, Invoice* invoice) {
  invoice->credited_ms = received.machine_ms;
  invoice->wallet = payment.wallet;
  paid_[invoice->session].push_back(invoice);
  sessions_.Show(invoice->session, invoice->request_id);
}

int64_t Marketplace::DeliveredAt(const Invoice& invoice) const {
  if (invoice.credited_ms == 0 || invoice.trigger == Trigger::kNeverDelivered) return 0;
  return invoice.credited_ms + (invoice.trigger == Trigger::kSlowDelivery
                                    ? settings_.slow_delivery_ms
                                    : settings_.delivery_delay_ms);
}

std::vector<HistoryRow> Marketplace::History(const Session& session, int64_t now_ms) const {
  std::vector<HistoryRow> rows;
  const auto paid = paid_.find(session.key);
  if (paid == paid_.end()) return rows;
  const int64_t longest_ms = std::max(settings_.delivery_delay_ms, settings_.slow_delivery_ms);
  int64_t oldest_ms = INT64_MAX;  // of the first page of rows
  // From the newest payment back, so that of two deliveries in one moment the later paid is first.
  for (auto row = paid->second.rbegin(); row != paid->second.rend(); ++row) {
    const Invoice& invoice = **row;
    // What was paid before this one cannot have been delivered after a full page of others.
    if (rows.size() >= kMostHistoryRows && invoice.credited_ms + longest_ms < oldest_ms) break;
    const int64_t at = DeliveredAt(invoice);
    if (at == 0 || at > now_ms) continue;
    rows.push_back({invoice.shown_username, invoice.quantity, invoice.amount_nano, at});
    if (rows.size() <= kMostHistoryRows) oldest_ms = std::min(oldest_ms, at);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const HistoryRow& one, const HistoryRow& other) {
    return one.delivered_ms > other.delivered_ms;
  });
  if (rows.size() > kMostHistoryRows) rows.resize(kMostHistoryRows);
  return rows;
}

json Marketplace::Deliveries(int64_t now_ms) const {
  json rows = json::array();
  for (const auto& [request_id, invoice] : invoices_) {
    const int64_t at = DeliveredAt(invoice);
    if (at == 0 || at > now_ms) continue;
    rows.push_back({{"req_id", request_id},
                    {"username", invoice.username},
                    {"quantity", invoice.quantity},
                    {"amount_nano", absl::StrCat(invoice.amount_nano)},
                    {"wallet", invoice.wallet},
                    {"delivered_at_ms", at}});
  }
  return rows;
}

json Marketplace::Invoices() const {
  json rows = json::array();
  for (const auto& [request_id, invoice] : invoices_) {
    rows.push_back({{"req_id", request_id},
                    {"username", invoice.username},
                    {"quantity", invoice.quantity},
                    {"amount_nano", absl::StrCat(invoice.amount_nano)},
                    {"text", invoice.text},
                    {"valid_until", invoice.valid_until},
                    {"paid", invoice.credited_ms != 0}});
  }
  return rows;
}

}  // namespace starlift::sandbox
