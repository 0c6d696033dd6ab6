#include "services/worker/observing.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/log.h"

namespace starlift {
namespace {

absl::string_view OutcomeName(SendOutcome outcome) {
  switch (outcome) {
    case SendOutcome::kHandedOver:
      return "handed_over";
    case SendOutcome::kRefusedNow:
      return "refused_now";
    case SendOutcome::kLater:
      return "later";
    case SendOutcome::kUnknown:
      return "unknown";
    case SendOutcome::kOurBug:
      return "our_bug";
  }
  return "unknown";
}

// The second part of a W3C traceparent.
absl::string_view TraceOf(const Order& order) {
  return order.traceparent.size() < 35 ? absl::string_view()
                                       : absl::string_view(order.traceparent).substr(3, 32);
}

bool Alarming(OrderState state) {
  return state == OrderState::kNeedsReview || state == OrderState::kFailed;
}

// Money left, or may have left, and no evidence says what became of it.
bool NobodyCanTell(Reason reason) {
  return reason == Reason::kPaymentVerdictUnknown || reason == Reason::kPaymentWithoutRecord ||
         reason == Reason::kPaymentReturned;
}

}  // namespace

void ObservedSignal::Changed(const Order& order) {
  const absl::string_view state = OrderStateName(order.state);
  const absl::string_view reason = ReasonName(order.reason);
  Log(Alarming(order.state) ? LogLevel::kWarn : LogLevel::kInfo, "order moved",
      {{"order", order.id.value()},
       {"trace", TraceOf(order)},
       {"state", state},
       {"reason", reason},
       {"detail", order.reason_message},
       {"sequence", order.sequence},
       {"normalized_hash", order.payment.normalized_hash},
       {"transaction_hash", order.payment.transaction_hash}});
  count_("starlift_order_moves_total", {{"state", state}, {"reason", reason}});
  if (order.state == OrderState::kNeedsReview && NobodyCanTell(order.reason)) {
    count_("starlift_unknown_reviews_total", {{"reason", reason}});
  }
  signal_.Changed(order);
}

SendResult ObservedChain::Send(absl::string_view boc) {
  SendResult result = chain_.Send(boc);
  const bool fine = result.outcome == SendOutcome::kHandedOver;
  Log(fine ? LogLevel::kInfo : LogLevel::kWarn, "message sent to the chain",
      {{"provider", provider_},
       {"outcome", OutcomeName(result.outcome)},
       {"reason", result.reason},
       {"exit_code", result.exit_code ? absl::StrCat(*result.exit_code) : ""},
       {"detail", result.detail}});
  count_("starlift_chain_sends_total",
         {{"provider", provider_}, {"outcome", OutcomeName(result.outcome)}});
  return result;
}

void ObservedChain::CountRead(absl::string_view call, bool answered) {
  count_("starlift_chain_reads_total",
         {{"provider", provider_}, {"call", call}, {"outcome", answered ? "ok" : "unavailable"}});
}

absl::StatusOr<AccountState> ObservedChain::Account(absl::string_view raw_address) {
  absl::StatusOr<AccountState> state = chain_.Account(raw_address);
  CountRead("account", state.ok());
  if (state.ok()) {
    gauge_("starlift_provider_head_age_seconds", {{"provider", provider_}},
           absl::ToDoubleSeconds(clock_.Now() - state->state_time));
  }
  return state;
}

absl::StatusOr<std::vector<ChainTransaction>> ObservedChain::FindByNormalizedHash(
    absl::string_view raw_address, absl::string_view normalized_hash_hex) {
  auto found = chain_.FindByNormalizedHash(raw_address, normalized_hash_hex);
  CountRead("find", found.ok());
  return found;
}

absl::StatusOr<std::vector<ChainTransaction>> ObservedChain::TransactionsAfter(
    absl::string_view raw_address, int64_t after_lt, int limit) {
  auto found = chain_.TransactionsAfter(raw_address, after_lt, limit);
  CountRead("history", found.ok());
  return found;
}

absl::StatusOr<std::vector<ChainTransaction>> ObservedChain::NewestTransactions(
    absl::string_view raw_address, int limit) {
  auto found = chain_.NewestTransactions(raw_address, limit);
  CountRead("history", found.ok());
  return found;
}

WebhookAnswer ObservedSender::Post(absl::string_view url,
                                   const std::vector<std::pair<std::string, std::string>>& headers,
                                   absl::string_view body) {
  WebhookAnswer answer = sender_.Post(url, headers, body);
  const bool taken = answer.http_status >= 200 && answer.http_status < 300;
  absl::string_view id;
  for (const auto& [name, value] : headers) {
    if (name == "webhook-id") id = value;
  }
  Log(taken ? LogLevel::kInfo : LogLevel::kWarn, taken ? "webhook delivered" : "webhook not taken",
      {{"webhook_id", id}, {"status", int64_t{answer.http_status}}, {"error", answer.error}});
  count_("starlift_webhook_tries_total", {{"outcome", taken ? "taken" : "not_taken"}});
  return answer;
}

}  // namespace starlift
