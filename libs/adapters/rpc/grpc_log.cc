#include "adapters/rpc/grpc_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <string>

#include "base/log.h"

namespace starlift::rpc {

void RouteGrpcLog() {
  // Protobuf tells of malformed bytes on standard error: a stranger could write into the log.
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel, const char*, int, const std::string&) {
        Log(LogLevel::kDebug, "protobuf refused a message");
      });
  gpr_set_log_function([](gpr_log_func_args* message) {
    if (message->severity == GPR_LOG_SEVERITY_DEBUG) return;
    Log(LogLevel::kWarn, "grpc",
        {{"detail", message->message}, {"file", message->file}, {"line", int64_t{message->line}}});
  });
}

}  // namespace starlift::rpc
