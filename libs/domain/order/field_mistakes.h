#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/error.h"

namespace starlift {

// What is wrong with one field of a request; `field` is its path, as in "payment.mnemonic".
struct FieldMistake {
  std::string field;
  Reason reason = Reason::kInvalidField;
  std::string message;
};

// Collects every mistake of a request, so that a caller learns of all of them in one answer.
class FieldMistakes {
 public:
  // Nothing for an OK status. A status that names its field keeps it; another gets `field`.
  void Add(absl::string_view field, const absl::Status& status);
  void Add(Reason reason, absl::string_view field, absl::string_view message);

  bool empty() const { return mistakes_.empty(); }
  // OK without mistakes; else the first one's reason, message and metadata, with all of them behind
  // it.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldMistake> mistakes_;
  absl::Status first_;
};

// All mistakes that a status tells of; one for a status of FailField, none for any other.
std::vector<FieldMistake> FieldMistakesOf(const absl::Status& status);

}  // namespace starlift
