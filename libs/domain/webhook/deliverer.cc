#include "domain/webhook/deliverer.h"

#include <utility>
#include <variant>

#include "base/status_macros.h"
#include "domain/webhook/delivery_machine.h"
#include "domain/webhook/signing.h"

namespace starlift {
namespace {

WebhookAnswer NoAnswer(absl::string_view error) {
  WebhookAnswer answer;
  answer.error = std::string(error);
  return answer;
}

// The key that signs for the delivery's tenant.
absl::StatusOr<Secret> SigningKey(const Delivery& delivery, const Opener& opener) {
  const SealContext context{delivery.tenant, "endpoint", delivery.tenant.value(), "webhook_secret"};
  ASSIGN_OR_RETURN(const Secret text, opener.Open(delivery.secret, context));
  return ParseWebhookSecret(text.RevealString());
}

}  // namespace

absl::StatusOr<std::vector<Delivery>> Deliverer::Claim(absl::string_view owner, int limit) {
  return store_.Claim(owner, lease_, limit);
}

WebhookAnswer Deliverer::Send(const Delivery& delivery) {
  absl::StatusOr<Secret> key = SigningKey(delivery, opener_);
  // Not the receiver's fault and perhaps mended soon (a key file of another installation), so it is
  // a failed try like any other; an unsigned event is never sent.
  if (!key.ok()) return NoAnswer("secret_unavailable");
  WebhookHeaders headers = SignWebhook(delivery.id, clock_.Now(), delivery.body, {&*key, 1});
  headers.emplace_back("content-type", "application/json");
  if (!delivery.traceparent.empty()) headers.emplace_back("traceparent", delivery.traceparent);
  return sender_.Post(delivery.url, headers, delivery.body);
}

absl::Status Deliverer::Deliver(const Delivery& delivery) {
  const absl::Time started = clock_.Now();
  WebhookAnswer answer = Send(delivery);
  const DeliveryDecision decision = Decide(delivery.attempt, answer, random_);
  DeliveryAttempt attempt;
  attempt.http_status = answer.http_status;
  attempt.error = std::move(answer.error);
  attempt.answer = std::move(answer.body);
  attempt.took = clock_.Now() - started;
  if (const auto* retry = std::get_if<DeliveryRetry>(&decision)) {
    return store_.Retry(delivery, attempt, retry->wait);
  }
  if (std::holds_alternative<DeliveryGivenUp>(decision)) return store_.GiveUp(delivery, attempt);
  return store_.Delivered(delivery, attempt);
}

absl::StatusOr<int> Deliverer::DeliverDue(absl::string_view owner, int limit) {
  // They are tried one after the other, so the last waits for all the others.
  ASSIGN_OR_RETURN(const std::vector<Delivery> due, store_.Claim(owner, lease_ * limit, limit));
  int stored = 0;
  for (const Delivery& delivery : due) {
    if (Deliver(delivery).ok()) ++stored;
  }
  return stored;
}

}  // namespace starlift
