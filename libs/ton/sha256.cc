#include "ton/sha256.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace starlift::ton {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once and kept: EVP_sha256() would look the algorithm up again for each digest.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  STARLIFT_CHECK(algorithm != nullptr);
  return algorithm;
}

}  // namespace

Hash256 Sha256(absl::Span<const uint8_t> bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  STARLIFT_CHECK(context != nullptr);
  STARLIFT_CHECK(EVP_DigestInit_ex2(context.get(), Algorithm(), nullptr) == 1);
  STARLIFT_CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  Hash256 hash{};
  unsigned int size = 0;
  STARLIFT_CHECK(EVP_DigestFinal_ex(context.get(), hash.data(), &size) == 1);
  STARLIFT_CHECK(size == hash.size());
  return hash;
}

}  // namespace starlift::ton
