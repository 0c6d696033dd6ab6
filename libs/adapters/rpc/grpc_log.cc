#include "adapters/rpc/grpc_log.h"

#include <grpc/support/log.h>

#include "base/log.h"

namespace starlift::rpc {

void RouteGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* message) {
    if (message->severity == GPR_LOG_SEVERITY_DEBUG) return;
    Log(LogLevel::kWarn, "grpc",
        {{"detail", message->message}, {"file", message->file}, {"line", int64_t{message->line}}});
  });
}

}  // namespace starlift::rpc
