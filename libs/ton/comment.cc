#include "ton/comment.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "ton/utf8.h"

namespace starlift::ton {
namespace {

constexpr size_t kMaxBytes = 64 * 1024;
constexpr int kPrefixBits = 32;
constexpr int kMaxFirstBytes = 123;
constexpr size_t kNextBytes = 127;

absl::Span<const uint8_t> BytesOf(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

absl::Status CheckShape(const Cell& cell) {
  if (cell.exotic()) return absl::InvalidArgumentError("a comment in an exotic cell");
  if (cell.bits() % 8 != 0) return absl::InvalidArgumentError("a comment that is not whole bytes");
  if (cell.refs().size() > 1) return absl::InvalidArgumentError("a comment with two continuations");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CellRef> WriteComment(absl::string_view text, int first_cell_bytes) {
  if (first_cell_bytes < 0 || first_cell_bytes > kMaxFirstBytes) {
    return absl::InvalidArgumentError("no such size of a first cell");
  }
  if (text.size() > kMaxBytes) return absl::InvalidArgumentError("comment longer than 64 KiB");
  if (!IsUtf8(text)) return absl::InvalidArgumentError("comment is not UTF-8");

  const size_t first = std::min(text.size(), static_cast<size_t>(first_cell_bytes));
  std::vector<absl::string_view> pieces;
  for (size_t at = first; at < text.size(); at += kNextBytes) {
    pieces.push_back(text.substr(at, kNextBytes));
  }
  CellRef next;  // what follows the piece at hand: built from the end
  for (; !pieces.empty(); pieces.pop_back()) {
    CellBuilder builder;
    builder.Bytes(BytesOf(pieces.back()));
    if (next != nullptr) builder.Ref(next);
    ASSIGN_OR_RETURN(next, builder.Build());
  }
  CellBuilder builder;
  builder.Uint(0, kPrefixBits).Bytes(BytesOf(text.substr(0, first)));
  if (next != nullptr) builder.Ref(next);
  return builder.Build();
}

absl::StatusOr<std::string> ReadCommentBytes(const CellRef& cell) {
  if (cell == nullptr) return absl::InvalidArgumentError("no cell");
  const std::vector<uint8_t>& head = cell->data();
  if (cell->bits() < kPrefixBits || std::any_of(head.begin(), head.begin() + kPrefixBits / 8,
                                                [](uint8_t byte) { return byte != 0; })) {
    return absl::InvalidArgumentError("not a comment");
  }
  std::string text;
  const Cell* at = cell.get();
  size_t skip = kPrefixBits / 8;
  while (true) {
    RETURN_IF_ERROR(CheckShape(*at));
    text.append(at->data().begin() + skip, at->data().end());
    if (text.size() > kMaxBytes) return absl::InvalidArgumentError("comment longer than 64 KiB");
    if (at->refs().empty()) return text;
    at = at->refs().front().get();
    skip = 0;
  }
}

absl::StatusOr<std::string> ReadComment(const CellRef& cell) {
  ASSIGN_OR_RETURN(std::string text, ReadCommentBytes(cell));
  if (!IsUtf8(text)) return absl::InvalidArgumentError("comment is not UTF-8");
  return text;
}

}  // namespace starlift::ton
