#include "sandbox/out_message.h"

#include "base/status_macros.h"
#include "sandbox/fees.h"

namespace starlift::sandbox {
namespace {

struct Layout {
  bool init_in_ref = false;
  bool body_in_ref = false;
};

void PutHeader(const DraftMessage& draft, const Filled& filled, uint64_t fee_in_message,
               ton::CellBuilder* builder) {
  const ton::ParsedInternal& message = draft.message;
  builder->Bit(false).Bit(true).Bit(message.bounce).Bit(message.bounced);
  ton::StoreAddress(*builder, filled.source);
  ton::StoreAddress(*builder, filled.destination);
  builder->Coins(filled.value).Bit(false).Coins(0).Coins(fee_in_message);
  builder->Uint(filled.created_lt, 64).Uint(filled.created_at, 32);
}

absl::StatusOr<ton::CellRef> Assemble(const DraftMessage& draft, const Filled& filled,
                                      uint64_t fee_in_message, Layout layout) {
  const ton::ParsedInternal& message = draft.message;
  ton::CellBuilder builder;
  PutHeader(draft, filled, fee_in_message, &builder);
  builder.Bit(message.state_init != nullptr);
  if (message.state_init != nullptr) {
    builder.Bit(layout.init_in_ref);
    layout.init_in_ref ? builder.Ref(message.state_init) : builder.Append(*message.state_init);
  }
  builder.Bit(layout.body_in_ref);
  layout.body_in_ref ? builder.Ref(message.body) : builder.Append(*message.body);
  return builder.Build();
}

// The cells that this layout leaves below the message's own.
CellTotals Below(const DraftMessage& draft, Layout layout) {
  const ton::ParsedInternal& message = draft.message;
  std::vector<ton::CellRef> roots;
  if (message.state_init != nullptr) {
    if (layout.init_in_ref) {
      roots.push_back(message.state_init);
    } else {
      roots.insert(roots.end(), message.state_init->refs().begin(),
                   message.state_init->refs().end());
    }
  }
  if (layout.body_in_ref) {
    roots.push_back(message.body);
  } else {
    roots.insert(roots.end(), message.body->refs().begin(), message.body->refs().end());
  }
  return CountCells(roots);
}

}  // namespace

absl::StatusOr<DraftMessage> ReadDraft(const ton::CellRef& cell) {
  DraftMessage draft;
  ASSIGN_OR_RETURN(draft.message, ton::ParseInternalMessage(cell));
  // An inline body ends the cell; a body in a reference is the last of them, with nothing after it.
  const std::vector<ton::CellRef>& refs = cell->refs();
  draft.body_in_ref = !refs.empty() && refs.back() == draft.message.body;
  return draft;
}

absl::StatusOr<SentMessage> FillMessage(const DraftMessage& draft, const Filled& filled) {
  const Layout layouts[] = {{false, draft.body_in_ref}, {true, draft.body_in_ref}, {true, true}};
  absl::Status failure = absl::InternalError("no layout");
  for (const Layout& layout : layouts) {
    SentMessage sent;
    const CellTotals below = Below(draft, layout);
    sent.forward_fee = ForwardFee(below, filled.source, filled.destination);
    sent.sender_share = SenderShare(sent.forward_fee);
    sent.cells_as_written = Below(draft, layouts[0]).cells;
    const absl::StatusOr<ton::CellRef> cell =
        Assemble(draft, filled, sent.forward_fee - sent.sender_share, layout);
    if (cell.ok()) {
      sent.cell = *cell;
      return sent;
    }
    failure = cell.status();
  }
  return failure;
}

}  // namespace starlift::sandbox
