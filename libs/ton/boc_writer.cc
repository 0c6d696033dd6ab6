#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "ton/base64.h"
#include "ton/boc.h"
#include "ton/crc32c.h"

namespace starlift::ton {
namespace {

constexpr size_t kMaxHeadBytes = 6 + 4 * 8 + 8 + 4;  // and the checksum

// A cell whose references from `next` on are still to be visited.
struct Visit {
  const Cell* cell;
  size_t next;
};

// Each distinct cell once, and where it stands among them.
struct CellOrder {
  std::vector<const Cell*> cells;
  absl::flat_hash_map<Hash256, size_t> positions;
};

// Parents before children: the reverse of the order in which a walk without recursion leaves them.
// References are taken last to first, so that the first child follows its parent.
CellOrder OrderCells(const Cell& root) {
  CellOrder order;
  order.positions.emplace(root.hash(), 0);
  std::vector<Visit> path = {{&root, 0}};
  while (!path.empty()) {
    Visit& top = path.back();
    const std::vector<CellRef>& refs = top.cell->refs();
    if (top.next == refs.size()) {
      order.positions[top.cell->hash()] = order.cells.size();
      order.cells.push_back(top.cell);
      path.pop_back();
      continue;
    }
    const Cell* child = refs[refs.size() - 1 - top.next++].get();
    if (order.positions.emplace(child->hash(), 0).second) path.push_back({child, 0});
  }
  std::reverse(order.cells.begin(), order.cells.end());
  for (auto& [hash, position] : order.positions) position = order.cells.size() - 1 - position;
  return order;
}

int BytesFor(uint64_t number) {
  int bytes = 1;
  while (bytes < 8 && number >> (8 * bytes) != 0) ++bytes;
  return bytes;
}

void PutNumber(uint64_t number, int bytes, std::vector<uint8_t>* out) {
  for (int i = bytes - 1; i >= 0; --i) out->push_back(static_cast<uint8_t>(number >> (8 * i)));
}

size_t SizeOf(const Cell& cell, int ref_bytes) {
  return 2 + cell.data().size() + cell.refs().size() * static_cast<size_t>(ref_bytes);
}

void PutCell(const Cell& cell, const CellOrder& order, int ref_bytes, std::vector<uint8_t>* out) {
  const int bits = cell.bits();
  out->push_back(static_cast<uint8_t>(cell.refs().size() + (cell.exotic() ? 8 : 0) +
                                      (cell.level_mask() << 5)));
  out->push_back(static_cast<uint8_t>(bits / 8 * 2 + (bits % 8 != 0 ? 1 : 0)));
  out->insert(out->end(), cell.data().begin(), cell.data().end());
  if (bits % 8 != 0) out->back() |= static_cast<uint8_t>(0x80 >> bits % 8);
  for (const CellRef& ref : cell.refs()) {
    PutNumber(order.positions.at(ref->hash()), ref_bytes, out);
  }
}

}  // namespace

std::vector<uint8_t> WriteBoc(const CellRef& root, BocOptions options) {
  STARLIFT_CHECK(root != nullptr);
  const CellOrder order = OrderCells(*root);
  const size_t count = order.cells.size();
  const int ref_bytes = BytesFor(count);
  size_t size = 0;
  for (const Cell* cell : order.cells) size += SizeOf(*cell, ref_bytes);
  const int offset_bytes = BytesFor(size);

  std::vector<uint8_t> file = {0xb5, 0xee, 0x9c, 0x72};
  file.reserve(kMaxHeadBytes + size + (options.index ? count * offset_bytes : 0));
  file.push_back(
      static_cast<uint8_t>((options.index ? 0x80 : 0) | (options.crc ? 0x40 : 0) | ref_bytes));
  file.push_back(static_cast<uint8_t>(offset_bytes));
  PutNumber(count, ref_bytes, &file);
  PutNumber(1, ref_bytes, &file);  // roots
  PutNumber(0, ref_bytes, &file);  // absent cells
  PutNumber(size, offset_bytes, &file);
  PutNumber(0, ref_bytes, &file);  // the root is the first cell
  size_t end = 0;
  for (const Cell* cell : order.cells) {
    end += SizeOf(*cell, ref_bytes);
    if (options.index) PutNumber(end, offset_bytes, &file);
  }
  for (const Cell* cell : order.cells) PutCell(*cell, order, ref_bytes, &file);
  if (!options.crc) return file;
  const uint32_t crc = Crc32c(file);
  for (int i = 0; i < 4; ++i) file.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  return file;
}

std::string WriteBocBase64(const CellRef& root, BocOptions options) {
  return EncodeBase64(WriteBoc(root, options), Base64Alphabet::kStandard, /*padding=*/true);
}

}  // namespace starlift::ton
