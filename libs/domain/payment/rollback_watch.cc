#include "domain/payment/rollback_watch.h"

#include <algorithm>
#include <vector>

#include "base/status_macros.h"

namespace starlift {
namespace {

constexpr int kPage = 500;
// Lanes that do not know of a rollback yet may have given numbers out above some that are lost.
constexpr int64_t kOverlap = 2000;

}  // namespace

absl::Status RollbackWatch::Look() {
  ASSIGN_OR_RETURN(const WitnessAnswer answer, witness_.Ask("", 0, {}));
  bool rolled_back = false;
  return Compare(answer, &rolled_back).status();
}

absl::StatusOr<Era> RollbackWatch::Compare(const WitnessAnswer& answer, bool* rolled_back) {
  ASSIGN_OR_RETURN(const Era era, eras_.Current());
  *rolled_back = answer.newest_number > era.newest_transfer;
  if (!*rolled_back) return era;
  // Before the era begins: whoever dies in between leaves a database that is still behind the log,
  // and the next one who looks does all of it again.
  RETURN_IF_ERROR(RecordLost(std::max<int64_t>(0, era.newest_transfer - kOverlap)));
  RETURN_IF_ERROR(eras_.Begin(answer.newest_number, answer.newest_valid_until + margin_));
  return eras_.Current();
}

absl::Status RollbackWatch::RecordLost(int64_t after_number) {
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<WitnessLine> lines,
                     witness_.LinesAfter(after_number, kPage));
    if (lines.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(eras_.RecordMissing(lines));
    after_number = lines.back().number;
  }
}

}  // namespace starlift
