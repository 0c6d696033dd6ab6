#include "sandbox/wallet_contract.h"

#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "ton/mnemonic.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

constexpr int32_t kCellUnderflow = 9;
constexpr int32_t kSignatureOff = 132;
constexpr int32_t kWrongSeqno = 133;
constexpr int32_t kWrongWalletId = 134;
constexpr int32_t kWrongSignature = 135;
constexpr int32_t kExpired = 136;
constexpr int32_t kModeWithoutIgnore = 137;
constexpr int32_t kUnknownOperation = 138;
constexpr int32_t kUnknownAction = 141;
constexpr int32_t kBadActionList = 147;
constexpr int32_t kOutOfGas = -14;

// Measured on the real contract.
constexpr uint64_t kGasToCommit = 3500;
constexpr uint64_t kGasUnderflow = 3961;
constexpr uint64_t kGasWithoutMessages = 4222;
constexpr uint64_t kGasPerMessage = 717;
constexpr uint64_t kGasBadMode = 4351;
constexpr uint64_t kGasListTooLong = 4016;

constexpr int kSignatureBits = 512;
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
  if (!state.signature_allowed) return kSignatureOff;
  if (request.seqno != state.seqno) return kWrongSeqno;
  if (request.wallet_id != state.wallet_id) return kWrongWalletId;
  if (request.valid_until <= now) return kExpired;
  return 0;
}

absl::StatusOr<ton::CellRef> WithNextSeqno(const ton::CellRef& data, uint32_t seqno) {
  ton::CellReader reader(data);
  ASSIGN_OR_RETURN(const bool allowed, reader.Bit());
  RETURN_IF_ERROR(reader.Skip(32));
  ASSIGN_OR_RETURN(const ton::CellRef rest, reader.Rest());
  return ton::CellBuilder().Bit(allowed).Uint(seqno + 1, 32).Append(*rest).Build();
}

// Walks the list from its outermost node, which is the last message, as the contract does.
void CheckActionList(const ton::CellRef& list, ContractRun* run) {
  uint64_t count = 0;
  ton::CellRef node = list;
  while (node->bits() != 0) {
    ton::CellReader reader(node);
    const absl::StatusOr<uint64_t> tag = reader.Uint(32);
    run->gas_used = kGasUnderflow + kGasPerMessage * count;
    if (!tag.ok() || *tag != ton::kSendAction) {
      run->exit_code = kCellUnderflow;
      return;
    }
    if (node->bits() != kActionBits || node->refs().size() != 2) {
      run->exit_code = kBadActionList;
      return;
    }
    if ((*reader.Uint(8) & 2) == 0) {
      run->exit_code = kModeWithoutIgnore;
      run->gas_used = kGasBadMode + kGasPerMessage * count;
      return;
    }
    node = node->refs()[0];
    ++count;
  }
  run->gas_used = kGasWithoutMessages + kGasPerMessage * count;
  if (count > kMostActions || !node->refs().empty()) {
    run->exit_code = kBadActionList;
    run->gas_used = kGasListTooLong + kGasPerMessage * count;
  }
}

void RunRequestedActions(ton::CellReader rest, ContractRun* run) {
  run->gas_used = kGasWithoutMessages;
  const absl::StatusOr<ton::CellRef> list = rest.MaybeRef();
  if (!list.ok()) {
    run->exit_code = kCellUnderflow;
    return;
  }
  if (*list != nullptr) CheckActionList(*list, run);
  if (run->exit_code != 0) return;
  const absl::StatusOr<bool> others = rest.Bit();
  if (!others.ok()) {
    run->exit_code = kCellUnderflow;
  } else if (*others) {
    run->exit_code = kUnknownAction;  // extended actions are not played here
  } else {
    run->out_list = *list;
  }
}

ContractRun Refused(int32_t exit_code) {
  ContractRun run;
  run.exit_code = exit_code;
  return run;
}

}  // namespace

ContractRun RunWalletV5(const ton::CellRef& data, const ton::CellRef& body, uint32_t now,
                        uint64_t gas_limit) {
  ton::CellReader reader(body);
  const absl::StatusOr<uint64_t> opcode = reader.Uint(32);
  if (!opcode.ok()) return Refused(kCellUnderflow);
  if (*opcode != ton::kWalletV5SignedExternal) return Refused(kUnknownOperation);
  const absl::StatusOr<ton::WalletV5State> state = ton::ParseWalletV5Data(data);
  ton::CellReader rest(body);
  const absl::StatusOr<Request> request = ReadRequest(body, &rest);
  if (!state.ok() || !request.ok()) return Refused(kCellUnderflow);
  const int32_t refusal = Check(*request, *state, now);
  if (refusal != 0) return Refused(refusal);
  if (gas_limit < kGasToCommit) return Refused(kOutOfGas);

  ContractRun run;
  run.accepted = true;
  const absl::StatusOr<ton::CellRef> next = WithNextSeqno(data, state->seqno);
  if (!next.ok()) return Refused(kCellUnderflow);
  run.committed = true;
  run.data = *next;
  RunRequestedActions(std::move(rest), &run);
  if (run.gas_used > gas_limit) {
    run.exit_code = kOutOfGas;
    run.gas_used = gas_limit;
    run.out_list = nullptr;
  }
  return run;
}

}  // namespace starlift::sandbox
