#include "adapters/postgres/witness_line.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace starlift::postgres {
namespace {

std::string Joined(const std::vector<std::string>& elements) {
  ArrayText array;
  for (const std::string& element : elements) array.Add(element);
  return array.text();
}

std::vector<std::string> Elements(const std::string& text) {
  return absl::StrSplit(text, ',', absl::SkipEmpty());
}

}  // namespace

Params WitnessLineParams(const WitnessLine& line) {
  ArrayText orders;
  for (const OrderId& order : line.orders) orders.Add(order.value());
  Params params;
  params.Text(line.normalized_hash)
      .Integer(line.number)
      .Text(line.wallet)
      .Integer(line.seqno)
      .Time(line.valid_until)
      .Text(orders.text())
      .Text(Joined(line.payload_hashes))
      .Text(Joined(line.payees))
      .Integer(line.start_lt)
      .Text(WalletVersionName(line.version))
      .Text(line.public_key_hex);
  return params;
}

WitnessLine WitnessLineFromRow(RowReader& row) {
  WitnessLine line;
  line.normalized_hash = row.Text();
  line.number = row.Integer();
  line.wallet = row.Text();
  line.seqno = row.Integer();
  line.valid_until = row.Time();
  for (std::string& order : Elements(row.Text())) line.orders.emplace_back(std::move(order));
  line.payload_hashes = Elements(row.Text());
  line.payees = Elements(row.Text());
  line.start_lt = row.Integer();
  line.version = ParseWalletVersion(row.Text());
  line.public_key_hex = row.Text();
  return line;
}

}  // namespace starlift::postgres
