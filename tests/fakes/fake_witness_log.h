#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "domain/payment/ports/witness_log.h"

namespace starlift {

// Outside FakeDatabase: what a restore takes from that is still here.
class FakeWitnessLog final : public WitnessLog {
 public:
  absl::Status Write(const WitnessLine& line) override {
    if (!lines_.try_emplace(line.normalized_hash, line).second) return absl::OkStatus();
    by_number_.emplace(line.number, line.normalized_hash);
    by_wallet_[line.wallet].insert(line.normalized_hash);
    for (const OrderId& order : line.orders) by_order_[order].insert(line.normalized_hash);
    newest_number_ = std::max(newest_number_, line.number);
    newest_valid_until_ = std::max(newest_valid_until_, line.valid_until);
    return absl::OkStatus();
  }

  absl::StatusOr<WitnessAnswer> Ask(absl::string_view wallet, int64_t after_number,
                                    absl::Span<const OrderId> orders) override {
    std::set<std::string> found;
    if (const auto own = by_wallet_.find(std::string(wallet)); own != by_wallet_.end()) {
      for (const std::string& hash : own->second) {
        if (lines_.at(hash).number > after_number) found.insert(hash);
      }
    }
    for (const OrderId& order : orders) {
      if (const auto known = by_order_.find(order); known != by_order_.end()) {
        found.insert(known->second.begin(), known->second.end());
      }
    }
    WitnessAnswer answer{newest_number_, newest_valid_until_, {}};
    for (const std::string& hash : found) answer.lines.push_back(lines_.at(hash));
    std::sort(answer.lines.begin(), answer.lines.end(),
              [](const WitnessLine& a, const WitnessLine& b) { return a.number < b.number; });
    return answer;
  }

  absl::StatusOr<std::vector<WitnessLine>> LinesAfter(int64_t number, int limit) override {
    std::vector<WitnessLine> lines;
    for (auto at = by_number_.upper_bound(number); at != by_number_.end(); ++at) {
      const bool full = lines.size() >= static_cast<size_t>(limit);
      if (full && lines.back().number != at->first) break;
      lines.push_back(lines_.at(at->second));
    }
    return lines;
  }

  // A look behind the port, by normalized hash.
  const std::map<std::string, WitnessLine>& lines() const { return lines_; }

 private:
  std::map<std::string, WitnessLine> lines_;
  std::multimap<int64_t, std::string> by_number_;
  std::map<std::string, std::set<std::string>> by_wallet_;
  std::map<OrderId, std::set<std::string>> by_order_;
  int64_t newest_number_ = 0;
  absl::Time newest_valid_until_ = absl::InfinitePast();
};

}  // namespace starlift
