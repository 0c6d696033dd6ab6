#include "ton/wallet_v4r2.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ton/boc.h"
#include "ton/comment.h"
#include "ton/message.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton {
namespace {

constexpr int kSignatureBits = 512;

KeyPair TestKey() { return KeyPairFromSeed(std::vector<uint8_t>(32, 7)); }

CellRef Comment(absl::string_view text) { return WriteComment(text).value(); }

OutMessage MessageTo(uint8_t fill, CellRef body) {
  OutMessage message;
  message.destination.hash.fill(fill);
  message.amount_nano = 1'000'000'000 + fill;
  message.mode = 1;
  message.body = std::move(body);
  return message;
}

WalletV4Request RequestOf(size_t count, const CellRef& body = Comment("50 Telegram Stars")) {
  WalletV4Request request = {WalletV4IdFor(0), 1'900'000'000, 12};
  for (size_t i = 0; i < count; ++i) {
    request.messages.push_back(MessageTo(static_cast<uint8_t>(i), body));
  }
  return request;
}

// A body as a wallet program would make it, without a valid signature.
CellBuilder Unsigned(uint8_t operation) {
  CellBuilder body;
  body.Bytes(std::vector<uint8_t>(kSignatureBits / 8, 5));
  body.Uint(kWalletV4Id, 32).Uint(1'900'000'000, 32).Uint(3, 32).Uint(operation, 8);
  return body;
}

// The first `bits` bits and `refs` references of a cell.
CellRef Cut(const Cell& cell, int bits, size_t refs) {
  CellBuilder builder;
  builder.Bits(cell.data(), bits);
  for (size_t i = 0; i < refs; ++i) builder.Ref(cell.refs()[i]);
  return builder.Build().value();
}

// 1,365 nearly full cells in six levels, none like another: too large, and far from too deep.
CellRef WideTree(int levels, uint32_t* number) {
  CellBuilder builder;
  builder.Uint((*number)++, 32).Bytes(std::vector<uint8_t>(120, 1));
  for (int i = 0; levels > 1 && i < Cell::kMaxRefs; ++i) builder.Ref(WideTree(levels - 1, number));
  return builder.Build().value();
}

CellRef Chain(int depth) {
  CellRef cell = CellBuilder().Build().value();
  for (int i = 0; i < depth; ++i) cell = CellBuilder().Ref(cell).Build().value();
  return cell;
}

// From the public vectors: this seed, both workchains.
TEST(WalletV4Test, TheIdFollowsTheWorkchain) {
  EXPECT_EQ(WalletV4IdFor(), 698983191u);
  EXPECT_EQ(WalletV4IdFor(-1), 698983190u);
  EXPECT_EQ(HexOf(WalletV4Code()->hash()),
            "feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0");
  const KeyPair key = KeyPairFromSeed(
      ParseHash("e23d53047a7e27d5b4954f5bda9f5dc24c3d6cd1aa68817298b0cb30f734e4a5").value());
  EXPECT_EQ(RawForm(WalletV4Address(key.public_key)),
            "0:663bb13354c58d1391ac46b06fcc638e286e2294960b136bb0c13beb0ccc705d");
  const Address masterchain = WalletV4Address(key.public_key, -1);
  EXPECT_EQ(masterchain.workchain, -1);
  EXPECT_EQ(masterchain.hash, WalletV4StateInit(698983190, key.public_key)->hash());
}

TEST(WalletV4Test, SignedBodyReadsBack) {
  const KeyPair key = TestKey();
  const WalletV4Request request = RequestOf(4);
  const SignedTransfer transfer = SignWalletV4(key, request, /*include_state_init=*/true).value();
  EXPECT_EQ(transfer.boc, WriteBoc(transfer.external));
  const ParsedExternal external = ParseExternalMessage(ReadBoc(transfer.boc).value()).value();
  EXPECT_EQ(external.destination, WalletV4Address(key.public_key));
  EXPECT_EQ(external.state_init->hash(), external.destination.hash);
  EXPECT_EQ(NormalizedHash(transfer.external).value(), transfer.normalized_hash);

  const ParsedWalletV4Body body = ParseWalletV4Body(external.body).value();
  EXPECT_EQ(body.wallet_id, request.wallet_id);
  EXPECT_EQ(body.valid_until, request.valid_until);
  EXPECT_EQ(body.seqno, request.seqno);
  EXPECT_EQ(body.signed_hash, transfer.unsigned_body->hash());
  EXPECT_TRUE(VerifySignature(key.public_key, body.signed_hash, body.signature));
  EXPECT_FALSE(VerifySignature(key.public_key, transfer.message_hash, body.signature));
  ASSERT_EQ(body.actions.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(body.actions[i].message->hash(), transfer.out_message_hashes[i]);
    const ParsedInternal sent = ParseInternalMessage(body.actions[i].message).value();
    EXPECT_EQ(sent.destination, request.messages[i].destination);
    EXPECT_EQ(sent.amount_nano, request.messages[i].amount_nano);
    EXPECT_EQ(sent.body->hash(), request.messages[i].body->hash());
  }
}

TEST(WalletV4Test, EveryModeGetsIgnoreErrors) {
  WalletV4Request request = RequestOf(4);
  const uint8_t given[] = {0, 1, 2, 130};
  const uint8_t stored[] = {2, 3, 2, 130};
  for (size_t i = 0; i < 4; ++i) request.messages[i].mode = given[i];
  const SignedTransfer ours = SignWalletV4(TestKey(), request, false).value();
  request.keep_modes = true;
  const SignedTransfer kept = SignWalletV4(TestKey(), request, false).value();
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(ParseWalletV4Body(ours.body).value().actions[i].mode, stored[i]);
    EXPECT_EQ(ParseWalletV4Body(kept.body).value().actions[i].mode, given[i]);
  }
}

TEST(WalletV4Test, NoMessagesIsATransferToo) {
  const SignedTransfer transfer = SignWalletV4(TestKey(), RequestOf(0), false).value();
  EXPECT_TRUE(transfer.out_message_hashes.empty());
  EXPECT_TRUE(ParseWalletV4Body(transfer.body).value().actions.empty());
  EXPECT_EQ(ParseExternalMessage(transfer.external).value().state_init, nullptr);
}

TEST(WalletV4Test, RefusesWhatTheNetworkWould) {
  const KeyPair key = TestKey();
  const auto refuses = [&](const WalletV4Request& request, absl::string_view why) {
    const absl::Status status = SignWalletV4(key, request, false).status();
    return status.code() == absl::StatusCode::kInvalidArgument && status.message() == why;
  };
  EXPECT_TRUE(refuses(RequestOf(5), "more than 4 messages"));

  uint32_t number = 0;
  const CellRef wide = WideTree(6, &number);
  EXPECT_TRUE(refuses(RequestOf(1, wide), "message too large for the network"));
  EXPECT_GT(WriteBoc(wide).size(), kMaxExternalBytes);

  // The body stands beside the external header and the chain's root beside the message's: only
  // the message adds to the depth.
  EXPECT_TRUE(SignWalletV4(key, RequestOf(1, Chain(kMaxExternalDepth - 1)), false).ok());
  EXPECT_TRUE(refuses(RequestOf(1, Chain(kMaxExternalDepth)), "message too deep for the network"));
}

TEST(WalletV4Test, ParseRefusesPluginOperations) {
  // All but the operation is as in a transfer.
  const auto parse = [](uint8_t operation) {
    CellBuilder body = Unsigned(operation);
    body.Uint(3, 8).Ref(BuildInternalMessage(MessageTo(1, Comment("hello"))).value());
    return ParseWalletV4Body(body.Build().value());
  };
  EXPECT_EQ(parse(0).value().actions.size(), 1u);
  for (const uint8_t operation : {1, 2, 3, 255}) {
    EXPECT_EQ(parse(operation).status().code(), absl::StatusCode::kInvalidArgument)
        << int{operation};
  }
}

TEST(WalletV4Test, ParseRefusesTruncatedBodiesAndTails) {
  const CellRef whole = SignWalletV4(TestKey(), RequestOf(2), false).value().body;
  EXPECT_TRUE(ParseWalletV4Body(Cut(*whole, whole->bits(), 2)).ok());
  for (int bits = 0; bits <= whole->bits(); ++bits) {
    for (size_t refs = 0; refs <= 2; ++refs) {
      const bool shorter_list = bits == whole->bits() - 8 * static_cast<int>(2 - refs);
      const auto parsed = ParseWalletV4Body(Cut(*whole, bits, refs));
      if (shorter_list) {
        EXPECT_TRUE(parsed.ok()) << "a whole body of another signature";
        continue;
      }
      EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << bits << " " << refs;
    }
  }
  CellBuilder tail;
  tail.Append(*whole).Bit(false);
  EXPECT_FALSE(ParseWalletV4Body(tail.Build().value()).ok());
  EXPECT_FALSE(ParseWalletV4Body(nullptr).ok());
  const SignedTransfer w5 = SignWalletV5(TestKey(), WalletV5Request(), false).value();
  EXPECT_FALSE(ParseWalletV4Body(w5.body).ok());
}

TEST(WalletV4Test, DataReadsBack) {
  const KeyPair key = TestKey();
  const WalletV4State state = ParseWalletV4Data(WalletV4Data(5, 6, key.public_key)).value();
  EXPECT_EQ(state.seqno, 5u);
  EXPECT_EQ(state.wallet_id, 6u);
  EXPECT_EQ(state.public_key, key.public_key);
  EXPECT_FALSE(state.has_plugins);
}

TEST(WalletV4Test, DataWithPluginsIsRecognised) {
  const KeyPair key = TestKey();
  const CellRef plugins = CellBuilder().Uint(1, 8).Build().value();
  CellBuilder data;
  data.Uint(5, 32).Uint(6, 32).Bytes(key.public_key).MaybeRef(plugins);
  EXPECT_TRUE(ParseWalletV4Data(data.Build().value()).value().has_plugins);
}

TEST(WalletV4Test, DataOfSomethingElseIsRefused) {
  const KeyPair key = TestKey();
  const auto refuses = [](const CellRef& data) {
    return ParseWalletV4Data(data).status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refuses(nullptr));
  const CellRef data = WalletV4Data(5, 6, key.public_key);
  for (int bits = 0; bits < data->bits(); ++bits) EXPECT_TRUE(refuses(Cut(*data, bits, 0)));
  CellBuilder tail;
  tail.Append(*data).Bit(false);
  EXPECT_TRUE(refuses(tail.Build().value()));
  EXPECT_TRUE(refuses(WalletV5Data(5, 6, key.public_key)));
}

}  // namespace
}  // namespace starlift::ton
