#include "domain/order/field_mistakes.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace starlift {
namespace {

// The mistakes travel inside the status as length-prefixed texts: "5:field6:REASON4:text…".
constexpr absl::string_view kMistakesUrl = "starlift/field_mistakes";

void Append(std::string* packed, absl::string_view text) {
  absl::StrAppend(packed, text.size(), ":", text);
}

std::string Take(absl::string_view* packed) {
  const size_t colon = packed->find(':');
  uint64_t size = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(packed->substr(0, colon), &size)) {
    *packed = {};
    return "";
  }
  std::string text(packed->substr(colon + 1, size));
  packed->remove_prefix(std::min(packed->size(), colon + 1 + text.size()));
  return text;
}

}  // namespace

void FieldMistakes::Add(absl::string_view field, const absl::Status& status) {
  if (status.ok()) return;
  std::string path = FieldOf(status);
  if (path.empty()) path = std::string(field);
  if (mistakes_.empty()) {
    first_ = FailField(ReasonOf(status), path, status.message(), MetadataOf(status));
  }
  mistakes_.push_back({std::move(path), ReasonOf(status), std::string(status.message())});
}

void FieldMistakes::Add(Reason reason, absl::string_view field, absl::string_view message) {
  Add(field, FailField(reason, field, message));
}

absl::Status FieldMistakes::ToStatus() const {
  if (mistakes_.empty()) return absl::OkStatus();
  std::string packed;
  for (const FieldMistake& mistake : mistakes_) {
    Append(&packed, mistake.field);
    Append(&packed, ReasonName(mistake.reason));
    Append(&packed, mistake.message);
  }
  absl::Status status = first_;
  status.SetPayload(kMistakesUrl, absl::Cord(packed));
  return status;
}

std::vector<FieldMistake> FieldMistakesOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kMistakesUrl);
  if (!payload) {
    std::string field = FieldOf(status);
    if (field.empty()) return {};
    return {{std::move(field), ReasonOf(status), std::string(status.message())}};
  }
  std::vector<FieldMistake> mistakes;
  const std::string bytes(*payload);
  absl::string_view packed = bytes;
  while (!packed.empty()) {
    FieldMistake mistake;
    mistake.field = Take(&packed);
    mistake.reason = ParseReason(Take(&packed));
    mistake.message = Take(&packed);
    mistakes.push_back(std::move(mistake));
  }
  return mistakes;
}

}  // namespace starlift
