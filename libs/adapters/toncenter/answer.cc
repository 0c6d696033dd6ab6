#include "adapters/toncenter/answer.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "ton/address.h"
#include "ton/base64.h"
#include "ton/cell.h"

namespace starlift::toncenter {

using nlohmann::json;

absl::Status ChainFailure(absl::string_view kind, absl::string_view what) {
  return ::starlift::Fail(Reason::kChainUnavailable, absl::StrCat("the TON chain: ", what),
                          {{"kind", std::string(kind)}});
}

absl::StatusOr<json> ReadObject(int http_status, absl::string_view body) {
  const std::string what = absl::StrCat("HTTP status ", http_status);
  if (http_status == 401 || http_status == 403) return ChainFailure("configuration", what);
  if (http_status == 429) return ChainFailure("rate_limit", what);
  if (http_status != 200) return ChainFailure("outage", what);
  json parsed = json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return ChainFailure("unreadable", "not a JSON object");
  return parsed;
}

absl::StatusOr<json> ReadV2Result(int http_status, absl::string_view body) {
  ASSIGN_OR_RETURN(json parsed, ReadObject(http_status, body));
  const auto ok = parsed.find("ok");
  const auto result = parsed.find("result");
  if (ok == parsed.end() || *ok != true || result == parsed.end()) {
    return ChainFailure("unreadable", "an answer without result");
  }
  return std::move(*result);
}

FieldReader::FieldReader(const json& object, std::string what)
    : object_(object), what_(std::move(what)) {
  if (!object_.is_object()) Fail("(not an object)");
}

void FieldReader::Fail(absl::string_view name) {
  if (failed_.empty()) failed_ = std::string(name);
}

absl::Status FieldReader::status() const {
  if (failed_.empty()) return absl::OkStatus();
  return ChainFailure("unreadable", absl::StrCat("field ", failed_, " of ", what_));
}

const json* FieldReader::Find(const char* name) {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  if (found == object_.end() || found->is_null()) {
    Fail(name);
    return nullptr;
  }
  return &*found;
}

bool FieldReader::Has(const char* name) const {
  if (!object_.is_object()) return false;
  const auto found = object_.find(name);
  return found != object_.end() && !found->is_null();
}

bool FieldReader::Flag(const char* name) {
  const json* field = Find(name);
  if (field == nullptr) return false;
  if (field->is_boolean()) return field->get<bool>();
  Fail(name);
  return false;
}

int64_t FieldReader::Integer(const char* name) {
  const json* field = Find(name);
  if (field == nullptr) return 0;
  if (field->is_number_integer()) {
    // A number above 2^63 is stored unsigned and would wrap.
    const bool fits = !field->is_number_unsigned() ||
                      field->get<uint64_t>() <= std::numeric_limits<int64_t>::max();
    if (fits) return field->get<int64_t>();
  }
  int64_t value = 0;
  if (field->is_string() && absl::SimpleAtoi(field->get_ref<const std::string&>(), &value)) {
    return value;
  }
  Fail(name);
  return 0;
}

int32_t FieldReader::Integer32(const char* name) {
  const int64_t value = Integer(name);
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max()) {
    Fail(name);
    return 0;
  }
  return static_cast<int32_t>(value);
}

int32_t FieldReader::Count(const char* name) {
  const int32_t value = Integer32(name);
  if (value < 0) Fail(name);
  return value;
}

std::string FieldReader::Text(const char* name) {
  const json* field = Find(name);
  if (field == nullptr) return "";
  if (field->is_string()) return field->get<std::string>();
  Fail(name);
  return "";
}

std::string FieldReader::HexHash(const char* name) {
  const auto bytes = ton::DecodeBase64(Text(name), ton::Base64Padding::kOptional);
  if (bytes.ok() && bytes->size() == 32) return ton::HexOf(*bytes);
  Fail(name);
  return "";
}

std::string FieldReader::RawAddress(const char* name) {
  const auto address = ton::ParseAddress(Text(name));
  if (address.ok()) return ton::RawForm(*address);
  Fail(name);
  return "";
}

const json& FieldReader::Object(const char* name) {
  static const json kEmpty = json::object();
  const json* field = Find(name);
  if (field == nullptr) return kEmpty;
  if (field->is_object()) return *field;
  Fail(name);
  return kEmpty;
}

const json& FieldReader::Array(const char* name) {
  static const json kEmpty = json::array();
  const json* field = Find(name);
  if (field == nullptr) return kEmpty;
  if (field->is_array()) return *field;
  Fail(name);
  return kEmpty;
}

}  // namespace starlift::toncenter
