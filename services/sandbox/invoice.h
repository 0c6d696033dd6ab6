#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/random.h"
#include "sandbox/triggers.h"
#include "ton/address.h"
#include "ton/cell.h"

namespace starlift::sandbox {

// The account that native-TON invoices of fragment.com name: wallet V3R2.
ton::Address NativePayee();
// The three accounts that explorers call Fragment's, and the one that test_foreign_payee names.
const std::vector<ton::Address>& WatchedPayees();
ton::Address ForeignPayee();

// One purchase request, from init to delivery.
struct Invoice {
  std::string request_id;
  std::string session;  // its key
  std::string username;
  std::string shown_username;  // in its owner's spelling
  Trigger trigger = Trigger::kNone;
  int64_t quantity = 0;
  uint64_t amount_nano = 0;
  ton::Address payee;
  ton::Address from;
  bool foreign_payer = false;  // any wallet may pay it
  std::string text;            // the whole comment
  ton::CellRef payload;
  int64_t valid_until = 0;  // Unix seconds; 0: the link was not asked for yet
  nlohmann::json link;      // the answer once given; the same ever after
  // Filled in by the payment.
  int64_t credited_ms = 0;  // machine time; 0: not paid
  std::string wallet;
};

// Writes the comment and the payload, bent by the trigger.
void WritePayload(Random& random, Invoice* invoice);
// The answer of getBuyStarsLink. Addresses, amounts and `network` come in varying forms.
nlohmann::json RenderLink(Random& random, const Invoice& invoice);

}  // namespace starlift::sandbox
