#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/webhook/address_filter.h"
#include "domain/webhook/callback_url.h"
#include "domain/webhook/ports/webhook_sender.h"

namespace starlift::http {

struct WebhookSenderOptions {
  CallbackRules rules;
  AddressFilter filter = AddressFilter(false);
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration whole_timeout = absl::Seconds(15);
  std::string ca_file;  // empty: the system's authorities
};

// Posts with libcurl. The URL is checked again, the address is checked when the socket is made and
// once more before the request is written to it; redirects, proxies of the environment, cookies and
// credentials do not exist here. Safe from several threads; each call blocks its own.
//
// What an answer's `error` can be: url_refused, address_refused, resolve_failed, connect_failed,
// tls_failed, timeout, too_large (headers over 16 KiB), broken_answer. A body is read up to 16 KiB,
// what follows is not waited for; unprintable bytes in the kept part are replaced.
class CurlWebhookSender final : public WebhookSender {
 public:
  explicit CurlWebhookSender(WebhookSenderOptions options);
  ~CurlWebhookSender() override;

  WebhookAnswer Post(absl::string_view url,
                     const std::vector<std::pair<std::string, std::string>>& headers,
                     absl::string_view body) override;

 private:
  class Handles;

  WebhookSenderOptions options_;
  std::unique_ptr<Handles> handles_;
};

}  // namespace starlift::http
