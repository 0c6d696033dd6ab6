#pragma once

#include <cstdint>
#include <optional>

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

// The contracts that this chain executes.
enum class WalletVersion { kV5R1, kV4R2 };

// What the data of a live wallet say.
struct WalletFacts {
  WalletVersion version = WalletVersion::kV5R1;
  uint32_t seqno = 0;
  uint32_t wallet_id = 0;
  ton::Hash256 public_key{};
  bool signature_allowed = true;  // V5R1 only
  bool has_extensions = false;    // V4R2: plugins
};

// By the account's code; absent: not active, or another contract.
std::optional<WalletVersion> VersionOf(const Account& account);
// Absent also when the data are not a wallet's.
std::optional<WalletFacts> ReadWallet(const Account& account);

// What a transaction's state update names: a hash that changes whenever the account does. The real
// chain hashes its own account record, which nobody outside a node needs.
ton::Hash256 StateHash(const Account& account);

}  // namespace starlift::sandbox
