#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace starlift::sandbox {

// Usernames that make the marketplace misbehave. Everybody else may be given stars.
enum class Trigger {
  kNone,
  kNotFound,
  kNotAUser,
  kRefused,
  kPriceChanged,        // the first link of a session
  kPriceAlwaysChanges,  // every link
  kPriceUp,             // the invoice asks for ten times the price
  kSlowDelivery,
  kNeverDelivered,
  kForeignPayee,
  kWrongFrom,
  kWrongQuantity,
  kWrongText,
  kTruncatedPayload,
  kStateInit,
  kTwoMessages,
  kShortInvoice,
  kKyc,
  kHttp403,  // the first two searches of a session, here and below
  kHttp429,
  kHttp500,
  kNotJson,
  kDeadSession,
  kTwoCells,
};

// `username` as NormalUsername gives it.
Trigger TriggerOf(absl::string_view username);

// The name in "name", "@name", "t.me/name" or "https://t.me/name", as it was spelt; empty when it
// cannot be one.
std::string SpeltUsername(absl::string_view query);
// The same in lower case: what tells one recipient from another.
std::string NormalUsername(absl::string_view query);

}  // namespace starlift::sandbox
