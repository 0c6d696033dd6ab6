#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "base/secret.h"

namespace starlift::fragment {

// The cookies of one visitor, as the Cookie header string that the site gets. They are a login:
// they live in a Secret, and whoever asks for the header wipes his copy. Safe from several threads.
class CookieJar {
 public:
  // `header` is "name=value; name=value". Parts that are not cookies are left out.
  explicit CookieJar(const Secret& header);
  CookieJar() = default;

  // The header's value, "" without cookies. To be wiped with WipeString.
  std::string Header() const;
  Secret Clone() const;

  // Takes over the values of Set-Cookie headers as a browser of this one site does: a cookie of the
  // same name is replaced, one that expires at once is dropped. Attributes are not kept: the jar
  // serves one pinned host.
  void Merge(absl::Span<const absl::string_view> set_cookies);

  // Whether a merge changed a name or a value since the jar was made.
  bool changed() const;

 private:
  mutable absl::Mutex mutex_;
  Secret header_ ABSL_GUARDED_BY(mutex_);
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace starlift::fragment
