#include <bit>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "probe_case.h"
#include "ton/base64.h"
#include "ton/boc.h"

namespace starlift::ton::probe {
namespace {

constexpr int kMaxRoots = 1024;

absl::Status Malformed() { return absl::InvalidArgumentError("malformed_case: table"); }

// Builds the cells of a table without recursion: children may stand before or after their parents.
class TableBuilder {
 public:
  explicit TableBuilder(const Json& table)
      : table_(table), cells_(table.size()), open_(table.size()) {}

  absl::StatusOr<CellRef> Root() {
    if (table_.empty()) return Malformed();
    RETURN_IF_ERROR(Open(0));
    while (!path_.empty()) {
      Visit& top = path_.back();
      if (top.next == top.refs.size()) {
        RETURN_IF_ERROR(Close());
        continue;
      }
      const size_t child = top.refs[top.next++];
      if (cells_[child] == nullptr) RETURN_IF_ERROR(Open(child));
    }
    return cells_[0];
  }

 private:
  struct Visit {
    size_t position;
    std::vector<size_t> refs;
    size_t next = 0;
  };

  absl::Status Open(size_t position) {
    if (open_[position]) return Malformed();  // a cycle
    open_[position] = true;
    ASSIGN_OR_RETURN(const Json* list, ArrayAt(table_[position], "refs"));
    if (list->size() > Cell::kMaxRefs) return Malformed();
    Visit visit = {position, {}};
    for (const Json& ref : *list) {
      if (!ref.is_number_unsigned() || ref.get<uint64_t>() >= table_.size()) return Malformed();
      visit.refs.push_back(ref.get<size_t>());
    }
    path_.push_back(std::move(visit));
    return absl::OkStatus();
  }

  absl::Status Close() {
    const Visit visit = std::move(path_.back());
    path_.pop_back();
    const Json& entry = table_[visit.position];
    ASSIGN_OR_RETURN(const int64_t bits, IntAt(entry, "bits", 0, Cell::kMaxBits));
    ASSIGN_OR_RETURN(std::vector<uint8_t> data, HexAt(entry, "data_hex"));
    if (data.size() != static_cast<size_t>(bits + 7) / 8) return Malformed();
    bool exotic = false;
    if (Has(entry, "exotic")) {
      ASSIGN_OR_RETURN(exotic, BoolAt(entry, "exotic"));
    }
    std::vector<CellRef> refs;
    for (const size_t ref : visit.refs) refs.push_back(cells_[ref]);
    ASSIGN_OR_RETURN(cells_[visit.position],
                     Cell::Make(std::move(data), static_cast<int>(bits), std::move(refs), exotic));
    open_[visit.position] = false;
    return absl::OkStatus();
  }

  const Json& table_;
  std::vector<CellRef> cells_;
  std::vector<bool> open_;
  std::vector<Visit> path_;
};

void DescribeRoot(const CellRef& root, Json* answer) {
  (*answer)["root_hash"] = HexOf(root->hash());
  (*answer)["level"] = std::bit_width(static_cast<unsigned>(root->level_mask()));
  DescribeTree(root, answer);
}

absl::Status WriteForms(const CellRef& root, Json* answer) {
  Json& forms = (*answer)["boc"] = Json::object();
  for (const bool index : {false, true}) {
    for (const bool crc : {false, true}) {
      const char* name = index ? (crc ? "idx_crc" : "idx") : (crc ? "crc" : "plain");
      const BocOptions options = {.crc = crc, .index = index};
      forms[name] = WriteBocBase64(root, options);
      ASSIGN_OR_RETURN(const std::vector<CellRef> back, ReadBocRoots(WriteBoc(root, options), 1));
      if (back[0]->hash() != root->hash()) {
        return absl::InternalError("a BoC of our own is read as another");
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint8_t>> FileOf(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(input, "boc_base64"));
  ASSIGN_OR_RETURN(std::vector<uint8_t> file, DecodeBase64(text, Base64Padding::kOptional));
  (*answer)["bytes"] = file.size();
  return file;
}

// A case names the form of its text. Without a name it is what `*_base64` means everywhere in the
// vectors: with padding.
absl::StatusOr<Base64Padding> PaddingOf(const Json& input) {
  if (!Has(input, "form")) {
    ASSIGN_OR_RETURN(const absl::string_view kind, StringAt(input, "kind"));
    return kind == "text_form" ? Base64Padding::kOptional : Base64Padding::kRequired;
  }
  ASSIGN_OR_RETURN(const absl::string_view form, StringAt(input, "form"));
  return absl::StrContains(form, "without padding") ? Base64Padding::kOptional
                                                    : Base64Padding::kRequired;
}

}  // namespace

absl::Status AnswerCellTable(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const Json* table, ArrayAt(input, "table"));
  ASSIGN_OR_RETURN(const CellRef root, TableBuilder(*table).Root());
  DescribeRoot(root, answer);
  return WriteForms(root, answer);
}

absl::Status AnswerBoc(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const std::vector<uint8_t> file, FileOf(input, answer));
  ASSIGN_OR_RETURN(const CellRef root, ReadBoc(file));
  DescribeRoot(root, answer);
  return WriteForms(root, answer);
}

absl::Status AnswerBocRoots(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const std::vector<uint8_t> file, FileOf(input, answer));
  ASSIGN_OR_RETURN(const std::vector<CellRef> roots, ReadBocRoots(file, kMaxRoots));
  Json& hashes = (*answer)["root_hashes"] = Json::array();
  for (const CellRef& root : roots) hashes.push_back(HexOf(root->hash()));
  if (roots.size() == 1) DescribeRoot(roots[0], answer);
  return absl::OkStatus();
}

absl::Status AnswerBocText(const Json& input, Json* answer) {
  ASSIGN_OR_RETURN(const absl::string_view text, StringAt(input, "text"));
  ASSIGN_OR_RETURN(const Base64Padding padding, PaddingOf(input));
  ASSIGN_OR_RETURN(const std::vector<uint8_t> file, DecodeBase64(text, padding));
  ASSIGN_OR_RETURN(const CellRef root, ReadBoc(file));
  DescribeRoot(root, answer);
  return absl::OkStatus();
}

}  // namespace starlift::ton::probe
