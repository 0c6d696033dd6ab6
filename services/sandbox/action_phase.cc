#include "sandbox/action_phase.h"

#include <algorithm>

#include "sandbox/out_message.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

constexpr int kInvalidAction = 34;
constexpr int kInvalidSource = 35;
constexpr int kInvalidDestination = 36;
constexpr int kNotEnoughFunds = 37;

constexpr uint8_t kPayFeesSeparately = 1;
constexpr uint8_t kIgnoreErrors = 2;
constexpr uint8_t kDestroyIfEmpty = 32;
constexpr uint8_t kCarryAll = 128;
constexpr uint8_t kUnknownModes = 0x0c;
constexpr uint8_t kCarryBits = 0xc0;

// Sends one action after the other on what is left of the balance.
class Sender {
 public:
  explicit Sender(const ActionContext& context) : context_(context) {
    outcome_.balance_nano = context.balance_nano;
  }

  // 0, or the result code that fails the whole phase.
  int Send(const ton::OutAction& action, int index) {
    const bool ignore = (action.mode & kIgnoreErrors) != 0;
    if ((action.mode & kUnknownModes) != 0 || (action.mode & kCarryBits) == kCarryBits) {
      return kInvalidAction;
    }
    const absl::StatusOr<DraftMessage> draft = ReadDraft(action.message);
    if (!draft.ok()) return ignore ? Skip(0) : kInvalidAction;
    if (draft->message.has_source && draft->message.source != context_.account) {
      return kInvalidSource;
    }
    const int8_t workchain = draft->message.destination.workchain;
    if (workchain != 0 && workchain != -1) return ignore ? Skip(0) : kInvalidDestination;
    return SendDraft(*draft, action.mode, index);
  }

  ActionOutcome Take() && { return std::move(outcome_); }
  ActionPhase& phase() { return outcome_.phase; }

 private:
  int SendDraft(const DraftMessage& draft, uint8_t mode, int index) {
    Filled filled;
    filled.source = context_.account;
    filled.destination = draft.message.destination;
    filled.value = draft.message.amount_nano;
    filled.created_lt = context_.lt + 1 + outcome_.messages.size();
    filled.created_at = context_.utime;
    if ((mode & kCarryAll) != 0) filled.value = outcome_.balance_nano;
    absl::StatusOr<SentMessage> sent = FillMessage(draft, filled);
    if (!sent.ok()) return (mode & kIgnoreErrors) != 0 ? Skip(0) : kInvalidAction;
    const bool separate = (mode & kPayFeesSeparately) != 0 && (mode & kCarryAll) == 0;
    const uint64_t needed = filled.value + (separate ? sent->forward_fee : 0);
    const bool forced = context_.faults.skip_action == index;
    const bool fee_unpaid = !separate && filled.value < sent->forward_fee;
    if (forced || fee_unpaid || needed < filled.value || outcome_.balance_nano < needed) {
      return (mode & kIgnoreErrors) != 0 ? Skip(sent->cells_as_written) : kNotEnoughFunds;
    }
    if (!separate) {
      filled.value -= sent->forward_fee;
      sent = FillMessage(draft, filled);
    }
    Count(*sent, needed, mode);
    return 0;
  }

  void Count(const SentMessage& sent, uint64_t spent, uint8_t mode) {
    ActionPhase& phase = outcome_.phase;
    outcome_.balance_nano -= spent;
    outcome_.messages.push_back(sent.cell);
    ++phase.messages_created;
    phase.forward_fees += sent.forward_fee;
    phase.action_fees += sent.sender_share;
    const CellTotals size = CountCells({sent.cell});
    phase.message_size.cells += size.cells;
    phase.message_size.bits += size.bits;
    const bool empty = outcome_.balance_nano == 0;
    outcome_.destroy = (mode & kDestroyIfEmpty) != 0 && (mode & kCarryAll) != 0 && empty;
  }

  int Skip(uint64_t cells) {
    ++outcome_.phase.skipped_actions;
    const uint64_t fine = std::min(cells * kFinePerCell, outcome_.balance_nano);
    outcome_.phase.fine += fine;
    outcome_.balance_nano -= fine;
    return 0;
  }

  const ActionContext& context_;
  ActionOutcome outcome_;
};

ActionOutcome Failed(const ActionContext& context, ActionPhase phase, int code) {
  phase.success = false;
  phase.valid = code != kInvalidAction;
  phase.no_funds = code == kNotEnoughFunds;
  phase.result_code = code;
  phase.messages_created = 0;
  phase.forward_fees = 0;
  phase.action_fees = 0;
  phase.fine = 0;
  phase.message_size = {};
  ActionOutcome outcome;
  outcome.phase = phase;
  outcome.balance_nano = context.balance_nano;
  return outcome;
}

ton::Hash256 ListHash(const ton::CellRef& out_list) {
  if (out_list != nullptr) return out_list->hash();
  static const ton::Hash256 empty = (*ton::CellBuilder().Build())->hash();
  return empty;
}

}  // namespace

ActionOutcome RunActions(const ton::CellRef& out_list, const ActionContext& context) {
  Sender sender(context);
  sender.phase().list_hash = ListHash(out_list);
  const absl::StatusOr<std::vector<ton::OutAction>> actions = ton::ParseOutList(out_list);
  if (!actions.ok()) return Failed(context, sender.phase(), kInvalidAction);
  sender.phase().total_actions = static_cast<int>(actions->size());
  if (context.faults.fail_action_phase) {
    return Failed(context, sender.phase(), kNotEnoughFunds);
  }
  for (size_t i = 0; i < actions->size(); ++i) {
    const int code = sender.Send((*actions)[i], static_cast<int>(i));
    if (code != 0) return Failed(context, sender.phase(), code);
  }
  return std::move(sender).Take();
}

}  // namespace starlift::sandbox
