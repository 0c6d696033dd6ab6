#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/payment/ports/chain.h"
#include "domain/payment/wallet_contract.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/message.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift {

// What a signed external message asks a wallet to do: taken apart once, however often it is sent.
struct WalletMessage {
  std::string wallet;  // raw form
  uint32_t wallet_id = 0;
  uint32_t seqno = 0;
  absl::Time valid_until;
  bool deploys = false;  // brings the StateInit
  bool genuine = false;  // the wallet's own key signed it
  std::string normalized_hash;
  std::vector<ChainOutMessage> out;  // first to last
};

// A wallet contract on the fake chain, V5R1 or V4R2: its states by block, its transactions.
struct FakeWallet {
  struct State {
    size_t block = 0;  // the first one that shows it
    Units balance;
    int64_t seqno = 0;
    int64_t last_lt = 0;
    bool deployed = false;
    bool frozen = false;
    bool extension = false;
  };

  WalletVersion version = WalletVersion::kV5R1;
  std::array<uint8_t, 32> public_key{};
  std::vector<State> states;              // oldest first, one for each block that changed it
  std::vector<ChainTransaction> history;  // oldest first
  std::vector<size_t> blocks;             // of each transaction

  uint32_t wallet_id() const { return WalletIdFor(version, ton::kMainnet); }

  // As it was after that block; not deployed before its first one.
  State At(size_t block) const {
    for (auto state = states.rbegin(); state != states.rend(); ++state) {
      if (state->block <= block) return *state;
    }
    return State{};
  }

  ton::CellRef Code() const {
    return version == WalletVersion::kV4R2 ? ton::WalletV4Code() : ton::WalletV5Code();
  }
  ton::CellRef Data(const State& state) const {
    const auto seqno = static_cast<uint32_t>(state.seqno);
    if (state.extension) {
      const ton::CellRef dictionary = *ton::CellBuilder().Uint(1, 8).Build();
      ton::CellBuilder data;
      if (version == WalletVersion::kV5R1) data.Bit(true);
      data.Uint(seqno, 32).Uint(wallet_id(), 32).Bytes(public_key).MaybeRef(dictionary);
      return *data.Build();
    }
    if (version == WalletVersion::kV4R2) {
      return ton::WalletV4Data(seqno, wallet_id(), public_key);
    }
    return ton::WalletV5Data(seqno, wallet_id(), public_key);
  }

  // What `body` asks for. nullopt: the contract would not accept it at all.
  std::optional<WalletMessage> Read(const ton::CellRef& body) const {
    return version == WalletVersion::kV4R2 ? ReadV4(body) : ReadV5(body);
  }

 private:
  std::optional<WalletMessage> ReadV5(const ton::CellRef& body) const {
    const auto parsed = ton::ParseWalletV5Body(body);
    if (!parsed.ok() || parsed->has_other_actions) return std::nullopt;
    const auto actions = ton::ParseOutList(parsed->out_list, ton::kWalletV5MaxMessages);
    if (!actions.ok()) return std::nullopt;
    return Message(*parsed, *actions);
  }

  std::optional<WalletMessage> ReadV4(const ton::CellRef& body) const {
    const auto parsed = ton::ParseWalletV4Body(body);
    if (!parsed.ok() || parsed->actions.size() > ton::kWalletV4MaxMessages) return std::nullopt;
    return Message(*parsed, parsed->actions);
  }

  template <typename Parsed>
  std::optional<WalletMessage> Message(const Parsed& parsed,
                                       const std::vector<ton::OutAction>& actions) const {
    WalletMessage message;
    message.wallet_id = parsed.wallet_id;
    message.seqno = parsed.seqno;
    message.valid_until = absl::FromUnixSeconds(parsed.valid_until);
    message.genuine = ton::VerifySignature(public_key, parsed.signed_hash, parsed.signature);
    for (const ton::OutAction& action : actions) {
      const auto out = ton::ParseInternalMessage(action.message);
      // Without +2 one message that cannot be paid stops them all: no wallet of ours sends so.
      if (!out.ok() || (action.mode & ton::kIgnoreErrors) == 0) return std::nullopt;
      message.out.push_back({ton::RawForm(out->destination),
                             Units(static_cast<int64_t>(out->amount_nano)),
                             ton::HexOf(out->body->hash())});
    }
    return message;
  }
};

}  // namespace starlift
