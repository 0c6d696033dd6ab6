#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace starlift::sandbox {

// One delivered purchase, as the history of a session shows it. It names neither the request nor
// the comment of the payment.
struct HistoryRow {
  std::string username;  // in its owner's spelling
  int64_t quantity = 0;
  uint64_t amount_nano = 0;
  int64_t delivered_ms = 0;  // Unix
};

// The table of /stars/history, in the order given.
std::string HistoryHtml(const std::vector<HistoryRow>& rows);

}  // namespace starlift::sandbox
