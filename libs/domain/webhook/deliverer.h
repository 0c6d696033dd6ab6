#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "domain/access/ports/sealer.h"
#include "domain/webhook/ports/delivery_store.h"
#include "domain/webhook/ports/webhook_sender.h"

namespace starlift {

// Brings events to the addresses that wait for them, at least once each: claim, sign, post, decide,
// store. Holds no state of its own, so any number may run, in one process or many: `Claim` once,
// then `Deliver` each from a thread of its own.
class Deliverer {
 public:
  // `lease`: how long one claimed delivery is ours; longer than one try can take (15 s).
  Deliverer(DeliveryStore& store, WebhookSender& sender, const Opener& opener, const Clock& clock,
            Random& random, absl::Duration lease)
      : store_(store),
        sender_(sender),
        opener_(opener),
        clock_(clock),
        random_(random),
        lease_(lease) {}

  // Takes up to `limit` due deliveries that will be tried at the same time.
  absl::StatusOr<std::vector<Delivery>> Claim(absl::string_view owner, int limit);

  // One try. OK when its outcome was stored, whatever it was; an error is the store's, and leaves
  // the delivery to be tried again when its lease ends (so a receiver may see it twice).
  absl::Status Deliver(const Delivery& delivery);

  // Claims and tries up to `limit`, one after the other. The number of outcomes stored; one that
  // fails does not stop the others.
  absl::StatusOr<int> DeliverDue(absl::string_view owner, int limit);

 private:
  WebhookAnswer Send(const Delivery& delivery);

  DeliveryStore& store_;
  WebhookSender& sender_;
  const Opener& opener_;
  const Clock& clock_;
  Random& random_;
  absl::Duration lease_;
};

}  // namespace starlift
