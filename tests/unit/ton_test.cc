#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/random.h"
#include "ton/address.h"
#include "ton/base64.h"
#include "ton/boc.h"
#include "ton/cell.h"
#include "ton/comment.h"
#include "ton/crc32c.h"
#include "ton/message.h"
#include "ton/mnemonic.h"
#include "ton/utf8.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton {
namespace {

CellRef MakeCell(uint64_t value, int bits, std::vector<CellRef> refs = {}) {
  CellBuilder builder;
  builder.Uint(value, bits);
  for (CellRef& ref : refs) builder.Ref(std::move(ref));
  return builder.Build().value();
}

std::vector<uint8_t> BytesOf(absl::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

KeyPair TestKey() { return KeyPairFromSeed(std::vector<uint8_t>(32, 7)); }

Address SomeAddress(uint8_t fill) {
  Address address;
  address.hash.fill(fill);
  return address;
}

TEST(CellTest, EmptyCellHasTheKnownHash) {
  const CellRef cell = CellBuilder().Build().value();
  EXPECT_EQ(HexOf(cell->hash()),
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(cell->depth(), 0);
}

TEST(CellTest, RefusesWhatBreaksALimit) {
  const CellRef leaf = MakeCell(1, 1);
  EXPECT_FALSE(Cell::Make({}, 1, {}).ok());
  EXPECT_FALSE(Cell::Make(std::vector<uint8_t>(128), 1024, {}).ok());
  EXPECT_FALSE(Cell::Make({}, -1, {}).ok());
  EXPECT_FALSE(Cell::Make({}, 0, std::vector<CellRef>(5, leaf)).ok());
  EXPECT_FALSE(Cell::Make({}, 0, {nullptr}).ok());
  EXPECT_FALSE(Cell::Make({}, 0, {}, /*exotic=*/true).ok());
  EXPECT_FALSE(Cell::Make({9}, 8, {}, /*exotic=*/true).ok());
}

TEST(CellTest, BitsAfterTheLastDoNotCount) {
  const CellRef clean = Cell::Make({0xa0}, 3, {}).value();
  const CellRef dirty = Cell::Make({0xbf, 0xff}, 3, {}).value();
  EXPECT_EQ(clean->hash(), dirty->hash());
  EXPECT_EQ(dirty->data(), std::vector<uint8_t>{0xa0});
}

TEST(CellTest, DepthEndsAt1024) {
  CellRef cell = MakeCell(0, 1);
  for (int i = 0; i < Cell::kMaxDepth; ++i) cell = MakeCell(0, 1, {cell});
  EXPECT_EQ(cell->depth(), Cell::kMaxDepth);
  CellBuilder deeper;
  EXPECT_FALSE(deeper.Ref(cell).Build().ok());
  EXPECT_EQ(ReadBoc(WriteBoc(cell)).value()->hash(), cell->hash());
}

// 1,000 levels of four references each: 4^1000 paths, 1,001 cells.
TEST(CellTest, SharedCellsCostOnce) {
  CellRef cell = MakeCell(0, 16);
  for (int i = 1; i <= 1000; ++i) cell = MakeCell(i, 16, {cell, cell, cell, cell});
  const std::vector<uint8_t> file = WriteBoc(cell);
  EXPECT_LT(file.size(), 20000u);
  EXPECT_EQ(ReadBoc(file).value()->hash(), cell->hash());
}

// A proof whose tree has a pruned branch: the proof is of level 0, the tree below it of level 1.
TEST(CellTest, PrunedBranchKeepsTheHashOfWhatItStandsFor) {
  const CellRef big = MakeCell(0x1234, 16, {MakeCell(5, 8)});
  const CellRef tree = MakeCell(1, 8, {big});
  CellBuilder pruned_bits;
  pruned_bits.Uint(0x0101, 16).Bytes(big->hash()).Uint(static_cast<uint64_t>(big->depth()), 16);
  const CellRef flat = pruned_bits.Build().value();
  const CellRef pruned = Cell::Make(flat->data(), flat->bits(), {}, /*exotic=*/true).value();
  const CellRef short_tree = MakeCell(1, 8, {pruned});
  EXPECT_EQ(short_tree->level_mask(), 1);
  EXPECT_EQ(short_tree->hash_at(0), tree->hash());
  EXPECT_EQ(short_tree->depth_at(0), tree->depth());
  EXPECT_NE(short_tree->hash(), tree->hash());

  CellBuilder proof_bits;
  proof_bits.Uint(3, 8).Bytes(tree->hash()).Uint(static_cast<uint64_t>(tree->depth()), 16);
  const CellRef head = proof_bits.Build().value();
  const CellRef proof = Cell::Make(head->data(), head->bits(), {short_tree}, true).value();
  EXPECT_EQ(proof->level_mask(), 0);
  EXPECT_EQ(ReadBoc(WriteBoc(proof)).value()->hash(), proof->hash());
  EXPECT_FALSE(ReadBoc(WriteBoc(pruned)).ok()) << "a root of level 1";
  EXPECT_FALSE(Cell::Make(head->data(), head->bits(), {big}, true).ok()) << "of another tree";
}

TEST(CellBuilderTest, RemembersAnOverflow) {
  CellBuilder bits;
  bits.Bytes(std::vector<uint8_t>(127)).Uint(0, 7);
  EXPECT_TRUE(bits.Build().ok());
  bits.Bit(false);
  EXPECT_FALSE(bits.Build().ok());
  EXPECT_FALSE(CellBuilder().Uint(8, 3).Build().ok()) << "does not fit";
  EXPECT_FALSE(CellBuilder().Int(4, 3).Build().ok());
  EXPECT_FALSE(CellBuilder().Ref(nullptr).Build().ok());
  EXPECT_FALSE(CellBuilder().Bits({}, 1).Build().ok());
  CellBuilder refs;
  for (int i = 0; i < 4; ++i) refs.Ref(MakeCell(0, 0));
  EXPECT_TRUE(refs.Build().ok());
  EXPECT_FALSE(refs.Ref(MakeCell(0, 0)).Build().ok());
}

TEST(CellReaderTest, ReadsBackWhatWasWritten) {
  CellBuilder builder;
  builder.Bit(true).Uint(5, 3).Int(-3, 7).Bytes({1, 2, 3}).Coins(0).Coins(1234567890123);
  builder.Coins(UINT64_MAX).MaybeRef(nullptr).MaybeRef(MakeCell(9, 9)).Int(INT64_MIN, 64);
  CellReader reader(builder.Build().value());
  EXPECT_TRUE(reader.Bit().value());
  EXPECT_EQ(reader.Uint(3).value(), 5u);
  EXPECT_EQ(reader.Int(7).value(), -3);
  EXPECT_EQ(reader.Bytes(3).value(), (std::vector<uint8_t>{1, 2, 3}));
  EXPECT_EQ(reader.Coins().value(), 0u);
  EXPECT_EQ(reader.Coins().value(), 1234567890123u);
  EXPECT_EQ(reader.Coins().value(), UINT64_MAX);
  EXPECT_EQ(reader.MaybeRef().value(), nullptr);
  EXPECT_EQ(reader.MaybeRef().value()->bits(), 9);
  EXPECT_EQ(reader.Rest().value()->bits(), 64);
  EXPECT_EQ(reader.Int(64).value(), INT64_MIN);
  EXPECT_FALSE(reader.Bit().ok());
  EXPECT_FALSE(reader.Ref().ok());
  EXPECT_FALSE(reader.Bytes(1).ok());
  EXPECT_EQ(reader.Rest().value()->bits(), 0);
}

TEST(CellReaderTest, AmountsAbove64BitsAreOutOfRange) {
  CellReader reader(CellBuilder().Uint(9, 4).Uint(1, 8).Uint(0, 64).Build().value());
  EXPECT_EQ(reader.Coins().status().code(), absl::StatusCode::kOutOfRange);
}

TEST(BocTest, EveryTruncationAndBitFlipIsRefusedUnderTheChecksum) {
  const std::vector<uint8_t> file = WriteBoc(WriteComment(std::string(300, 'x')).value());
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(ReadBoc(absl::MakeConstSpan(file).first(size)).ok()) << size;
  }
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::vector<uint8_t> broken = file;
    broken[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto read = ReadBoc(broken);
    // The one flip that turns the checksum off leaves four bytes behind the file: tolerated.
    EXPECT_EQ(read.ok(), bit == 4 * 8 + 6) << bit;
  }
}

TEST(BocTest, FlippedFilesWithoutChecksumDoNotCrash) {
  const CellRef comment = WriteComment(std::string(300, 'y')).value();
  const std::vector<uint8_t> file = WriteBoc(comment, {.crc = false, .index = true});
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::vector<uint8_t> broken = file;
    broken[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto read = ReadBoc(broken);
    if (!read.ok()) continue;
    EXPECT_EQ(ReadBoc(WriteBoc(*read)).value()->hash(), (*read)->hash());
  }
}

TEST(BocTest, CountsAreCheckedBeforeAnythingIsAllocated) {
  EXPECT_FALSE(ReadBoc(BytesOf("b5ee9c7204087fffffff000000010000000000000000ffffffff0000")).ok());
  EXPECT_FALSE(ReadBoc(BytesOf("b5ee9c72840800ffffff0000000100000000000000000fffffff")).ok());
}

TEST(Base64Test, OneTextForEachValue) {
  EXPECT_TRUE(DecodeBase64("AA==", Base64Padding::kRequired).ok());
  EXPECT_FALSE(DecodeBase64("AA", Base64Padding::kRequired).ok());
  EXPECT_TRUE(DecodeBase64("AA", Base64Padding::kOptional).ok());
  for (const char* text :
       {"A", "AA=", "AB==", "AA===", "A===", "====", "AA =", "+_aa", "AA==AA=="}) {
    EXPECT_FALSE(DecodeBase64(text, Base64Padding::kOptional).ok()) << text;
  }
}

TEST(AddressTest, RoundTripsAndOtherKinds) {
  const Address address = {-1, SomeAddress(0xab).hash};
  CellBuilder builder;
  StoreAddress(builder, address).Uint(0, 2);
  EXPECT_EQ(builder.bits(), 269);
  CellReader reader(builder.Build().value());
  Address read;
  EXPECT_TRUE(LoadMaybeAddress(reader, &read).value());
  EXPECT_EQ(read, address);
  EXPECT_FALSE(LoadMaybeAddress(reader, &read).value());
  EXPECT_FALSE(LoadMaybeAddress(reader, &read).ok());
  EXPECT_EQ(ParseAddress(RawForm(address)).value(), address);
  for (const char* text : {"-0:", "00:", "128:", "-129:", " 0:", ""}) {
    EXPECT_FALSE(ParseAddress(text + HexOf(address.hash)).ok()) << text;
  }
}

TEST(CommentTest, RoundTripsAtEverySize) {
  for (const int first : {0, 1, 35, 122, 123}) {
    for (const size_t size : {0, 1, 35, 36, 123, 124, 250, 251, 5000}) {
      const std::string text(size, 'z');
      EXPECT_EQ(ReadComment(WriteComment(text, first).value()).value(), text)
          << first << " " << size;
    }
  }
  EXPECT_FALSE(WriteComment("a", 124).ok());
  EXPECT_FALSE(WriteComment("a", -1).ok());
}

TEST(CommentTest, EndsAt64KiB) {
  const std::string largest(64 * 1024, 'a');
  EXPECT_EQ(ReadComment(WriteComment(largest).value()).value(), largest);
  EXPECT_FALSE(WriteComment(largest + "a").ok());
}

TEST(CommentTest, RefusesWhatIsNotUtf8) {
  EXPECT_FALSE(WriteComment("\xc3").ok());
  EXPECT_FALSE(ReadComment(nullptr).ok());
  const CellRef cell = CellBuilder().Uint(0, 32).Uint(0xff, 8).Build().value();
  EXPECT_FALSE(ReadComment(cell).ok());
  EXPECT_EQ(ReadCommentBytes(cell).value(), "\xff");
}

TEST(Utf8Test, FollowsRfc3629) {
  for (const char* good : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(good));
  }
  for (const char* bad : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3("}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(MessageTest, ParsesWhatItBuilds) {
  OutMessage message;
  message.destination = SomeAddress(3);
  message.amount_nano = 5'000'000'000;
  message.bounce = true;
  for (const size_t size : {0, 10, 71, 72, 500}) {
    for (const bool deploys : {false, true}) {
      message.body = WriteComment(std::string(size, 'c')).value();
      message.state_init = deploys ? WalletV5StateInit(7, TestKey().public_key) : CellRef();
      const ParsedInternal parsed =
          ParseInternalMessage(BuildInternalMessage(message).value()).value();
      EXPECT_EQ(parsed.destination, message.destination);
      EXPECT_EQ(parsed.amount_nano, message.amount_nano);
      EXPECT_TRUE(parsed.bounce);
      EXPECT_FALSE(parsed.bounced || parsed.has_source);
      EXPECT_EQ(parsed.body->hash(), message.body->hash());
      ASSERT_EQ(parsed.state_init != nullptr, deploys);
      if (!deploys) continue;
      EXPECT_EQ(parsed.state_init->hash(), message.state_init->hash());
    }
  }
}

// Whoever wraps the body anew changes the message hash, never the normalized one.
TEST(MessageTest, NormalizedHashSurvivesRewrapping) {
  const Address wallet = SomeAddress(9);
  const CellRef body = MakeCell(77, 40, {MakeCell(1, 1)});
  const Hash256 normalized = NormalizedHash(wallet, body).value();
  const CellRef plain = BuildExternalMessage(wallet, nullptr, body).value().cell;
  const CellRef with_init =
      BuildExternalMessage(wallet, WalletV5StateInit(1, TestKey().public_key), body).value().cell;
  CellBuilder fee;
  fee.Uint(0b10, 2).Uint(0b01, 2).Uint(5, 9).Uint(1, 5);
  StoreAddress(fee, wallet).Coins(1000).Bit(false).Bit(true).Ref(body);
  for (const CellRef& cell : {plain, with_init, fee.Build().value()}) {
    EXPECT_NE(cell->hash(), normalized);
    EXPECT_EQ(NormalizedHash(cell).value(), normalized);
  }
  EXPECT_FALSE(NormalizedHash(nullptr).ok());
  EXPECT_FALSE(NormalizedHash(wallet, nullptr).ok());
  EXPECT_FALSE(ParseExternalMessage(body).ok());
}

WalletV5Request RequestOf(size_t count, absl::string_view comment) {
  WalletV5Request request = {WalletV5Id(kTestnet), 1'900'000'000, 12};
  for (size_t i = 0; i < count; ++i) {
    OutMessage message;
    message.destination = SomeAddress(static_cast<uint8_t>(i));
    message.amount_nano = i;
    message.mode = 1;
    message.body = WriteComment(comment).value();
    request.messages.push_back(message);
  }
  return request;
}

// A pair whose public key was mixed up still signs with that of its seed.
TEST(SigningKeyTest, ThePublicKeyFollowsFromTheSeed) {
  KeyPair pair = TestKey();
  const SigningKey key(pair.seed.Reveal());
  EXPECT_EQ(key.public_key(), pair.public_key);
  const Hash256 message = {1, 2, 3};
  const std::array<uint8_t, 64> signature = key.Sign(message);
  EXPECT_TRUE(VerifySignature(pair.public_key, message, signature));
  EXPECT_FALSE(VerifySignature(pair.public_key, Hash256{1, 2, 4}, signature));
  pair.public_key.fill(9);
  EXPECT_EQ(Sign(pair, message), signature);
}

// The published check value, and every length around the eight bytes that are taken at once.
TEST(Crc32cTest, IsCastagnolis) {
  std::vector<uint8_t> digits = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(Crc32c(digits), 0xe3069283u);
  EXPECT_EQ(Crc32c({}), 0u);
  std::vector<uint8_t> bytes;
  uint32_t state = 0xffffffff;  // bit by bit
  for (int size = 1; size <= 40; ++size) {
    bytes.push_back(static_cast<uint8_t>(37 * size));
    state ^= bytes.back();
    for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (state % 2 != 0 ? 0x82f63b78 : 0);
    EXPECT_EQ(Crc32c(bytes), ~state) << size;
  }
}

TEST(WalletV5Test, SignedBodyReadsBack) {
  const KeyPair key = TestKey();
  const WalletV5Request request = RequestOf(255, "50 Telegram Stars \n\nRef#AbC123xyz");
  const SignedTransfer transfer = SignWalletV5(key, request, /*include_state_init=*/true).value();
  EXPECT_EQ(transfer.boc, WriteBoc(transfer.external));
  const ParsedExternal external = ParseExternalMessage(transfer.external).value();
  EXPECT_EQ(external.destination, WalletV5Address(request.wallet_id, key.public_key));
  EXPECT_EQ(external.state_init->hash(), external.destination.hash);
  EXPECT_EQ(NormalizedHash(transfer.external).value(), transfer.normalized_hash);

  const ParsedWalletV5Body body = ParseWalletV5Body(external.body).value();
  EXPECT_EQ(body.opcode, kWalletV5SignedExternal);
  EXPECT_EQ(body.wallet_id, request.wallet_id);
  EXPECT_EQ(body.valid_until, request.valid_until);
  EXPECT_EQ(body.seqno, request.seqno);
  EXPECT_FALSE(body.has_other_actions);
  EXPECT_EQ(body.signed_hash, transfer.unsigned_body->hash());
  EXPECT_TRUE(VerifySignature(key.public_key, body.signed_hash, body.signature));
  EXPECT_FALSE(VerifySignature(key.public_key, transfer.message_hash, body.signature));

  const std::vector<OutAction> actions = ParseOutList(body.out_list).value();
  ASSERT_EQ(actions.size(), 255u);
  for (size_t i = 0; i < actions.size(); ++i) {
    EXPECT_EQ(actions[i].mode, 3) << "+2 is always added";
    EXPECT_EQ(actions[i].message->hash(), transfer.out_message_hashes[i]);
  }
  EXPECT_FALSE(ParseOutList(body.out_list, 254).ok());
}

TEST(WalletV5Test, RefusesWhatTheNetworkWould) {
  const KeyPair key = TestKey();
  EXPECT_FALSE(SignWalletV5(key, RequestOf(256, ""), false).ok());
  EXPECT_FALSE(SignWalletV5(key, RequestOf(1, std::string(65000, 'd')), false).ok()) << "too deep";
  WalletV5Request large = RequestOf(255, "");
  for (size_t i = 0; i < large.messages.size(); ++i) {
    large.messages[i].body = WriteComment(std::string(400, 'a') + std::to_string(i)).value();
  }
  EXPECT_FALSE(SignWalletV5(key, large, false).ok()) << "too large";
}

TEST(WalletV5Test, DataReadsBack) {
  const KeyPair key = TestKey();
  const WalletV5State state = ParseWalletV5Data(WalletV5Data(5, 6, key.public_key)).value();
  EXPECT_TRUE(state.signature_allowed);
  EXPECT_EQ(state.seqno, 5u);
  EXPECT_EQ(state.wallet_id, 6u);
  EXPECT_EQ(state.public_key, key.public_key);
  EXPECT_FALSE(state.has_extensions);
  EXPECT_FALSE(ParseWalletV5Data(nullptr).ok());
  EXPECT_FALSE(ParseWalletV5Data(MakeCell(0, 40)).ok());
  EXPECT_FALSE(ParseWalletV5Body(MakeCell(0, 40)).ok());
  EXPECT_FALSE(ParseOutList(MakeCell(0, 40)).ok());
}

TEST(MnemonicTest, NewPhrasesAreValidAndWordsAreNormalised) {
  SystemRandom random;
  const std::vector<Secret> words = NewMnemonic(random);
  ASSERT_EQ(words.size(), 24u);
  EXPECT_TRUE(CheckMnemonic(words, Secret()).ok());
  EXPECT_EQ(CheckMnemonic(words, Secret::FromString("password")).message(),
            MnemonicFaultName(MnemonicFault::kPhraseNeedsNoPassword));
  std::vector<Secret> shouted;
  for (const Secret& word : words) {
    std::string text = "\t" + std::string(word.RevealString()) + " ";
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    shouted.push_back(Secret::FromString(text));
  }
  const KeyPair plain = StretchMnemonic(words, Secret()).value();
  const KeyPair same = StretchMnemonic(shouted, Secret()).value();
  EXPECT_EQ(plain.public_key, same.public_key);
}

TEST(MnemonicTest, HostilePhrasesAreCutOff) {
  std::string phrase;
  for (int i = 0; i < 100000; ++i) phrase += "abandon ";
  const std::vector<Secret> words = SplitWords(phrase);
  EXPECT_EQ(words.size(), 25u);
  EXPECT_EQ(CheckMnemonic(words, Secret()).message(), MnemonicFaultName(MnemonicFault::kWordCount));
  EXPECT_TRUE(SplitWords(" \t\n").empty());
}

}  // namespace
}  // namespace starlift::ton
