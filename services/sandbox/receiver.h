#pragma once

#include "absl/status/statusor.h"
#include "sandbox/account.h"
#include "sandbox/executor.h"
#include "sandbox/transaction.h"
#include "ton/cell.h"

namespace starlift::sandbox {

struct InternalOutcome {
  Account account;
  Transaction transaction;  // its `out` holds the bounce, if there is one
};

// What a receiver makes of a message.
enum class Reception {
  kTake,
  // Its code fails and the message comes back, whether it was allowed to or not.
  kSendBack,
};

// Credits an internal message that has left its sender.
absl::StatusOr<InternalOutcome> ReceiveInternal(const Account& before, const ton::CellRef& message,
                                                Moment moment,
                                                Reception reception = Reception::kTake);

}  // namespace starlift::sandbox
