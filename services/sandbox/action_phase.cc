#include "sandbox/action_phase.h"

#include <algorithm>

#include "sandbox/out_message.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

constexpr int kInvalidList = 32;
constexpr int kInvalidAction = 34;
constexpr int kInvalidSource = 35;
constexpr int kInvalidDestination = 36;
constexpr int kNotEnoughFunds = 37;

constexpr uint8_t kPayFeesSeparately = 1;
constexpr uint8_t kIgnoreErrors = 2;
constexpr uint8_t kDestroyIfEmpty = 32;
constexpr uint8_t kCarryInbound = 64;
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
    if (!draft.ok()) {
      outcome_.phase.valid = ignore;
      return ignore ? Skip() : kInvalidAction;
    }
    if (draft->message.has_source && draft->message.source != context_.account) {
      return kInvalidSource;
    }
    const int8_t workchain = draft->message.destination.workchain;
    if (workchain != 0 && workchain != -1) return ignore ? Skip() : kInvalidDestination;
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
    if ((mode & kCarryInbound) != 0) {
      const uint64_t gas = (mode & kPayFeesSeparately) != 0 ? 0 : context_.gas_fees;
      const uint64_t value = filled.value + context_.inbound_nano;
      if (value < gas) return (mode & kIgnoreErrors) != 0 ? Skip() : kNotEnoughFunds;
      filled.value = value - gas;
    }
    absl::StatusOr<SentMessage> sent = FillMessage(draft, filled);
    if (!sent.ok()) return (mode & kIgnoreErrors) != 0 ? Skip() : kInvalidAction;
    const bool separate = (mode & kPayFeesSeparately) != 0 && (mode & kCarryAll) == 0;
    const uint64_t needed = filled.value + (separate ? sent->forward_fee : 0);
    const bool forced = context_.faults.skip_action == index;
    const bool fee_unpaid = !separate && filled.value < sent->forward_fee;
    if (forced || fee_unpaid || needed < filled.value || outcome_.balance_nano < needed) {
      Fine(sent->cells_as_written);
      return (mode & kIgnoreErrors) != 0 ? Skip() : kNotEnoughFunds;
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

  int Skip() {
    ++outcome_.phase.skipped_actions;
    return 0;
  }

  // What was too dear costs something all the same, also where it fails the phase.
  void Fine(uint64_t cells) {
    const uint64_t fine =
        std::min(cells * PricesOf(context_.account.workchain).fine_per_cell, outcome_.balance_nano);
    outcome_.phase.fine += fine;
    outcome_.balance_nano -= fine;
  }

  const ActionContext& context_;
  ActionOutcome outcome_;
};

// Nothing leaves, but what was counted until then stays in the record, and the fines are paid.
ActionOutcome Failed(const ActionContext& context, ActionPhase phase, int code, int action) {
  phase.success = false;
  phase.no_funds = code == kNotEnoughFunds;
  phase.result_code = code;
  phase.result_argument = action;
  phase.action_fees = phase.fine;
  ActionOutcome outcome;
  outcome.phase = phase;
  outcome.balance_nano = context.balance_nano - phase.fine;
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
  ActionPhase& phase = sender.phase();
  phase.list_hash = ListHash(out_list);
  const absl::StatusOr<std::vector<ton::OutAction>> actions = ton::ParseOutList(out_list);
  if (!actions.ok()) {
    phase.valid = false;
    return Failed(context, phase, kInvalidList, 0);
  }
  phase.total_actions = static_cast<int>(actions->size());
  if (context.faults.fail_action_phase) return Failed(context, phase, kNotEnoughFunds, 0);
  for (size_t i = 0; i < actions->size(); ++i) {
    const int index = static_cast<int>(i);
    const int code = sender.Send((*actions)[i], index);
    if (code != 0) return Failed(context, phase, code, index);
  }
  phase.action_fees += phase.fine;
  return std::move(sender).Take();
}

}  // namespace starlift::sandbox
