#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "domain/access/ports/sealer.h"

namespace starlift {

// Seals by writing the context in front: enough to see that what is opened was sealed for this.
class PlainVault final : public Sealer, public Opener {
 public:
  SealedSecret Seal(const Secret& secret, const SealContext& context) const override {
    return {"key", absl::StrCat(Head(context), secret.RevealString())};
  }
  absl::StatusOr<Secret> Open(const SealedSecret& sealed,
                              const SealContext& context) const override {
    absl::string_view bytes = sealed.bytes;
    if (locked || !absl::ConsumePrefix(&bytes, Head(context))) {
      return Fail(Reason::kInternal, "cannot be opened");
    }
    return Secret::FromString(bytes);
  }
  bool locked = false;

 private:
  static std::string Head(const SealContext& context) {
    return absl::StrCat(context.tenant.value(), "/", context.kind, "/", context.id, "/",
                        context.purpose, ":");
  }
};

}  // namespace starlift
