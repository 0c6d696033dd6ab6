#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sandbox/chain.h"

namespace starlift::sandbox {

// Standard base64 with padding, as both APIs write hashes.
std::string HashText(const ton::Hash256& hash);
// "0:" and upper-case hex, as v3 writes addresses.
std::string UpperRaw(const ton::Address& address);

// A row of v3. `finality` is "pending", "confirmed" or "finalized".
nlohmann::json TransactionV3(const Transaction& transaction, const ton::Hash256& trace_id,
                             const ton::Hash256& external_hash, const std::string& finality);
// A message as v3 shows it inside and outside of transactions.
nlohmann::json MessageV3(const ton::CellRef& message, bool external,
                         const ton::Hash256& normalized);
// A row of v2's history.
nlohmann::json TransactionV2(const Transaction& transaction);

}  // namespace starlift::sandbox
