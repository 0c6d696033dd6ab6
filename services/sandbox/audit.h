#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sandbox/world.h"

namespace starlift::sandbox {

// Which rows of an audit are wanted.
struct AuditQuery {
  std::optional<ton::Address> wallet;  // the payer's
  std::string request_id;              // empty: of all
  size_t after = 0;                    // leaves out so many of the oldest
};

// What really happened, whatever any provider or page says. The world is locked.
nlohmann::json PaymentRows(World& world, const AuditQuery& query);
// Every message that really left a minted wallet, to wherever: commissions too.
nlohmann::json TransferRows(World& world, const AuditQuery& query);
// Totals, and the requests for which more than one payment arrived.
nlohmann::json PaymentTotals(World& world);

}  // namespace starlift::sandbox
