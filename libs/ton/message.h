#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "ton/address.h"
#include "ton/cell.h"

namespace starlift::ton {

// An internal message as a wallet sends it: source, fees and times left for the node to fill in.
struct OutMessage {
  Address destination;
  uint64_t amount_nano = 0;
  bool bounce = false;
  uint8_t mode = 3;    // +2 (ignore errors) is always set by the wallets here
  CellRef body;        // null: an empty body
  CellRef state_init;  // null: none
};

// Body and StateInit go inline when they fit and into a reference otherwise, exactly as public
// libraries place them: the placement decides the hash that is signed.
absl::StatusOr<CellRef> BuildInternalMessage(const OutMessage& message);

struct ExternalMessage {
  CellRef cell;
  bool state_init_in_ref = false;  // meaningful only with a StateInit
  bool body_in_ref = false;
};
absl::StatusOr<ExternalMessage> BuildExternalMessage(const Address& destination,
                                                     const CellRef& state_init,
                                                     const CellRef& body);

// TEP-467: source none, import fee 0, no StateInit, body in a reference. The only hash of an
// external message that nobody else can change.
absl::StatusOr<Hash256> NormalizedHash(const CellRef& external_message);
absl::StatusOr<Hash256> NormalizedHash(const Address& destination, const CellRef& body);

// What an external-in message cell holds.
struct ParsedExternal {
  Address destination;
  CellRef state_init;  // null: none
  CellRef body;
};
absl::StatusOr<ParsedExternal> ParseExternalMessage(const CellRef& cell);

// What an internal message cell holds (relaxed or filled in).
struct ParsedInternal {
  bool bounce = false;
  bool bounced = false;
  bool has_source = false;
  Address source;
  Address destination;
  uint64_t amount_nano = 0;
  CellRef state_init;  // null: none
  CellRef body;
};
absl::StatusOr<ParsedInternal> ParseInternalMessage(const CellRef& cell);

// StateInit without split depth, special or libraries; its hash is the contract's address.
absl::StatusOr<CellRef> BuildStateInit(const CellRef& code, const CellRef& data);

}  // namespace starlift::ton
