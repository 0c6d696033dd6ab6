#include "sandbox/invoice.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "sandbox/pricing.h"
#include "sandbox/session.h"
#include "ton/base64.h"
#include "ton/boc.h"
#include "ton/comment.h"
#include "ton/message.h"
#include "ton/wallet_v5r1.h"

namespace starlift::sandbox {
namespace {

using nlohmann::json;

// How much of the text the site puts into the first cell, and what a test wants instead.
constexpr int kFirstCellBytes = 35;
constexpr int kShortFirstCellBytes = 20;
constexpr int kReferenceLength = 9;

ton::Address Parse(absl::string_view text) {
  const absl::StatusOr<ton::Address> address = ton::ParseAddress(text);
  STARLIFT_CHECK(address.ok());
  return *address;
}

std::string ShownAddress(Random& random, const ton::Address& address) {
  switch (random.Below(3)) {
    case 0:
      return ton::RawForm(address);
    case 1:
      return ton::FriendlyForm(address, {.bounceable = false});
    default:
      return ton::FriendlyForm(address, {});
  }
}

std::string EncodePayload(const Invoice& invoice) {
  std::vector<uint8_t> file = ton::WriteBoc(invoice.payload, {.crc = false});
  if (invoice.trigger == Trigger::kTruncatedPayload) file.resize(file.size() / 2);
  return ton::EncodeBase64(file, ton::Base64Alphabet::kUrl, /*padding=*/false);
}

std::string AnyStateInit() {
  const absl::StatusOr<ton::CellRef> init =
      ton::BuildStateInit(ton::WalletV5Code(), ton::WalletV5Data(0, 0, {}));
  STARLIFT_CHECK(init.ok());
  return ton::WriteBocBase64(*init);
}

}  // namespace

ton::Address NativePayee() { return Parse("EQBAjaOyi2wGWlk-EDkSabqqnF-MrrwMadnwqrurKpkla9nE"); }

ton::Address ForeignPayee() {
  return Parse("0:f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1f0e1");
}

const std::vector<ton::Address>& WatchedPayees() {
  static const auto* payees = new std::vector<ton::Address>{
      NativePayee(), Parse("EQCFJEP4WZ_mpdo0_kMEmsTgvrMHG7K_tWY16pQhKHwoOoy2"),
      Parse("EQBeab7D38RIwypegbN7YZgQzwDbb8QfMMwY8ouJc3qPl91M"), ForeignPayee()};
  return *payees;
}

void WritePayload(Random& random, Invoice* invoice) {
  const bool two_cells = invoice->trigger == Trigger::kTwoCells;
  const int64_t quantity =
      invoice->quantity + (invoice->trigger == Trigger::kWrongQuantity ? 1 : 0);
  const bool grouped = two_cells || random.Below(2) == 0;
  invoice->text =
      absl::StrCat(grouped ? Grouped(quantity) : absl::StrCat(quantity), " Telegram Stars ");
  if (invoice->trigger != Trigger::kWrongText) {
    absl::StrAppend(&invoice->text, "\n\nRef#", RandomBase62(random, kReferenceLength));
  }
  const absl::StatusOr<ton::CellRef> payload =
      ton::WriteComment(invoice->text, two_cells ? kShortFirstCellBytes : kFirstCellBytes);
  STARLIFT_CHECK(payload.ok());
  invoice->payload = *payload;
}

json RenderLink(Random& random, const Invoice& invoice) {
  json message = {{"address", ShownAddress(random, invoice.payee)},
                  {"payload", EncodePayload(invoice)}};
  if (random.Below(4) == 0) {
    message["amount"] = invoice.amount_nano;
  } else {
    message["amount"] = absl::StrCat(invoice.amount_nano);
  }
  if (invoice.trigger == Trigger::kStateInit) message["stateInit"] = AnyStateInit();
  json messages = json::array({message});
  if (invoice.trigger == Trigger::kTwoMessages) messages.push_back(message);
  json transaction = {{"validUntil", invoice.valid_until},
                      {"from", ton::RawForm(invoice.from)},
                      {"messages", messages}};
  if (random.Below(4) != 0) transaction["network"] = "-239";
  return {{"ok", true},
          {"transaction", transaction},
          {"confirm_method", "confirmReq"},
          {"confirm_params", {{"id", invoice.request_id}}}};
}

}  // namespace starlift::sandbox
