#include "sandbox/foreign_use.h"

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "ton/comment.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

constexpr const char* kStranger =
    "0:57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4";

}  // namespace

absl::Status ForeignUse(World& world, const nlohmann::json& order) {
  ASSIGN_OR_RETURN(const ton::Address wallet, ton::ParseAddress(order.value("wallet", "")));
  const auto minted = world.wallets.find(wallet);
  if (minted == world.wallets.end()) {
    return absl::NotFoundError("the sandbox has no key of this wallet");
  }
  ton::OutMessage message;
  ASSIGN_OR_RETURN(message.destination, ton::ParseAddress(order.value("to", kStranger)));
  if (!absl::SimpleAtoi(order.value("amount_nano", "1000000"), &message.amount_nano)) {
    return absl::InvalidArgumentError("amount_nano is a decimal string");
  }
  ASSIGN_OR_RETURN(message.body, ton::WriteComment(order.value("comment", "somebody else")));
  const Account account = world.chain.Read(wallet);
  const absl::StatusOr<ton::WalletV5State> state = ton::ParseWalletV5Data(account.data);
  ton::WalletV5Request request;
  request.wallet_id = minted->second.wallet_id;
  request.seqno = IsWalletV5(account) && state.ok() ? state->seqno : 0;
  request.valid_until =
      static_cast<uint32_t>(world.ChainMs() / 1000 + order.value("valid_for_s", 120));
  request.messages = {message};
  ASSIGN_OR_RETURN(const ton::SignedTransfer transfer,
                   ton::SignWalletV5(minted->second.key, request,
                                     /*include_state_init=*/!IsWalletV5(account)));
  world.chain.Force(transfer.external, world.MachineMs());
  return absl::OkStatus();
}

}  // namespace starlift::sandbox
