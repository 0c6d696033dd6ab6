#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "domain/order/ports/price_book.h"

namespace starlift::fragment {

// What is read out of the site's pages. No general HTML parser: each reader looks for the one mark
// that it needs, walks the page once, and gives up on anything unexpected.

// The hash that each API call carries, from ajInit's "apiUrl":"\/api?hash=<hex>". "" when absent.
std::string FindApiHash(absl::string_view page);

// The decimal text of "tonRate" (US dollars per TON). "" when absent or not a plain decimal.
std::string FindTonRate(absl::string_view page);

// The packages of a page's radio inputs named `input_name`, each with the TON price that stands
// under the class icon-ton. A package whose price cannot be read is left out; the first of equals
// counts.
struct Package {
  int64_t size = 0;  // Stars, or months
  Units ton;         // nanoton, > 0
};
std::vector<Package> FindPackages(absl::string_view page, absl::string_view input_name);

}  // namespace starlift::fragment
