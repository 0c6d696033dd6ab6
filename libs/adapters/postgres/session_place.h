#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "adapters/postgres/pool.h"
#include "adapters/postgres/statement.h"
#include "domain/fulfillment/ports/purchase_store.h"

namespace starlift::postgres {

// The places of orders on sessions: PurchaseStore's AcquireSession and GiveUpSession, whose
// promises these keep.
//
// Who begins a conversation holds the session's row until he commits. Everything that must not
// happen twice is decided under that lock and read in statements after it: how many places are
// taken, whether anybody else is there, when the next conversation may begin. Locks are taken in
// one direction: the order, its session, places. An order that ends takes them in the same one.
absl::StatusOr<std::optional<SessionLease>> AcquirePlace(Pool& pool, const ClaimedOrder& claimed);
absl::StatusOr<bool> GiveUpSession(Pool& pool, const ClaimedOrder& claimed,
                                   const SessionLease& lease);

}  // namespace starlift::postgres
