#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "domain/payment/ports/era_store.h"
#include "fakes/fake_database.h"

namespace starlift {

class FakeEraStore final : public EraStore {
 public:
  explicit FakeEraStore(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<Era> Current() override {
    Era era = database_.eras.empty() ? Era{} : database_.eras.back();
    era.newest_transfer = std::max(era.newest_transfer, NewestRow());
    return era;
  }

  absl::Status Begin(int64_t newest_number, absl::Time safe_after) override {
    const Era before = *Current();
    if (before.newest_transfer >= newest_number) return absl::OkStatus();
    const int64_t number = before.number + 1;
    database_.eras.push_back({number, newest_number, std::max(before.safe_after, safe_after)});
    database_.transfer_numbers = std::max(database_.transfer_numbers, newest_number);
    for (auto& [id, row] : database_.orders) {
      if (IsTerminal(row.order.state)) continue;
      row.order.sequence = std::max(row.order.sequence, number * 1'000'000);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::map<std::string, LostTransfer>> FindLost(
      absl::Span<const std::string> normalized_hashes) override {
    std::map<std::string, LostTransfer> found;
    for (const std::string& hash : normalized_hashes) {
      const auto known = database_.lost.find(hash);
      if (known != database_.lost.end()) found.insert(*known);
    }
    return found;
  }

  absl::Status RecordMissing(absl::Span<const WitnessLine> lines) override {
    for (const WitnessLine& line : lines) {
      if (database_.transfer_of.contains(line.normalized_hash)) continue;
      database_.lost.try_emplace(line.normalized_hash).first->second.line = line;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<LostTransfer>> OpenLost(int limit, absl::string_view wallet) override {
    std::vector<std::tuple<absl::Time, int64_t, std::string>> oldest;
    for (const auto& [hash, lost] : database_.lost) {
      if (!FakeDatabase::IsOpen(lost.verdict)) continue;
      if (!wallet.empty() && lost.line.wallet != wallet) continue;
      oldest.emplace_back(JudgedAt(hash), lost.line.number, hash);
    }
    std::sort(oldest.begin(), oldest.end());
    std::vector<LostTransfer> open;
    for (const auto& [at, number, hash] : oldest) {
      if (open.size() == static_cast<size_t>(limit)) break;
      open.push_back(database_.lost.at(hash));
      open.back().unjudged_for = database_.clock.Now() - at;
    }
    return open;
  }

  absl::Status RecordLost(const LostTransfer& lost) override {
    const std::string& hash = lost.line.normalized_hash;
    const auto [known, fresh] = database_.lost.try_emplace(hash, lost);
    if (fresh || FakeDatabase::IsOpen(known->second.verdict)) {
      known->second.verdict = lost.verdict;
      known->second.transaction_hash = lost.transaction_hash;
      known->second.paid_orders = lost.paid_orders;
      known->second.unjudged_for = absl::InfiniteDuration();
      database_.judged_at[hash] = database_.clock.Now();
    }
    if (FakeDatabase::IsOpen(lost.verdict)) return absl::OkStatus();
    database_.WakeLane(lost.line.wallet);
    for (const OrderId& order : lost.line.orders) {
      const FakeOrderRow* row = database_.Row(order);
      if (row != nullptr) database_.WakeLane(row->order.payer.wallet_address);
    }
    return absl::OkStatus();
  }

 private:
  absl::Time JudgedAt(const std::string& hash) const {
    const auto found = database_.judged_at.find(hash);
    return found == database_.judged_at.end() ? absl::InfinitePast() : found->second;
  }

  // By the rows, not by what was given out: a restored database goes on where it was.
  int64_t NewestRow() const {
    int64_t newest = 0;
    for (const auto& [wallet, ids] : database_.transfers_of) {
      if (!ids.empty()) newest = std::max(newest, database_.transfers.at(ids.back()).number);
    }
    return newest;
  }

  FakeDatabase& database_;
};

}  // namespace starlift
