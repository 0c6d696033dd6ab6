#pragma once

#include "absl/status/status.h"

namespace grpc {
class Status;
}

namespace starlift::rpc {

// What a caller is told: the code, the message, and in the binary details google.rpc.ErrorInfo
// (domain "starlift"), BadRequest for fields, RetryInfo where waiting helps. A status that was not
// made by Fail is our own mistake: the caller learns INTERNAL and nothing else.
grpc::Status ToGrpc(const absl::Status& status);

// How long to wait before the same call may help; zero: it will not.
int64_t RetryDelayMillis(absl::StatusCode code);

}  // namespace starlift::rpc
