#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/id.h"
#include "base/secret.h"
#include "domain/order/ports/order_store.h"

namespace starlift::rpc {

// Where a listing goes on, as a text that only this installation can make and that fits only the
// tenant and the filter that it was made for.
class PageTokens {
 public:
  explicit PageTokens(Secret key32);
  std::string Make(const TenantId& tenant, const OrderFilter& filter,
                   const OrderCursor& cursor) const;
  // INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<OrderCursor> Read(absl::string_view token, const TenantId& tenant,
                                   const OrderFilter& filter) const;

  // The same for a listing of another kind: `listing` names it and what it is filtered by.
  std::string Make(absl::Span<const std::string> listing, const OrderCursor& cursor) const;
  absl::StatusOr<OrderCursor> Read(absl::string_view token,
                                   absl::Span<const std::string> listing) const;

 private:
  std::string Tag(absl::Span<const std::string> listing, absl::string_view position) const;
  Secret key_;
};

}  // namespace starlift::rpc
