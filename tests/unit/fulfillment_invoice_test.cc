#include <gtest/gtest.h>

#include <functional>

#include "domain/fulfillment/invoice_check.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/comment.h"

namespace starlift {
namespace {

constexpr char kPayee[] = "EQBAjaOyi2wGWlk-EDkSabqqnF-MrrwMadnwqrurKpkla9nE";
constexpr char kPayeeRaw[] = "0:408da3b28b6c065a593e10391269baaa9c5f8caebc0c69d9f0aabbab2a99256b";
constexpr char kWallet[] = "0:1111111111111111111111111111111111111111111111111111111111111111";
constexpr char kConnected[] = "0:2222222222222222222222222222222222222222222222222222222222222222";
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

std::string Payload(absl::string_view text) {
  return ton::WriteBocBase64(*ton::WriteComment(text, 35), {.crc = false});
}

Order OrderOf(int64_t quantity) {
  Order order;
  order.id = OrderId("ord_1");
  order.product = {ProductType::kStars, quantity, 0};
  order.payer.wallet_address = kWallet;
  order.quote.cost = Units(1'000'000'000);
  order.quote.network_reserve = Units(52'000'000);
  order.quote.total = Units(1'052'000'000);
  order.quote.tolerance_bps = 200;
  order.quote.max_total = Units(1'072'000'000);
  return order;
}

PaymentRules Rules() {
  PaymentRules rules;
  rules.allowed_payees = {kPayeeRaw};
  return rules;
}

MarketInvoice Offer(absl::string_view text = "500 Telegram Stars \n\nRef#Ab3dE9xYz") {
  MarketInvoice offer;
  offer.request_id = "req";
  offer.sender = kWallet;
  offer.network = "-239";
  offer.valid_until = kNow + absl::Minutes(10);
  offer.messages = {{kPayee, Units(1'000'000'000), Payload(text), false}};
  return offer;
}

// A session of the caller's own.
SessionLease Own() { return {}; }

// A session of the house that another wallet than the payer's is connected to.
SessionLease House(bool foreign_payer) {
  SessionLease lease;
  lease.wallet = kConnected;
  lease.foreign_payer = foreign_payer;
  return lease;
}

TEST(InvoiceCheck, AcceptsAndNormalises) {
  const auto invoice = CheckInvoice(OrderOf(500), Own(), Offer(), Rules(), kNow);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  EXPECT_EQ(invoice->payee, kPayeeRaw);
  EXPECT_EQ(invoice->amount, Units(1'000'000'000));
  EXPECT_EQ(invoice->payload_hash.size(), 64u);
}

TEST(InvoiceCheck, RefusesEachBrokenRuleWithAReasonOfItsOwn) {
  struct Row {
    const char* what;
    std::function<void(MarketInvoice&, PaymentRules&, Order&)> spoil;
    Reason reason;
  };
  const Row rows[] = {
      {"no message", [](auto& o, auto&, auto&) { o.messages.clear(); },
       Reason::kInvoiceMessageCount},
      {"two messages", [](auto& o, auto&, auto&) { o.messages.push_back(o.messages[0]); },
       Reason::kInvoiceMessageCount},
      {"state init", [](auto& o, auto&, auto&) { o.messages[0].has_state_init = true; },
       Reason::kInvoiceStateInit},
      {"foreign payee", [](auto&, auto& r, auto&) { r.allowed_payees = {kWallet}; },
       Reason::kInvoiceWrongPayee},
      {"payee is no address", [](auto& o, auto&, auto&) { o.messages[0].address = "x"; },
       Reason::kInvoiceWrongPayee},
      {"wrong from", [](auto& o, auto&, auto&) { o.sender = kPayeeRaw; },
       Reason::kInvoiceWrongSender},
      {"no from", [](auto& o, auto&, auto&) { o.sender = ""; }, Reason::kInvoiceWrongSender},
      {"testnet", [](auto& o, auto&, auto&) { o.network = "-3"; }, Reason::kInvoiceWrongSender},
      {"above tolerance",
       [](auto& o, auto&, auto&) { o.messages[0].amount = Units(1'020'000'001); },
       Reason::kInvoiceAmountTooHigh},
      {"above max_total",
       [](auto&, auto&, auto& order) { order.quote.max_total = Units(1'051'999'999); },
       Reason::kPriceAboveMaxTotal},
      {"above the ceiling", [](auto&, auto& r, auto&) { r.max_order_total = Units(1'000'000'000); },
       Reason::kSpendingCeiling},
      {"nothing to pay", [](auto& o, auto&, auto&) { o.messages[0].amount = Units(0); },
       Reason::kInvoiceAmountTooHigh},
      {"too short", [](auto& o, auto&, auto&) { o.valid_until = kNow + absl::Seconds(59); },
       Reason::kInvoiceExpiresTooSoon},
      {"truncated payload", [](auto& o, auto&, auto&) { o.messages[0].payload_base64.resize(20); },
       Reason::kInvoiceUnreadable},
      {"no comment",
       [](auto& o, auto&, auto&) {
         o.messages[0].payload_base64 =
             ton::WriteBocBase64(*ton::CellBuilder().Uint(1, 32).Build());
       },
       Reason::kInvoiceUnreadable},
      {"wrong quantity", [](auto&, auto&, auto& order) { order.product.quantity = 501; },
       Reason::kInvoiceWrongText},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    MarketInvoice offer = Offer();
    PaymentRules rules = Rules();
    Order order = OrderOf(500);
    row.spoil(offer, rules, order);
    const auto invoice = CheckInvoice(order, Own(), offer, rules, kNow);
    EXPECT_EQ(ReasonName(ReasonOf(invoice.status())), ReasonName(row.reason));
  }
}

TEST(InvoiceCheck, TheConnectedWalletMayStandForAForeignPayer) {
  MarketInvoice offer = Offer();
  offer.sender = kConnected;
  const auto invoice = CheckInvoice(OrderOf(500), House(true), offer, Rules(), kNow);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  EXPECT_TRUE(invoice->foreign_payer);
  EXPECT_EQ(invoice->sender, kConnected);
}

TEST(InvoiceCheck, AnInvoiceForThePayerIsNoForeignOne) {
  const auto invoice = CheckInvoice(OrderOf(500), House(true), Offer(), Rules(), kNow);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  EXPECT_FALSE(invoice->foreign_payer);
  SessionLease bound = House(true);
  bound.wallet = kWallet;
  EXPECT_FALSE(CheckInvoice(OrderOf(500), bound, Offer(), Rules(), kNow)->foreign_payer);
}

TEST(InvoiceCheck, NobodyElsePaysForAnother) {
  struct Row {
    const char* what;
    SessionLease lease;
    const char* sender;
    Asset asset;
  };
  const Row rows[] = {
      {"the session does not allow it", House(false), kConnected, Asset::kTon},
      {"only TON may", House(true), kConnected, Asset::kUsdt},
      {"a third wallet", House(true), kPayeeRaw, Asset::kTon},
      {"an own session has no other wallet", Own(), kConnected, Asset::kTon},
      {"nobody", House(true), "", Asset::kTon},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    MarketInvoice offer = Offer();
    offer.sender = row.sender;
    Order order = OrderOf(500);
    order.quote.asset = row.asset;
    const auto invoice = CheckInvoice(order, row.lease, offer, Rules(), kNow);
    EXPECT_EQ(ReasonName(ReasonOf(invoice.status())), ReasonName(Reason::kInvoiceWrongSender));
  }
}

TEST(InvoiceCheck, TextNamesProductQuantityAndReference) {
  const Product ten_thousand{ProductType::kStars, 10'000, 0};
  for (absl::string_view text :
       {"10000 Telegram Stars \n\nRef#Ab3dE9xYz", "10,000 Telegram Stars \n\nRef#Ab3dE9xYz",
        "10 000 Telegram Stars \n\nRef#A", "10'000 Telegram Stars\n\nRef#Ab3dE9xYzQQ"}) {
    EXPECT_TRUE(TextMatches(ten_thousand, text)) << text;
  }
  for (absl::string_view text :
       {"1000 Telegram Stars \n\nRef#Ab3dE9xYz", "100000 Telegram Stars \n\nRef#Ab3dE9xYz",
        "10000 Telegram Stars \n\nRef#", "10000 Telegram Stars \n\n", "10000 Stars \n\nRef#Ab",
        "10000 Telegram Stars for 5 \n\nRef#Ab", "Telegram Stars \n\nRef#Ab", "",
        "99999999999999999999 Telegram Stars \n\nRef#Ab", "-10000 Telegram Stars \n\nRef#Ab",
        "10000 Telegram Stars \n\nRef#Ab cd"}) {
    EXPECT_FALSE(TextMatches(ten_thousand, text)) << text;
  }
}

TEST(InvoiceCheck, ReadsAReferenceThatIsCutBetweenCells) {
  const auto invoice = CheckInvoice(OrderOf(10'000), Own(),
                                    Offer("10000 Telegram Stars \n\nRef#Ab3dE9xYz"), Rules(), kNow);
  ASSERT_TRUE(invoice.ok()) << invoice.status();
  EXPECT_EQ(invoice->payload_hash,
            "16fbc25e2cbbf0703e668bfce588008568488ce9872d90107cd6248c06a43187");
}

}  // namespace
}  // namespace starlift
