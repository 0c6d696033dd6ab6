#pragma once

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/random.h"

namespace starlift {

// A textual identifier of one kind of thing. Ids of different kinds do not convert into each other.
template <typename Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string value_;
};

using TenantId = Id<struct TenantTag>;
using OrderId = Id<struct OrderTag>;
using SessionId = Id<struct SessionTag>;
using TransferId = Id<struct TransferTag>;

// `prefix` + 26 characters of lower-case base32: 48 bits of Unix milliseconds, then 80 random bits,
// so that ids sort by time of making and cannot be guessed.
std::string NewId(absl::string_view prefix, int64_t unix_millis, Random& random);

// 32 lower-case hex characters of BLAKE2b-128 over the length-prefixed parts: the same parts give
// the same id for ever, and no two different lists of parts share an input.
std::string DerivedId(absl::string_view prefix, absl::Span<const absl::string_view> parts);

}  // namespace starlift
