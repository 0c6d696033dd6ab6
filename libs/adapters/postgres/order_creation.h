#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "adapters/postgres/pool.h"
#include "domain/order/ports/event_renderer.h"
#include "domain/order/ports/order_store.h"

namespace starlift::postgres {

// How many event numbers an era has: those of era n begin above n times as many.
inline constexpr int64_t kSequencesOfAnEra = 1'000'000;

// OrderStore::Create: unpaid orders in one statement, however many there are; a payment inside adds
// one statement and makes it a transaction. A failure is the result of every order of the span.
// `era` is what the caller last knew of the table `eras`: the statement compares it, and only when
// a database was restored meanwhile there is a second one, with the era that is put there.
std::vector<CreateResult> CreateOrders(Pool& pool, const EventRenderer& renderer,
                                       absl::Span<const NewOrder> orders,
                                       std::atomic<int64_t>* era);

}  // namespace starlift::postgres
