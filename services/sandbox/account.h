#pragma once

#include <cstdint>

#include "ton/address.h"
#include "ton/cell.h"

namespace starlift::sandbox {

enum class AccountStatus { kNonexistent, kUninitialized, kActive, kFrozen };

// One account of the chain, as one block left it.
struct Account {
  ton::Address address;
  AccountStatus status = AccountStatus::kNonexistent;
  uint64_t balance_nano = 0;
  ton::CellRef code;  // null unless active
  ton::CellRef data;
  ton::Hash256 frozen_hash{};
  uint64_t last_lt = 0;  // of its newest transaction; 0: none
  ton::Hash256 last_hash{};
};

// Whether the account runs the W5 contract, the only one this chain executes.
bool IsWalletV5(const Account& account);

// What a transaction's state update names: a hash that changes whenever the account does. The real
// chain hashes its own account record, which nobody outside a node needs.
ton::Hash256 StateHash(const Account& account);

}  // namespace starlift::sandbox
