#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "ton/address.h"
#include "ton/cell.h"
#include "ton/message.h"

namespace starlift::sandbox {

// A message as a contract wrote it, before the node fills in the source, the fees and the times.
struct DraftMessage {
  ton::ParsedInternal message;
  bool body_in_ref = false;
};
absl::StatusOr<DraftMessage> ReadDraft(const ton::CellRef& cell);

// What the node writes into it.
struct Filled {
  ton::Address source;
  ton::Address destination;
  uint64_t value = 0;
  uint64_t created_lt = 0;
  uint32_t created_at = 0;
};

struct SentMessage {
  ton::CellRef cell;
  uint64_t forward_fee = 0;       // all of it
  uint64_t sender_share = 0;      // the part that is not in the message
  uint64_t cells_as_written = 0;  // below the contract's own layout: what a fine is counted by
};
// Body beside the header where it still fits, in a reference otherwise; the fee follows from that.
absl::StatusOr<SentMessage> FillMessage(const DraftMessage& draft, const Filled& filled);

}  // namespace starlift::sandbox
