#pragma once

#include <string>

#include "domain/order/order.h"

namespace starlift {

// The ledger's account that pays for the order: the caller's wallet, or the tenant's credit.
std::string FundingAccount(const Order& order);

}  // namespace starlift
