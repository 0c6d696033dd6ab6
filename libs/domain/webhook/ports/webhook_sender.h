#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace starlift {

struct WebhookAnswer {
  int http_status = 0;  // 0: no answer
  std::string error;    // class of the failure, empty with an answer
  std::string body;     // at most the first 1 KiB
  absl::Duration retry_after = absl::ZeroDuration();
};

// POSTs to an address that a stranger chose: connect within 5 s, whole within 15 s, no redirects,
// at most 16 KiB read, addresses filtered when the connection is made.
class WebhookSender {
 public:
  virtual ~WebhookSender() = default;
  virtual WebhookAnswer Post(absl::string_view url,
                             const std::vector<std::pair<std::string, std::string>>& headers,
                             absl::string_view body) = 0;
};

}  // namespace starlift
