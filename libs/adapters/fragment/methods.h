#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/order/product.h"

namespace starlift::fragment {

// How the site spells the steps of one product. A new product is a new row here, and whatever its
// init call wants.
struct Methods {
  ProductType type;
  bool built;              // false: refused with PRODUCT_NOT_AVAILABLE
  absl::string_view page;  // Referer, and where the hash comes from
  absl::string_view search;
  absl::string_view size_field;  // of the search and init calls: how much is bought
  absl::string_view state;
  absl::string_view init;
  absl::string_view link;
  absl::string_view repeat;   // leaves a finished purchase; empty: no such call is known
  absl::string_view history;  // the page of what was bought; empty: it is not read yet
};

// UNIMPLEMENTED PRODUCT_NOT_AVAILABLE for a product whose purchase is not built.
absl::StatusOr<const Methods*> MethodsOf(ProductType type);

}  // namespace starlift::fragment
