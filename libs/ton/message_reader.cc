#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/message.h"

namespace starlift::ton {
namespace {

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

// VarUInteger 16 of any size: fees that nobody looks at.
absl::Status SkipCoins(CellReader& reader) {
  ASSIGN_OR_RETURN(const uint64_t bytes, reader.Uint(4));
  return reader.Skip(8 * static_cast<int>(bytes));
}

// A Maybe of `bits` bits, copied.
absl::Status CopyMaybe(CellReader& reader, int bits, CellBuilder* copy) {
  ASSIGN_OR_RETURN(const bool present, reader.Bit());
  copy->Bit(present);
  if (!present) return absl::OkStatus();
  ASSIGN_OR_RETURN(const uint64_t value, reader.Uint(bits));
  copy->Uint(value, bits);
  return absl::OkStatus();
}

// A StateInit written beside the header does not say where it ends: it has to be read.
absl::StatusOr<CellRef> CopyStateInit(CellReader& reader) {
  CellBuilder copy;
  RETURN_IF_ERROR(CopyMaybe(reader, 5, &copy));  // split depth
  RETURN_IF_ERROR(CopyMaybe(reader, 2, &copy));  // tick and tock
  for (int i = 0; i < 3; ++i) {                  // code, data, libraries
    ASSIGN_OR_RETURN(const CellRef ref, reader.MaybeRef());
    copy.MaybeRef(ref);
  }
  return copy.Build();
}

absl::StatusOr<CellRef> ReadStateInit(CellReader& reader) {
  ASSIGN_OR_RETURN(const bool present, reader.Bit());
  if (!present) return CellRef();
  ASSIGN_OR_RETURN(const bool in_ref, reader.Bit());
  if (in_ref) return reader.Ref();
  return CopyStateInit(reader);
}

absl::StatusOr<CellRef> ReadBody(CellReader& reader) {
  ASSIGN_OR_RETURN(const bool in_ref, reader.Bit());
  if (!in_ref) return reader.Rest();
  ASSIGN_OR_RETURN(CellRef body, reader.Ref());
  if (reader.bits_left() != 0 || reader.refs_left() != 0) return Bad("message with a tail");
  return body;
}

// addr_none, or addr_extern of any length.
absl::Status SkipExternalAddress(CellReader& reader) {
  ASSIGN_OR_RETURN(const uint64_t kind, reader.Uint(2));
  if (kind == 0b00) return absl::OkStatus();
  if (kind != 0b01) return Bad("external message from an account");
  ASSIGN_OR_RETURN(const uint64_t bits, reader.Uint(9));
  return reader.Skip(static_cast<int>(bits));
}

}  // namespace

absl::StatusOr<ParsedExternal> ParseExternalMessage(const CellRef& cell) {
  if (cell == nullptr || cell->exotic()) return Bad("not an external message");
  CellReader reader(cell);
  ASSIGN_OR_RETURN(const uint64_t kind, reader.Uint(2));
  if (kind != 0b10) return Bad("not an external message");
  RETURN_IF_ERROR(SkipExternalAddress(reader));
  ParsedExternal parsed;
  ASSIGN_OR_RETURN(parsed.destination, LoadAddress(reader));
  RETURN_IF_ERROR(SkipCoins(reader));
  ASSIGN_OR_RETURN(parsed.state_init, ReadStateInit(reader));
  ASSIGN_OR_RETURN(parsed.body, ReadBody(reader));
  return parsed;
}

absl::StatusOr<ParsedInternal> ParseInternalMessage(const CellRef& cell) {
  if (cell == nullptr || cell->exotic()) return Bad("not an internal message");
  CellReader reader(cell);
  ASSIGN_OR_RETURN(const bool external, reader.Bit());
  if (external) return Bad("not an internal message");
  RETURN_IF_ERROR(reader.Skip(1));  // ihr_disabled
  ParsedInternal parsed;
  ASSIGN_OR_RETURN(parsed.bounce, reader.Bit());
  ASSIGN_OR_RETURN(parsed.bounced, reader.Bit());
  ASSIGN_OR_RETURN(parsed.has_source, LoadMaybeAddress(reader, &parsed.source));
  ASSIGN_OR_RETURN(parsed.destination, LoadAddress(reader));
  ASSIGN_OR_RETURN(parsed.amount_nano, reader.Coins());
  RETURN_IF_ERROR(reader.MaybeRef().status());  // other currencies
  RETURN_IF_ERROR(SkipCoins(reader));           // extra flags, once the IHR fee
  RETURN_IF_ERROR(SkipCoins(reader));           // forward fee
  RETURN_IF_ERROR(reader.Skip(64 + 32));        // created_lt, created_at
  ASSIGN_OR_RETURN(parsed.state_init, ReadStateInit(reader));
  ASSIGN_OR_RETURN(parsed.body, ReadBody(reader));
  return parsed;
}

}  // namespace starlift::ton
