#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace starlift {

// Bytes that must never be seen: a seed, cookies, a private key. They live in guarded, locked
// memory (libsodium's secure heap), are wiped when the last owner lets go, and have no stream
// operator, no comparison and no implicit conversion, so that they cannot slip into a log or an
// error.
class Secret {
 public:
  Secret() = default;
  // Copies the bytes. The caller wipes its own copy (see WipeString).
  explicit Secret(absl::Span<const uint8_t> bytes);
  static Secret FromString(absl::string_view bytes);

  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The bytes, for the one call that needs them. Never store what this returns.
  absl::Span<const uint8_t> Reveal() const { return {bytes_.get(), size_}; }
  absl::string_view RevealString() const {
    return {reinterpret_cast<const char*>(bytes_.get()), size_};
  }
  absl::Span<uint8_t> RevealMutable() { return {bytes_.get(), size_}; }
  // A new secret of `size` zero bytes, to be filled in place.
  static Secret Zeroed(size_t size);
  Secret Clone() const;

 private:
  struct Wipe {
    void operator()(uint8_t* bytes) const;
  };
  std::unique_ptr<uint8_t[], Wipe> bytes_;
  size_t size_ = 0;
};

// Overwrites the characters of an ordinary string that held something secret, then empties it.
void WipeString(std::string* text);

}  // namespace starlift
