#include "domain/order/funding_account.h"

#include "domain/ledger/ledger.h"

namespace starlift {

std::string FundingAccount(const Order& order) {
  return order.funding == Funding::kBalance ? CreditAccount(order.tenant)
                                            : WalletAccount(order.payer.wallet_address);
}

}  // namespace starlift
