#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "ton/cell.h"

namespace starlift::ton::probe {

using Json = nlohmann::json;

// Reading fields of a case that may hold anything at all: a missing key, a wrong type or a number
// out of range is an INVALID_ARGUMENT. `null` counts as missing. What is returned points into the
// case.
bool Has(const Json& object, const char* key);
absl::StatusOr<const Json*> ObjectAt(const Json& object, const char* key);
absl::StatusOr<const Json*> ArrayAt(const Json& object, const char* key);
absl::StatusOr<absl::string_view> StringAt(const Json& object, const char* key);
absl::StatusOr<int64_t> IntAt(const Json& object, const char* key, int64_t min, int64_t max);
absl::StatusOr<bool> BoolAt(const Json& object, const char* key);
absl::StatusOr<std::vector<uint8_t>> HexAt(const Json& object, const char* key);
absl::StatusOr<Hash256> HashAt(const Json& object, const char* key);
// A BoC in base64, any alphabet, with or without padding.
absl::StatusOr<CellRef> BocAt(const Json& object, const char* key);

// The answers: each looks at the input fields of its kinds only, writes its results into `answer`
// and fails when the case is to be refused. Results found before that stay in the answer.
absl::Status AnswerMnemonic(const Json& input, Json* answer);
absl::Status AnswerSignature(const Json& input, Json* answer);
absl::Status AnswerAddress(const Json& input, Json* answer);
absl::Status AnswerAddressForms(const Json& input, Json* answer);
absl::Status AnswerCellTable(const Json& input, Json* answer);
absl::Status AnswerBoc(const Json& input, Json* answer);
absl::Status AnswerBocRoots(const Json& input, Json* answer);
absl::Status AnswerBocText(const Json& input, Json* answer);
absl::Status AnswerComment(const Json& input, Json* answer);
absl::Status AnswerCommentFile(const Json& input, Json* answer);
absl::Status AnswerWallet(const Json& input, Json* answer);

// cells, bits (both of distinct cells) and depth of what hangs under `root`.
void DescribeTree(const CellRef& root, Json* answer);

}  // namespace starlift::ton::probe
