#include "sandbox/foreign_use.h"

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "sandbox/out_message.h"
#include "ton/comment.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

constexpr const char* kStranger =
    "0:57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4e57a4";

// What a relayer's message to the wallet carries.
constexpr uint64_t kRelayedNano = 100'000'000;

// Signed by a program that knows the wallet's key and its newest seqno.
absl::StatusOr<ton::SignedTransfer> Sign(const MintedWallet& minted, const Account& account,
                                         const ton::OutMessage& message, uint32_t valid_until,
                                         bool relayed) {
  const std::optional<WalletFacts> wallet = ReadWallet(account);
  const uint32_t seqno = wallet.has_value() ? wallet->seqno : 0;
  const bool deploys = !wallet.has_value();
  if (relayed && minted.version != WalletVersion::kV5R1) {
    return absl::InvalidArgumentError("only V5R1 takes requests from a relayer");
  }
  if (minted.version == WalletVersion::kV4R2) {
    ton::WalletV4Request request;
    request.wallet_id = minted.wallet_id;
    request.valid_until = valid_until;
    request.seqno = seqno;
    request.messages = {message};
    return ton::SignWalletV4(minted.key, request, deploys);
  }
  ton::WalletV5Request request;
  request.wallet_id = minted.wallet_id;
  request.valid_until = valid_until;
  request.seqno = seqno;
  request.messages = {message};
  request.internal = relayed;
  return ton::SignWalletV5(minted.key, request, deploys);
}

// The request inside a message of somebody who pays the gas for it.
absl::StatusOr<ton::CellRef> Relay(const ton::Address& wallet, const ton::CellRef& body) {
  DraftMessage draft;
  draft.message.body = body;
  draft.body_in_ref = true;
  Filled filled;
  ASSIGN_OR_RETURN(filled.source, ton::ParseAddress(kStranger));
  filled.destination = wallet;
  filled.value = kRelayedNano;
  ASSIGN_OR_RETURN(const SentMessage sent, FillMessage(draft, filled));
  return sent.cell;
}

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
  const bool relayed = order.value("relayed", false);
  const auto valid_until =
      static_cast<uint32_t>(world.ChainMs() / 1000 + order.value("valid_for_s", 120));
  ASSIGN_OR_RETURN(const ton::SignedTransfer transfer,
                   Sign(minted->second, world.chain.Read(wallet), message, valid_until, relayed));
  if (!relayed) {
    world.chain.Force(transfer.external, world.MachineMs());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ton::CellRef relay, Relay(wallet, transfer.body));
  world.chain.Arrive(relay);
  return absl::OkStatus();
}

}  // namespace starlift::sandbox
