#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace starlift::toncenter {

// UNAVAILABLE CHAIN_UNAVAILABLE with metadata `kind`: "outage", "rate_limit", "configuration" (the
// key is wrong, or of the other network), "unreadable". It means "cannot tell now", never "is not
// there".
absl::Status ChainFailure(absl::string_view kind, absl::string_view what);

// The JSON object of HTTP status 200; a ChainFailure for anything else.
absl::StatusOr<nlohmann::json> ReadObject(int http_status, absl::string_view body);
// The same for version 2, whose answers are {"ok":true,"result":…}: the result.
absl::StatusOr<nlohmann::json> ReadV2Result(int http_status, absl::string_view body);

// Reads typed fields out of a JSON object. The first field that is missing or of another kind is
// remembered and makes every later status an "unreadable"; values read after it mean nothing. So a
// whole row needs one check at its end, and nothing malformed is ever taken for a value.
class FieldReader {
 public:
  // `what` names the object in the error. `object` must outlive the reader.
  FieldReader(const nlohmann::json& object, std::string what);

  bool Has(const char* name) const;  // present and not null
  bool Flag(const char* name);
  // A JSON integer, or one as text ("57000000000000").
  int64_t Integer(const char* name);
  // As Integer, within 32 signed bits.
  int32_t Integer32(const char* name);
  // As Integer32, and not negative.
  int32_t Count(const char* name);
  std::string Text(const char* name);
  // 32 bytes in base64 -> 64 lower-case hex characters.
  std::string HexHash(const char* name);
  // Any form of an address -> the raw form in lower case.
  std::string RawAddress(const char* name);
  // An object or array inside; an empty one of that kind when it is missing.
  const nlohmann::json& Object(const char* name);
  const nlohmann::json& Array(const char* name);

  void Fail(absl::string_view name);
  absl::Status status() const;

 private:
  const nlohmann::json* Find(const char* name);

  const nlohmann::json& object_;
  const std::string what_;
  std::string failed_;  // the first bad field; empty: none
};

}  // namespace starlift::toncenter
