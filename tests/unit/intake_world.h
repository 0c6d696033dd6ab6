#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "domain/order/intake.h"
#include "fakes/fake_database.h"
#include "fakes/fake_order_store.h"
#include "fakes/fake_price_book.h"
#include "fakes/manual_clock.h"

namespace starlift {

// Answers what the test sets.
class FakeProbes final : public Probes {
 public:
  RecipientProbe ProbeRecipient(ProductType, absl::string_view username) override {
    asked.emplace_back(username);
    return recipient;
  }
  WalletProbe ProbeWallet(absl::string_view raw_address) override {
    asked.emplace_back(raw_address);
    return wallet;
  }
  // V5R1 first, as the intake asks.
  std::vector<WalletProbe> ProbeWallets(absl::Span<const std::string> raw_addresses) override {
    asked.insert(asked.end(), raw_addresses.begin(), raw_addresses.end());
    return both;
  }
  std::vector<std::string> asked;
  RecipientProbe recipient;
  WalletProbe wallet;
  std::vector<WalletProbe> both{2};
};

class FakeSignal final : public WorkSignal {
 public:
  void Announce(const WorkItem& item) override { announced.push_back(item); }
  void Changed(const Order& order) override { changed.push_back(order.id.value()); }
  std::vector<WorkItem> announced;
  std::vector<std::string> changed;
};

// Keeps the context; holds nothing secret, so that a test can look for leaks.
class FakeSealer final : public Sealer {
 public:
  SealedSecret Seal(const Secret& secret, const SealContext& context) const override {
    return {"key", absl::StrCat(context.tenant.value(), "/", context.kind, "/", context.id, "/",
                                context.purpose, "/", secret.size())};
  }
};

// The key follows from the first word at once, or it is too busy.
class FakeStretcher final : public KeyStretcher {
 public:
  absl::StatusOr<ton::KeyPair> Stretch(const std::vector<Secret>& words, const Secret&) override {
    ++calls;
    if (busy) return Fail(Reason::kKeyStretchingBusy, "busy");
    std::vector<uint8_t> seed(32, static_cast<uint8_t>(words[0].RevealString()[0]));
    return ton::KeyPairFromSeed(seed);
  }
  bool Busy() override { return full; }
  bool busy = false;  // found out by Stretch
  bool full = false;  // known before
  int calls = 0;
};

// Phrases that CheckMnemonic takes: the first valid ones of the public vectors.
inline constexpr char kPhrase[] =
    "educate axis aspect toilet help glow card amazing injury glow merry code muffin town memory "
    "magic harsh priority eternal museum age total attitude powder";
inline constexpr char kOtherPhrase[] =
    "inhale sun run tilt onion metal humble horn eternal fee inside cinnamon liar pole trigger "
    "tank matter best genius bubble payment biology civil number";
inline constexpr char kCookies[] =
    "stel_ssid=one; stel_dt=-180; stel_token=two; stel_ton_token=three";

// An intake over fakes, with prices and a wallet that can pay.
struct IntakeWorld {
  explicit IntakeWorld(const EventRenderer& renderer)
      : database(clock, renderer),
        payments(
            stretcher, probes, sealer,
            [](const Secret& token) {
              return SessionId(absl::StrCat("ses_", token.RevealString()));
            },
            -239),
        intake(store, prices, probes, signal, payments, clock, Policy()) {
    (void)prices.Replace({{{{ProductType::kStars, 50, 0}, Units(250'000'000)},
                           {{ProductType::kStars, 1000, 0}, Units(4'572'000'000)}},
                          "3.2",
                          absl::Time()});
    probes.wallet.known = true;
    probes.wallet.balance = Units(5'000'000'000);
  }

  static IntakePolicy Policy() {
    IntakePolicy policy;
    policy.callback = [](absl::string_view url) {
      if (url == "https://good.example/hook") return absl::OkStatus();
      return FailField(Reason::kInvalidCallbackUrl, "callback_url", "no");
    };
    return policy;
  }

  static CreateInput Input(std::string request_id = "r1") {
    CreateInput input;
    input.request_id = std::move(request_id);
    input.product = {ProductType::kStars, 100, 0};
    input.recipient = "@Alice";
    return input;
  }
  static PaymentDraft Payment(absl::string_view phrase = kPhrase) {
    PaymentDraft draft;
    draft.phrase = Secret::FromString(phrase);
    draft.cookies = Secret::FromString(kCookies);
    return draft;
  }
  // An order from the tenant's credit.
  static CreateInput OnCredit(std::string request_id = "r1") {
    CreateInput input = Input(std::move(request_id));
    input.funding = Funding::kBalance;
    input.session_kind = SessionKind::kHouse;
    return input;
  }
  static PayInput PayFor(const Order& order, std::string request_id = "p1",
                         absl::string_view phrase = kPhrase) {
    PayInput input;
    input.order = order.id;
    input.request_id = std::move(request_id);
    input.payment = Payment(phrase);
    return input;
  }

  void GiveCredit(Units amount) { database.Book(Credit(tenant, Asset::kTon, amount)); }
  Units CreditLeft() { return database.credits[CreditAccount(tenant)]; }

  const TenantId tenant{"ten_a"};
  ManualClock clock;
  FakeDatabase database;
  FakeOrderStore store{database};
  FakePriceBook prices{clock};
  FakeProbes probes;
  FakeSignal signal;
  FakeSealer sealer;
  FakeStretcher stretcher;
  PaymentIntake payments;
  OrderIntake intake;
};

}  // namespace starlift
