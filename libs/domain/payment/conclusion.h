#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "domain/payment/payment_rules.h"
#include "domain/payment/ports/lane_store.h"
#include "domain/payment/verdict.h"

namespace starlift {

// What a verdict does to a transfer and its orders: pure, so that the whole table can be tested.

// A transfer that is PAID or DEAD. `orders` as they are in the store, those of the transfer's
// payments. `evidence`: what was seen, for the record.
//
//   slot PAID                     PAID; the hold is posted with the slot's share of the fees
//   slot DEAD                     an attempt: QUEUED; the third: FAILED, or NEEDS_REVIEW with the
//                                 money held while the death is provisional
//   displaced                     no attempt: QUEUED; the third in ten minutes rests the lane
LaneResolution Conclude(const Lane& lane, const Judgement& judgement,
                        const std::vector<Order>& orders, std::string evidence, absl::Time now,
                        const PaymentRules& rules);

// A transfer without payments that is PAID: the seqno is used up. Ends the orders that waited for
// that in review (`held`), and books the fee with the first of them.
LaneResolution ConcludeBurn(const Lane& lane, const Judgement& judgement,
                            const std::vector<LaneStore::HeldOrder>& held, std::string evidence,
                            absl::Time now);

// `winner` was held DEAD by expiry and is judged to have been executed. `loser`: the unresolved
// transfer under the same seqno, which the chain can no longer admit. `orders`: of both.
LaneResurrection Resurrect(const Transfer& winner, const Judgement& judgement,
                           const std::optional<Transfer>& loser, const std::vector<Order>& orders,
                           std::string evidence, absl::Time now, const PaymentRules& rules);

}  // namespace starlift
