#include "base/secret.h"

#include <sodium.h>

#include <cstring>
#include <string>

#include "base/check.h"

namespace starlift {
namespace {

uint8_t* Allocate(size_t size) {
  STARLIFT_CHECK(sodium_init() >= 0);
  auto* bytes = static_cast<uint8_t*>(sodium_malloc(size));
  STARLIFT_CHECK(bytes != nullptr);
  return bytes;
}

}  // namespace

void Secret::Wipe::operator()(uint8_t* bytes) const { sodium_free(bytes); }

Secret Secret::Zeroed(size_t size) {
  Secret secret;
  if (size == 0) return secret;
  secret.bytes_.reset(Allocate(size));
  std::memset(secret.bytes_.get(), 0, size);
  secret.size_ = size;
  return secret;
}

Secret::Secret(absl::Span<const uint8_t> bytes) {
  *this = Zeroed(bytes.size());
  if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
}

Secret Secret::FromString(absl::string_view bytes) {
  return Secret({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

Secret Secret::Clone() const { return Secret(Reveal()); }

void WipeString(std::string* text) {
  if (!text->empty()) sodium_memzero(text->data(), text->size());
  text->clear();
}

}  // namespace starlift
