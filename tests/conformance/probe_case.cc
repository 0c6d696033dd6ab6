#include "probe_case.h"

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ton/boc.h"

namespace starlift::ton::probe {
namespace {

absl::Status Malformed(const char* key) {
  return absl::InvalidArgumentError(absl::StrCat("malformed_case: ", key));
}

const Json* Find(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

bool Has(const Json& object, const char* key) { return Find(object, key) != nullptr; }

absl::StatusOr<const Json*> ObjectAt(const Json& object, const char* key) {
  const Json* found = Find(object, key);
  if (found == nullptr || !found->is_object()) return Malformed(key);
  return found;
}

absl::StatusOr<const Json*> ArrayAt(const Json& object, const char* key) {
  const Json* found = Find(object, key);
  if (found == nullptr || !found->is_array()) return Malformed(key);
  return found;
}

absl::StatusOr<absl::string_view> StringAt(const Json& object, const char* key) {
  const Json* found = Find(object, key);
  if (found == nullptr || !found->is_string()) return Malformed(key);
  return found->get_ref<const std::string&>();
}

absl::StatusOr<int64_t> IntAt(const Json& object, const char* key, int64_t min, int64_t max) {
  const Json* found = Find(object, key);
  if (found == nullptr || !found->is_number_integer()) return Malformed(key);
  if (found->is_number_unsigned() && found->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    return Malformed(key);
  }
  const auto value = found->get<int64_t>();
  if (value < min || value > max) return Malformed(key);
  return value;
}

absl::StatusOr<bool> BoolAt(const Json& object, const char* key) {
  const Json* found = Find(object, key);
  if (found == nullptr || !found->is_boolean()) return Malformed(key);
  return found->get<bool>();
}

absl::StatusOr<std::vector<uint8_t>> HexAt(const Json& object, const char* key) {
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(object, key));
  if (text.size() % 2 != 0) return Malformed(key);
  for (const char c : text) {
    if (!absl::ascii_isxdigit(c)) return Malformed(key);
  }
  const std::string bytes = absl::HexStringToBytes(text);
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

absl::StatusOr<Hash256> HashAt(const Json& object, const char* key) {
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(object, key));
  return ParseHash(text);
}

absl::StatusOr<CellRef> BocAt(const Json& object, const char* key) {
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(object, key));
  return ReadBocBase64(text);
}

void DescribeTree(const CellRef& root, Json* answer) {
  absl::flat_hash_set<Hash256> seen = {root->hash()};
  std::vector<const Cell*> waiting = {root.get()};
  int64_t bits = 0;
  while (!waiting.empty()) {
    const Cell* cell = waiting.back();
    waiting.pop_back();
    bits += cell->bits();
    for (const CellRef& ref : cell->refs()) {
      if (seen.insert(ref->hash()).second) waiting.push_back(ref.get());
    }
  }
  (*answer)["cells"] = seen.size();
  (*answer)["bits"] = bits;
  (*answer)["depth"] = root->depth();
}

}  // namespace starlift::ton::probe
