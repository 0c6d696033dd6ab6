#include "sandbox/wallet_v4_contract.h"

#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "ton/mnemonic.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

constexpr int32_t kWrongSeqno = 33;
constexpr int32_t kWrongWalletId = 34;
constexpr int32_t kWrongSignature = 35;
constexpr int32_t kExpired = 36;

// Measured on the real contract.
constexpr uint64_t kGasToCommit = 2390;
constexpr uint64_t kGasWithoutOperation = 2484;
constexpr uint64_t kGasToSend = 2666;
constexpr uint64_t kGasPerMessage = 642;
constexpr uint64_t kGasWithoutMode = 2719;
constexpr uint64_t kGasOtherOperation = 3600;

// … and on internal messages.
constexpr uint64_t kGasBounced = 669;
constexpr uint64_t kGasEmpty = 775;
constexpr uint64_t kGasOfAny = 991;
constexpr uint64_t kGasUnknownPlugin = 2245;
constexpr uint64_t kPluginRequest = 0x706c7567;
constexpr uint64_t kPluginLeaves = 0x64737472;

constexpr int kSignatureBytes = 64;
constexpr uint64_t kSend = 0;

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

// Reads as far as the contract does before it checks anything. `rest` stands at the operation.
absl::StatusOr<Request> ReadRequest(ton::CellReader* rest) {
  Request request;
  ASSIGN_OR_RETURN(request.signature, rest->Bytes(kSignatureBytes));
  ASSIGN_OR_RETURN(const ton::CellRef signed_part, rest->Rest());
  request.signed_hash = signed_part->hash();
  ASSIGN_OR_RETURN(request.wallet_id, Uint32(*rest));
  ASSIGN_OR_RETURN(request.valid_until, Uint32(*rest));
  ASSIGN_OR_RETURN(request.seqno, Uint32(*rest));
  return request;
}

// 0, or the exit code with which the contract refuses.
int32_t Check(const Request& request, const ton::WalletV4State& state, uint32_t now) {
  if (request.valid_until <= now) return kExpired;
  if (request.seqno != state.seqno) return kWrongSeqno;
  if (request.wallet_id != state.wallet_id) return kWrongWalletId;
  if (!ton::VerifySignature(state.public_key, request.signed_hash, request.signature)) {
    return kWrongSignature;
  }
  return 0;
}

absl::StatusOr<ton::CellRef> WithNextSeqno(const ton::CellRef& data, uint32_t seqno) {
  ton::CellReader reader(data);
  RETURN_IF_ERROR(reader.Skip(32));
  ASSIGN_OR_RETURN(const ton::CellRef rest, reader.Rest());
  return ton::CellBuilder().Uint(seqno + 1, 32).Append(*rest).Build();
}

// One mode and one message after the other, as SENDRAWMSG puts them into the list of actions.
absl::Status ReadMessages(ton::CellReader rest, ContractRun* run) {
  ASSIGN_OR_RETURN(ton::CellRef list, ton::CellBuilder().Build());
  uint64_t count = 0;
  while (rest.refs_left() != 0) {
    const absl::StatusOr<uint64_t> mode = rest.Uint(8);
    if (!mode.ok()) {
      run->exit_code = kCellUnderflow;
      run->gas_used = kGasWithoutMode + kGasPerMessage * count;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(ton::CellRef message, rest.Ref());
    ton::CellBuilder node;
    node.Uint(ton::kSendAction, 32).Uint(*mode, 8).Ref(list).Ref(std::move(message));
    ASSIGN_OR_RETURN(list, node.Build());
    ++count;
  }
  run->gas_used = kGasToSend + kGasPerMessage * count;
  if (count != 0) run->out_list = list;
  return absl::OkStatus();
}

absl::Status RunOperation(ton::CellReader rest, ContractRun* run) {
  const absl::StatusOr<uint64_t> operation = rest.Uint(8);
  if (!operation.ok()) {
    run->exit_code = kCellUnderflow;
    run->gas_used = kGasWithoutOperation;
    return absl::OkStatus();
  }
  if (*operation == kSend) return ReadMessages(std::move(rest), run);
  run->gas_used = kGasOtherOperation;
  return absl::OkStatus();
}

}  // namespace

ContractRun RunWalletV4(const ton::CellRef& data, const ton::CellRef& body, uint32_t now,
                        uint64_t gas_limit) {
  const absl::StatusOr<ton::WalletV4State> state = ton::ParseWalletV4Data(data);
  ton::CellReader rest(body);
  const absl::StatusOr<Request> request = ReadRequest(&rest);
  if (!state.ok() || !request.ok()) return ContractRun::Refused(kCellUnderflow);
  const int32_t refusal = Check(*request, *state, now);
  if (refusal != 0) return ContractRun::Refused(refusal);
  if (gas_limit < kGasToCommit) return ContractRun::Refused(kOutOfGas);

  const absl::StatusOr<ton::CellRef> next = WithNextSeqno(data, state->seqno);
  if (!next.ok()) return ContractRun::Refused(kCellUnderflow);
  ContractRun run;
  run.accepted = true;
  run.committed = true;
  run.data = *next;
  if (!RunOperation(std::move(rest), &run).ok()) return ContractRun::Refused(kCellUnderflow);
  run.EndOnGas(gas_limit);
  return run;
}

ContractRun ReceiveWalletV4(const ton::CellRef& body, bool bounced) {
  if (bounced) return ContractRun::Idle(kGasBounced);
  ton::CellReader reader(body);
  const absl::StatusOr<uint64_t> opcode = reader.Uint(32);
  if (!opcode.ok()) return ContractRun::Idle(kGasEmpty);
  const bool plugin = *opcode == kPluginRequest || *opcode == kPluginLeaves;
  return ContractRun::Idle(plugin ? kGasUnknownPlugin : kGasOfAny);
}

}  // namespace starlift::sandbox
