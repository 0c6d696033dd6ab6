// Which of a phrase's wallets pays: V5R1, V4R2, or the one that the chain shows in use.
#include <gtest/gtest.h>

#include "fakes/plain_renderer.h"
#include "intake_world.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift {
namespace {

WalletProbe Seen(int64_t balance, bool active) {
  WalletProbe probe;
  probe.known = true;
  probe.active = active;
  probe.balance = Units(balance);
  return probe;
}

constexpr int64_t kRich = 5'000'000'000;

class IntakeWalletChoiceTest : public testing::Test {
 protected:
  static CreateInput Input(WalletChoice choice, absl::string_view phrase = kPhrase) {
    CreateInput input = IntakeWorld::Input();
    input.payment = IntakeWorld::Payment(phrase);
    input.payment->wallet_version = choice;
    return input;
  }
  absl::StatusOr<IntakeAnswer> Create(CreateInput input) {
    return world_.intake.Create(world_.tenant, std::move(input));
  }
  absl::StatusOr<IntakeAnswer> Pay(const Order& order, WalletChoice choice,
                                   absl::string_view phrase = kPhrase) {
    PayInput input = IntakeWorld::PayFor(order, "p1", phrase);
    input.payment.wallet_version = choice;
    return world_.intake.Pay(world_.tenant, std::move(input));
  }
  static std::string FieldOfReuse(const absl::StatusOr<IntakeAnswer>& answer) {
    EXPECT_EQ(ReasonOf(answer.status()), Reason::kRequestIdReused) << answer.status();
    const ErrorMetadata metadata = MetadataOf(answer.status());
    return metadata.empty() ? "" : metadata[0].second;
  }
  void Show(WalletProbe v5, WalletProbe v4) { world_.probes.both = {v5, v4}; }
  WalletVersion Chosen() {
    const auto answer = Create(Input(WalletChoice::kAuto));
    EXPECT_TRUE(answer.ok()) << answer.status();
    world_.database.orders.clear();
    return answer.ok() ? answer->order.payer.version : WalletVersion::kV5R1;
  }

  PlainRenderer renderer_;
  IntakeWorld world_{renderer_};
};

TEST_F(IntakeWalletChoiceTest, EachVersionHasItsAddress) {
  std::vector<uint8_t> seed(32, 'e');  // as the stretcher makes it of "educate"
  const ton::KeyPair key = ton::KeyPairFromSeed(seed);
  const auto v5 = Create(Input(WalletChoice::kV5R1));
  ASSERT_TRUE(v5.ok()) << v5.status();
  EXPECT_EQ(v5->order.payer.version, WalletVersion::kV5R1);
  EXPECT_EQ(v5->order.payer.wallet_address,
            ton::RawForm(ton::WalletV5Address(ton::WalletV5Id(-239), key.public_key)));
  world_.database.orders.clear();
  const auto v4 = Create(Input(WalletChoice::kV4R2));
  ASSERT_TRUE(v4.ok()) << v4.status();
  EXPECT_EQ(v4->order.payer.version, WalletVersion::kV4R2);
  EXPECT_EQ(v4->order.payer.wallet_address, ton::RawForm(ton::WalletV4Address(key.public_key)));
  EXPECT_EQ(world_.probes.asked.back(), v4->order.payer.wallet_address);
}

TEST_F(IntakeWalletChoiceTest, AutoTakesTheOneInUse) {
  Show(Seen(kRich, true), Seen(0, false));
  EXPECT_EQ(Chosen(), WalletVersion::kV5R1);
  Show(Seen(0, false), Seen(kRich, true));
  EXPECT_EQ(Chosen(), WalletVersion::kV4R2);
  // Money that was sent ahead of the first use counts.
  Show(Seen(0, false), Seen(kRich, false));
  EXPECT_EQ(Chosen(), WalletVersion::kV4R2);
  // Who moved from one to the other has used both.
  Show(Seen(0, true), Seen(kRich, true));
  EXPECT_EQ(Chosen(), WalletVersion::kV4R2);
  Show(Seen(kRich, true), Seen(0, true));
  EXPECT_EQ(Chosen(), WalletVersion::kV5R1);
}

TEST_F(IntakeWalletChoiceTest, AutoWithoutMoneyNamesWhatIsMissing) {
  for (const auto& [v5, v4] :
       {std::pair(Seen(0, false), Seen(0, true)), std::pair(Seen(0, false), Seen(0, false))}) {
    Show(v5, v4);
    const absl::Status status = Create(Input(WalletChoice::kAuto)).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInsufficientBalance);
  }
  Show(Seen(0, false), Seen(7, true));
  EXPECT_EQ(MetadataOf(Create(Input(WalletChoice::kAuto)).status())[0].second, "7");
  EXPECT_TRUE(world_.database.orders.empty());
}

TEST_F(IntakeWalletChoiceTest, AutoRefusesToGuess) {
  Show(Seen(kRich, true), Seen(1, false));
  const absl::Status both = Create(Input(WalletChoice::kAuto)).status();
  EXPECT_EQ(ReasonOf(both), Reason::kWalletsBothFunded);
  EXPECT_EQ(MetadataOf(both), (ErrorMetadata{{"v5r1", "5000000000"}, {"v4r2", "1"}}));
  for (const auto& [v5, v4] :
       {std::pair(WalletProbe(), Seen(kRich, true)), std::pair(Seen(kRich, true), WalletProbe())}) {
    Show(v5, v4);
    EXPECT_EQ(ReasonOf(Create(Input(WalletChoice::kAuto)).status()),
              Reason::kQuoteServiceUnavailable);
  }
  EXPECT_TRUE(world_.database.orders.empty());
  // The named one is taken unseen: the worker looks before it signs.
  world_.probes.wallet = {};
  EXPECT_TRUE(Create(Input(WalletChoice::kV4R2)).ok());
}

TEST_F(IntakeWalletChoiceTest, TheChosenWalletMustBeUsable) {
  WalletProbe frozen = Seen(kRich, false);
  frozen.usable = Fail(Reason::kWalletUnsupported, "frozen");
  Show(Seen(0, false), frozen);
  EXPECT_EQ(ReasonOf(Create(Input(WalletChoice::kAuto)).status()), Reason::kWalletUnsupported);
}

TEST_F(IntakeWalletChoiceTest, ARepeatOfAutoAsksNobodyAndNeverChangesItsMind) {
  Show(Seen(0, false), Seen(kRich, true));
  const auto first = Create(Input(WalletChoice::kAuto));
  ASSERT_TRUE(first.ok());
  world_.probes.asked.clear();
  for (const auto& [v5, v4] :
       {std::pair(Seen(kRich, true), Seen(0, true)),
        std::pair(Seen(kRich, true), Seen(kRich, true)), std::pair(WalletProbe(), WalletProbe())}) {
    Show(v5, v4);
    const auto again = Create(Input(WalletChoice::kAuto));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->order.payer.wallet_address, first->order.payer.wallet_address);
  }
  EXPECT_TRUE(world_.probes.asked.empty());
  EXPECT_EQ(FieldOfReuse(Create(Input(WalletChoice::kV4R2))), "payment.wallet_version");
  EXPECT_EQ(FieldOfReuse(Create(Input(WalletChoice::kV5R1))), "payment.wallet_version");
  EXPECT_EQ(FieldOfReuse(Create(Input(WalletChoice::kAuto, kOtherPhrase))), "payment.mnemonic");
  CreateInput more = Input(WalletChoice::kAuto);
  more.max_total = Units(600'000'000);
  EXPECT_EQ(FieldOfReuse(Create(std::move(more))), "max_total");
}

TEST_F(IntakeWalletChoiceTest, NotToSayIsToSayV5R1) {
  ASSERT_TRUE(Create(Input(WalletChoice::kUnspecified)).ok());
  EXPECT_TRUE(Create(Input(WalletChoice::kV5R1)).ok());
  EXPECT_EQ(FieldOfReuse(Create(Input(WalletChoice::kV4R2))), "payment.wallet_version");
}

// Finds nothing until the order is stored, as two requests do that come at the same moment.
class BlindStore final : public OrderStore {
 public:
  explicit BlindStore(OrderStore& inner) : inner_(inner) {}
  std::vector<CreateResult> Create(absl::Span<const NewOrder> orders) override {
    return inner_.Create(orders);
  }
  absl::StatusOr<std::optional<StoredOrder>> Find(const TenantId&, const OrderId&) override {
    return std::optional<StoredOrder>();
  }
  absl::StatusOr<std::vector<Order>> List(const TenantId&, const OrderFilter&,
                                          const std::optional<OrderCursor>&, int) override {
    return std::vector<Order>();
  }
  absl::StatusOr<bool> Pay(const OrderChange&, const SecuredPayment&) override { return false; }
  absl::StatusOr<bool> EndUnpaid(const OrderChange&) override { return false; }
  absl::StatusOr<std::vector<StoredEvent>> EventsAfter(const TenantId&, const OrderId&, int64_t,
                                                       int) override {
    return std::vector<StoredEvent>();
  }

 private:
  OrderStore& inner_;
};

TEST_F(IntakeWalletChoiceTest, TwoAtOnceAreOneOrderAlsoWhenTheySawDifferentBalances) {
  BlindStore blind(world_.store);
  OrderIntake intake(blind, world_.prices, world_.probes, world_.signal, world_.payments,
                     world_.clock, IntakeWorld::Policy());
  Show(Seen(0, false), Seen(kRich, true));
  const auto first = intake.Create(world_.tenant, Input(WalletChoice::kAuto));
  ASSERT_TRUE(first.ok());
  Show(Seen(kRich, true), Seen(0, true));
  const auto second = intake.Create(world_.tenant, Input(WalletChoice::kAuto));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(second->order.payer.version, WalletVersion::kV4R2);
  EXPECT_EQ(FieldOfReuse(intake.Create(world_.tenant, Input(WalletChoice::kAuto, kOtherPhrase))),
            "payment.mnemonic");
}

TEST_F(IntakeWalletChoiceTest, PayOrderRepeatsLikeCreate) {
  const auto created = Create(IntakeWorld::Input());
  ASSERT_TRUE(created.ok());
  Show(Seen(0, false), Seen(kRich, true));
  const auto paid = Pay(created->order, WalletChoice::kAuto);
  ASSERT_TRUE(paid.ok()) << paid.status();
  EXPECT_EQ(paid->order.payer.version, WalletVersion::kV4R2);
  Show(WalletProbe(), WalletProbe());
  const auto again = Pay(created->order, WalletChoice::kAuto);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(FieldOfReuse(Pay(created->order, WalletChoice::kV4R2)), "payment.wallet_version");
  EXPECT_EQ(FieldOfReuse(Pay(created->order, WalletChoice::kAuto, kOtherPhrase)),
            "payment.mnemonic");
}

}  // namespace
}  // namespace starlift
