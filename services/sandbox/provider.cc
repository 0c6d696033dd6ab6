#include "sandbox/provider.h"

namespace starlift::sandbox {
namespace {

// Blocks of the real chain in a second, for a head that is claimed to be ahead.
constexpr double kBlocksPerSecond = 2.5;

}  // namespace

AccountRead Provider::Read(const ton::Address& address, int64_t now_ms) {
  if (faults_.ahead_until_ms > now_ms) {
    AccountRead read = chain_->ReadAt(address, faults_.ahead_since_ms);
    read.block = chain_->head();
    read.block.utime += static_cast<uint32_t>(faults_.ahead_s);
    read.block.seqno +=
        static_cast<uint32_t>(static_cast<double>(faults_.ahead_s) * kBlocksPerSecond);
    return read;
  }
  if (faults_.back_until_ms > now_ms && ++faults_.reads_while_back % 2 == 0) {
    return chain_->ReadBefore(address);
  }
  if (faults_.stale_until_ms > now_ms) {
    return chain_->ReadAt(address, now_ms - faults_.stale_lag_ms);
  }
  return {chain_->Read(address), chain_->head()};
}

std::optional<uint64_t> Provider::Hidden(const ton::Address& account, int64_t now_ms) {
  HistoryGap& gap = faults_.gap;
  if (gap.count <= 0 && gap.until_ms <= now_ms) return std::nullopt;
  if (gap.lt.has_value()) return gap.lt;
  const auto chosen = gap.hidden.find(account);
  if (chosen != gap.hidden.end()) return chosen->second;
  // The newest one stays, so that the gap can be seen; it is the same one from now on, as in an
  // index that has lost a row.
  const std::vector<TransactionRef>& all = chain_->Of(account);
  if (all.size() < 2) return std::nullopt;
  return gap.hidden[account] = all[(all.size() - 1) / 2]->lt;
}

void Provider::CountHidden() {
  if (faults_.gap.count > 0) --faults_.gap.count;
}

}  // namespace starlift::sandbox
