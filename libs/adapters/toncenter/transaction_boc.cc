#include "adapters/toncenter/transaction_boc.h"

#include <bit>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "adapters/toncenter/answer.h"
#include "adapters/toncenter/transaction_phases.h"
#include "base/status_macros.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/message.h"

namespace starlift::toncenter {
namespace {

using ton::CellReader;
using ton::CellRef;

constexpr uint64_t kTransactionTag = 0b0111;
constexpr int kKeyBits = 15;             // out messages are a dictionary by their number
constexpr size_t kMaxOutMessages = 512;  // the network allows 255 actions
// A million TON: far above any fee, and so low that no sum of them leaves 64 bits.
constexpr uint64_t kMostFees = 1'000'000'000'000'000;

// The length of a HashmapE label on `bits_left` of the key; the label's own bits are skipped.
absl::StatusOr<int> SkipLabel(CellReader& reader, int bits_left) {
  const int length_bits = std::bit_width(static_cast<unsigned>(bits_left));
  int length = 0;
  ASSIGN_OR_RETURN(const bool not_short, reader.Bit());
  if (!not_short) {  // hml_short: unary length
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, reader.Bit());
      if (!more) break;
      if (++length > bits_left) return absl::InvalidArgumentError("a label too long");
    }
    RETURN_IF_ERROR(reader.Skip(length));
    return length;
  }
  ASSIGN_OR_RETURN(const bool same, reader.Bit());
  if (same) RETURN_IF_ERROR(reader.Skip(1));  // hml_same: one bit, repeated
  ASSIGN_OR_RETURN(const uint64_t written, reader.Uint(length_bits));
  length = static_cast<int>(written);
  if (length > bits_left) return absl::InvalidArgumentError("a label too long");
  if (!same) RETURN_IF_ERROR(reader.Skip(length));
  return length;
}

// The values of Hashmap 15 ^Message in the order of their keys. Bounded by the key's 15 bits in
// depth and by kMaxOutMessages in width, however the cells are shared.
absl::Status CollectMessages(const CellRef& node, int bits_left, std::vector<CellRef>* messages) {
  CellReader reader(node);
  ASSIGN_OR_RETURN(const int label, SkipLabel(reader, bits_left));
  bits_left -= label;
  if (bits_left == 0) {
    if (messages->size() >= kMaxOutMessages) {
      return absl::InvalidArgumentError("too many messages out");
    }
    ASSIGN_OR_RETURN(CellRef message, reader.Ref());
    messages->push_back(std::move(message));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const CellRef left, reader.Ref());
  ASSIGN_OR_RETURN(const CellRef right, reader.Ref());
  RETURN_IF_ERROR(CollectMessages(left, bits_left - 1, messages));
  return CollectMessages(right, bits_left - 1, messages);
}

// int_msg_info$0, ext_in_msg_info$10, ext_out_msg_info$11.
enum class MessageKind { kInternal, kExternalIn, kExternalOut };
absl::StatusOr<MessageKind> KindOf(const CellRef& message) {
  CellReader reader(message);
  ASSIGN_OR_RETURN(const bool external, reader.Bit());
  if (!external) return MessageKind::kInternal;
  ASSIGN_OR_RETURN(const bool out, reader.Bit());
  return out ? MessageKind::kExternalOut : MessageKind::kExternalIn;
}

absl::StatusOr<Units> AmountOf(const ton::ParsedInternal& message) {
  if (message.amount_nano > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return absl::OutOfRangeError("an amount above all TON there is");
  }
  return Units(static_cast<int64_t>(message.amount_nano));
}

absl::Status ReadInMessage(const CellRef& message, ChainTransaction* transaction) {
  ASSIGN_OR_RETURN(const MessageKind kind, KindOf(message));
  transaction->external_in = kind == MessageKind::kExternalIn;
  if (transaction->external_in) {
    ASSIGN_OR_RETURN(const ton::Hash256 hash, ton::NormalizedHash(message));
    transaction->in_normalized_hash = ton::HexOf(hash);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ton::ParsedInternal parsed, ton::ParseInternalMessage(message));
  if (!parsed.has_source) return absl::InvalidArgumentError("a message in from nowhere");
  ASSIGN_OR_RETURN(transaction->in_amount, AmountOf(parsed));
  transaction->in_source = ton::RawForm(parsed.source);
  transaction->bounced_in = parsed.bounced;
  if (parsed.body != nullptr) {
    const absl::StatusOr<uint64_t> opcode = ton::CellReader(parsed.body).Uint(32);
    if (opcode.ok()) transaction->in_opcode = static_cast<uint32_t>(*opcode);
  }
  return absl::OkStatus();
}

// What is left of an internal message's forward fee when it leaves; the field before it holds
// flags.
absl::StatusOr<uint64_t> ReadForwardFee(const CellRef& message) {
  CellReader reader(message);
  RETURN_IF_ERROR(reader.Skip(4));  // tag, ihr_disabled, bounce, bounced
  ton::Address address;
  RETURN_IF_ERROR(ton::LoadMaybeAddress(reader, &address).status());
  RETURN_IF_ERROR(ton::LoadAddress(reader).status());
  RETURN_IF_ERROR(ReadCurrencies(reader).status());
  RETURN_IF_ERROR(reader.Coins().status());
  ASSIGN_OR_RETURN(const uint64_t fee, reader.Coins());
  if (fee > kMostFees) return absl::OutOfRangeError("a forward fee");
  return fee;
}

absl::Status ReadOutMessage(const CellRef& message, ChainTransaction* transaction) {
  ASSIGN_OR_RETURN(const MessageKind kind, KindOf(message));
  if (kind == MessageKind::kExternalOut) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ton::ParsedInternal parsed, ton::ParseInternalMessage(message));
  ASSIGN_OR_RETURN(const Units amount, AmountOf(parsed));
  ASSIGN_OR_RETURN(const uint64_t forward_fee, ReadForwardFee(message));
  transaction->network_fees += Units(static_cast<int64_t>(forward_fee));
  transaction->out.push_back(
      {ton::RawForm(parsed.destination), amount, ton::HexOf(parsed.body->hash())});
  return absl::OkStatus();
}

absl::Status ReadMessages(const CellRef& cell, ChainTransaction* transaction) {
  CellReader reader(cell);
  ASSIGN_OR_RETURN(const CellRef in, reader.MaybeRef());
  ASSIGN_OR_RETURN(const CellRef out, reader.MaybeRef());
  if (in == nullptr) return absl::InvalidArgumentError("a transaction without message in");
  RETURN_IF_ERROR(ReadInMessage(in, transaction));
  std::vector<CellRef> messages;
  if (out != nullptr) RETURN_IF_ERROR(CollectMessages(out, kKeyBits, &messages));
  for (const CellRef& message : messages) RETURN_IF_ERROR(ReadOutMessage(message, transaction));
  return absl::OkStatus();
}

// account_addr, lt, prev_trans_hash, prev_trans_lt, now.
absl::Status ReadPlace(CellReader& reader, ChainTransaction* transaction) {
  RETURN_IF_ERROR(reader.Skip(256));
  ASSIGN_OR_RETURN(const uint64_t lt, reader.Uint(64));
  ASSIGN_OR_RETURN(const ton::Hash256 previous_hash, reader.Hash());
  ASSIGN_OR_RETURN(const uint64_t previous_lt, reader.Uint(64));
  ASSIGN_OR_RETURN(const uint64_t now, reader.Uint(32));
  if (lt > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) || previous_lt >= lt) {
    return absl::OutOfRangeError("logical time");
  }
  transaction->lt = static_cast<int64_t>(lt);
  transaction->previous_lt = static_cast<int64_t>(previous_lt);
  if (previous_lt != 0) transaction->previous_hash = ton::HexOf(previous_hash);
  transaction->at = absl::FromUnixSeconds(static_cast<int64_t>(now));
  return absl::OkStatus();
}

absl::StatusOr<ChainTransaction> ParseV2Row(const nlohmann::json& row) {
  FieldReader fields(row, "a transaction");
  const std::string data = fields.Text("data");
  const nlohmann::json& id = fields.Object("transaction_id");
  RETURN_IF_ERROR(fields.status());
  FieldReader id_fields(id, "a transaction's id");
  const int64_t lt = id_fields.Integer("lt");
  const std::string hash = id_fields.HexHash("hash");
  RETURN_IF_ERROR(id_fields.status());
  const auto cell = ton::ReadBocBase64(data);
  if (!cell.ok()) return ChainFailure("unreadable", "a transaction's bag of cells");
  auto transaction = ParseTransactionCell(*cell);
  if (!transaction.ok()) return ChainFailure("unreadable", transaction.status().message());
  if (transaction->lt != lt || transaction->hash != hash) {
    return ChainFailure("unreadable", "a transaction that is not the one named beside it");
  }
  return transaction;
}

}  // namespace

absl::StatusOr<ChainTransaction> ParseTransactionCell(const CellRef& cell) {
  ChainTransaction transaction;
  transaction.hash = ton::HexOf(cell->hash());
  CellReader reader(cell);
  ASSIGN_OR_RETURN(const uint64_t tag, reader.Uint(4));
  if (tag != kTransactionTag) return absl::InvalidArgumentError("not a transaction");
  RETURN_IF_ERROR(ReadPlace(reader, &transaction));
  RETURN_IF_ERROR(reader.Skip(15 + 2 + 2));  // count of messages out, status before and after
  ASSIGN_OR_RETURN(const CellRef messages, reader.Ref());
  ASSIGN_OR_RETURN(const uint64_t fees, ReadCurrencies(reader));
  if (fees > kMostFees) return absl::OutOfRangeError("fees");
  transaction.network_fees = Units(static_cast<int64_t>(fees));
  RETURN_IF_ERROR(reader.Ref().status());  // state update
  ASSIGN_OR_RETURN(const CellRef description, reader.Ref());
  RETURN_IF_ERROR(ReadMessages(messages, &transaction));
  RETURN_IF_ERROR(ReadTransactionDescription(description, &transaction));
  return transaction;
}

absl::StatusOr<std::vector<ChainTransaction>> ParseV2Transactions(int http_status,
                                                                  absl::string_view body) {
  ASSIGN_OR_RETURN(const nlohmann::json rows, ReadV2Result(http_status, body));
  if (!rows.is_array()) return ChainFailure("unreadable", "not a list of transactions");
  std::vector<ChainTransaction> transactions;
  for (const nlohmann::json& row : rows) {
    ASSIGN_OR_RETURN(ChainTransaction transaction, ParseV2Row(row));
    transactions.push_back(std::move(transaction));
  }
  return transactions;
}

}  // namespace starlift::toncenter
