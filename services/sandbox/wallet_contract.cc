#include "sandbox/wallet_contract.h"

#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "ton/mnemonic.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

constexpr int32_t kSignatureOff = 132;
constexpr int32_t kWrongSeqno = 133;
constexpr int32_t kWrongWalletId = 134;
constexpr int32_t kWrongSignature = 135;
constexpr int32_t kExpired = 136;
constexpr int32_t kModeWithoutIgnore = 137;
constexpr int32_t kUnknownOperation = 138;
constexpr int32_t kUnknownAction = 141;
constexpr int32_t kOnlyExtensionsDecide = 146;
constexpr int32_t kBadActionList = 147;

// Measured on the real contract.
constexpr uint64_t kGasToCommit = 3192;
constexpr uint64_t kGasWithoutList = 3705;
constexpr uint64_t kGasListUnreadable = 3487;
constexpr uint64_t kGasUnderflow = 3961;
constexpr uint64_t kGasEmptyList = 4222;
constexpr uint64_t kGasPerMessage = 717;
constexpr uint64_t kGasBadMode = 4351;
constexpr uint64_t kGasListTooLong = 4016;
constexpr uint64_t kGasEndsEarly = 63;  // less, when the bit after the list is missing
constexpr uint64_t kGasUnknownAction = 525;
constexpr uint64_t kGasSignatureMode = 543;
constexpr uint64_t kGasBadActionRefs = 4169;
constexpr uint64_t kGasBadActionBits = 4065;

// … and on internal messages.
constexpr uint64_t kGasEmpty = 546;
constexpr uint64_t kGasOtherOperation = 778;
constexpr uint64_t kGasShortRequest = 1005;
constexpr uint64_t kGasUnknownExtension = 1661;
constexpr uint64_t kGasUnknownSigner = 2537;
constexpr uint64_t kGasSignatureOff = 2585;
constexpr uint64_t kGasWrongSeqno = 2663;
constexpr uint64_t kGasWrongWalletId = 2741;
constexpr uint64_t kGasExpired = 2819;
constexpr uint64_t kGasMoreWhenInternal = 397;
constexpr uint64_t kGasMoreWhenItFails = 392;
constexpr uint64_t kExtensionRequest = 0x6578746e;

constexpr uint64_t kSetSignatureAllowed = 0x04;  // an extended action

constexpr int kSignatureBits = 512;
constexpr int kLeastRequestBits = 4 * 32 + kSignatureBits;
constexpr int kActionBits = 32 + 8;
constexpr int kMostActions = 255;

struct Request {
  uint32_t wallet_id = 0;
  uint32_t valid_until = 0;
  uint32_t seqno = 0;
  ton::Hash256 signed_hash{};
  std::vector<uint8_t> signature;
};

absl::StatusOr<uint32_t> Uint32(ton::CellReader& reader) {
  ASSIGN_OR_RETURN(const uint64_t value, reader.Uint(32));
  return static_cast<uint32_t>(value);
}

// Reads as far as the contract does before it checks anything. `rest` stands at the action list.
absl::StatusOr<Request> ReadRequest(const ton::CellRef& body, ton::CellReader* rest) {
  if (body->bits() < kSignatureBits + 32) return absl::OutOfRangeError("short");
  ton::CellBuilder unsigned_part;
  unsigned_part.Bits(body->data(), body->bits() - kSignatureBits);
  for (const ton::CellRef& ref : body->refs()) unsigned_part.Ref(ref);
  ASSIGN_OR_RETURN(const ton::CellRef cell, unsigned_part.Build());
  *rest = ton::CellReader(cell);
  RETURN_IF_ERROR(rest->Skip(32));
  Request request;
  ASSIGN_OR_RETURN(request.wallet_id, Uint32(*rest));
  ASSIGN_OR_RETURN(request.valid_until, Uint32(*rest));
  ASSIGN_OR_RETURN(request.seqno, Uint32(*rest));
  request.signed_hash = cell->hash();
  ton::CellReader tail(body);
  RETURN_IF_ERROR(tail.Skip(body->bits() - kSignatureBits));
  ASSIGN_OR_RETURN(request.signature, tail.Bytes(kSignatureBits / 8));
  return request;
}

// 0, or the exit code with which the contract refuses.
int32_t Check(const Request& request, const ton::WalletV5State& state, uint32_t now) {
  if (!ton::VerifySignature(state.public_key, request.signed_hash, request.signature)) {
    return kWrongSignature;
  }
  // A wallet that was deployed with the bit off and without extensions would be lost for ever, so
  // the contract lets its owner sign.
  if (!state.signature_allowed && state.has_extensions) return kSignatureOff;
  if (request.seqno != state.seqno) return kWrongSeqno;
  if (request.wallet_id != state.wallet_id) return kWrongWalletId;
  if (request.valid_until <= now) return kExpired;
  return 0;
}

absl::StatusOr<ton::CellRef> WithNextSeqno(const ton::CellRef& data, uint32_t seqno) {
  ton::CellReader reader(data);
  RETURN_IF_ERROR(reader.Skip(1 + 32));
  ASSIGN_OR_RETURN(const ton::CellRef rest, reader.Rest());
  return ton::CellBuilder().Bit(true).Uint(seqno + 1, 32).Append(*rest).Build();
}

// Walks the list from its outermost node, which is the last message, as the contract does.
void CheckActionList(const ton::CellRef& list, bool external, ContractRun* run) {
  uint64_t count = 0;
  ton::CellRef node = list;
  while (node->bits() != 0 || !node->refs().empty()) {
    ton::CellReader reader(node);
    const absl::StatusOr<uint64_t> tag = reader.Uint(32);
    run->gas_used = kGasUnderflow + kGasPerMessage * count;
    if (!tag.ok() || *tag != ton::kSendAction) {
      run->exit_code = kCellUnderflow;
      return;
    }
    if (node->bits() != kActionBits || node->refs().size() != 2) {
      run->exit_code = kBadActionList;
      const bool bits = node->bits() != kActionBits;
      run->gas_used = (bits ? kGasBadActionBits : kGasBadActionRefs) + kGasPerMessage * count;
      return;
    }
    if (external && (*reader.Uint(8) & 2) == 0) {
      run->exit_code = kModeWithoutIgnore;
      run->gas_used = kGasBadMode + kGasPerMessage * count;
      return;
    }
    node = node->refs()[0];
    ++count;
  }
  run->gas_used = kGasEmptyList + kGasPerMessage * count;
  if (count > kMostActions) {
    run->exit_code = kBadActionList;
    run->gas_used = kGasListTooLong + kGasPerMessage * count;
  }
}

// What is asked for beside messages. Extensions are not played: a wallet whose owner adds one uses
// its seqno up and stays as it is, as after any other action that the contract does not know.
void RunExtendedAction(ton::CellReader rest, ContractRun* run) {
  const absl::StatusOr<uint64_t> kind = rest.Uint(8);
  const bool decides = kind.ok() && *kind == kSetSignatureAllowed;
  run->exit_code = decides ? kOnlyExtensionsDecide : kUnknownAction;
  run->gas_used += decides ? kGasSignatureMode : kGasUnknownAction;
}

void RunRequestedActions(ton::CellReader rest, bool external, ContractRun* run) {
  run->gas_used = kGasWithoutList;
  const absl::StatusOr<ton::CellRef> list = rest.MaybeRef();
  if (!list.ok()) {
    run->exit_code = kCellUnderflow;
    run->gas_used = kGasListUnreadable;
    return;
  }
  if (*list != nullptr) CheckActionList(*list, external, run);
  if (run->exit_code != 0) return;
  const absl::StatusOr<bool> others = rest.Bit();
  if (!others.ok()) {
    run->exit_code = kCellUnderflow;
    run->gas_used -= kGasEndsEarly;
  } else if (*others) {
    RunExtendedAction(std::move(rest), run);
  } else {
    run->out_list = *list;
  }
}

// What it costs to find out that a signed request is none for now.
uint64_t GasOfRefusal(int32_t exit_code) {
  switch (exit_code) {
    case kSignatureOff:
      return kGasSignatureOff;
    case kWrongSeqno:
      return kGasWrongSeqno;
    case kWrongWalletId:
      return kGasWrongWalletId;
    default:
      return kGasExpired;
  }
}

// A request that came with an internal message, long enough to be one.
absl::StatusOr<ContractRun> RunInternalRequest(const ton::CellRef& data, const ton::CellRef& body,
                                               uint32_t now) {
  ASSIGN_OR_RETURN(const ton::WalletV5State state, ton::ParseWalletV5Data(data));
  ton::CellReader rest(body);
  ASSIGN_OR_RETURN(const Request request, ReadRequest(body, &rest));
  ContractRun run;
  run.exit_code = Check(request, state, now);
  if (run.exit_code == kWrongSignature) return ContractRun::Idle(kGasUnknownSigner);
  if (run.exit_code != 0) {
    run.gas_used = GasOfRefusal(run.exit_code);
    return run;
  }
  RunRequestedActions(std::move(rest), /*external=*/false, &run);
  run.gas_used += run.exit_code == 0 ? kGasMoreWhenInternal : kGasMoreWhenItFails;
  if (run.exit_code != 0) return run;
  ASSIGN_OR_RETURN(run.data, WithNextSeqno(data, state.seqno));
  return run;
}

}  // namespace

ContractRun ReceiveWalletV5(const ton::CellRef& data, const ton::CellRef& body, uint32_t now) {
  ton::CellReader reader(body);
  const absl::StatusOr<uint64_t> opcode = reader.Uint(32);
  if (!opcode.ok()) return ContractRun::Idle(kGasEmpty);
  if (*opcode == kExtensionRequest) return ContractRun::Idle(kGasUnknownExtension);
  if (*opcode != ton::kWalletV5SignedInternal) return ContractRun::Idle(kGasOtherOperation);
  if (body->bits() < kLeastRequestBits) return ContractRun::Idle(kGasShortRequest);
  const absl::StatusOr<ContractRun> run = RunInternalRequest(data, body, now);
  return run.ok() ? *run : ContractRun::Idle(kGasUnknownSigner);
}

ContractRun RunWalletV5(const ton::CellRef& data, const ton::CellRef& body, uint32_t now,
                        uint64_t gas_limit) {
  ton::CellReader reader(body);
  const absl::StatusOr<uint64_t> opcode = reader.Uint(32);
  if (!opcode.ok()) return ContractRun::Refused(kCellUnderflow);
  if (*opcode != ton::kWalletV5SignedExternal) return ContractRun::Refused(kUnknownOperation);
  const absl::StatusOr<ton::WalletV5State> state = ton::ParseWalletV5Data(data);
  ton::CellReader rest(body);
  const absl::StatusOr<Request> request = ReadRequest(body, &rest);
  if (!state.ok() || !request.ok()) return ContractRun::Refused(kCellUnderflow);
  const int32_t refusal = Check(*request, *state, now);
  if (refusal != 0) return ContractRun::Refused(refusal);
  if (gas_limit < kGasToCommit) return ContractRun::Refused(kOutOfGas);

  ContractRun run;
  run.accepted = true;
  const absl::StatusOr<ton::CellRef> next = WithNextSeqno(data, state->seqno);
  if (!next.ok()) return ContractRun::Refused(kCellUnderflow);
  run.committed = true;
  run.data = *next;
  RunRequestedActions(std::move(rest), /*external=*/true, &run);
  run.EndOnGas(gas_limit);
  return run;
}

}  // namespace starlift::sandbox
