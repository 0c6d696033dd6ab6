#include "adapters/rpc/page_token.h"

#include <sodium.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error.h"

namespace starlift::rpc {
namespace {

constexpr size_t kTagBytes = 16;
constexpr size_t kMostTokenBytes = 256;

absl::Status Refuse() {
  return FailField(Reason::kInvalidPageToken, "page_token",
                   "not a token of this listing; start again without one");
}

std::vector<std::string> OrderListing(const TenantId& tenant, const OrderFilter& filter) {
  return {"page.1", tenant.value(), filter.state ? std::string(OrderStateName(*filter.state)) : "",
          filter.request_id};
}

}  // namespace

PageTokens::PageTokens(Secret key32) : key_(std::move(key32)) {
  STARLIFT_CHECK(key_.size() == crypto_generichash_KEYBYTES);
}

std::string PageTokens::Tag(absl::Span<const std::string> listing,
                            absl::string_view position) const {
  std::string bound;
  for (const std::string& part : listing) absl::StrAppend(&bound, part.size(), ":", part);
  absl::StrAppend(&bound, position.size(), ":", position);
  std::string tag(kTagBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(tag.data()), tag.size(),
                     reinterpret_cast<const unsigned char*>(bound.data()), bound.size(),
                     key_.Reveal().data(), key_.size());
  return tag;
}

std::string PageTokens::Make(const TenantId& tenant, const OrderFilter& filter,
                             const OrderCursor& cursor) const {
  return Make(OrderListing(tenant, filter), cursor);
}

absl::StatusOr<OrderCursor> PageTokens::Read(absl::string_view token, const TenantId& tenant,
                                             const OrderFilter& filter) const {
  return Read(token, OrderListing(tenant, filter));
}

std::string PageTokens::Make(absl::Span<const std::string> listing,
                             const OrderCursor& cursor) const {
  const std::string position = absl::StrCat(absl::ToUnixMicros(cursor.created_at), ".", cursor.id);
  return absl::WebSafeBase64Escape(absl::StrCat(Tag(listing, position), position));
}

absl::StatusOr<OrderCursor> PageTokens::Read(absl::string_view token,
                                             absl::Span<const std::string> listing) const {
  std::string bytes;
  if (token.size() > kMostTokenBytes || !absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() <= kTagBytes) {
    return Refuse();
  }
  const absl::string_view position = absl::string_view(bytes).substr(kTagBytes);
  const std::string tag = Tag(listing, position);
  if (sodium_memcmp(tag.data(), bytes.data(), kTagBytes) != 0) return Refuse();
  const size_t dot = position.find('.');
  int64_t micros = 0;
  if (dot == absl::string_view::npos || !absl::SimpleAtoi(position.substr(0, dot), &micros)) {
    return Refuse();
  }
  return OrderCursor{absl::FromUnixMicros(micros), std::string(position.substr(dot + 1))};
}

}  // namespace starlift::rpc
