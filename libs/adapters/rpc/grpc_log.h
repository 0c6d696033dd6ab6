#pragma once

namespace starlift::rpc {

// From now on gRPC's own messages are lines of our log, at level warn, instead of text of their own
// on standard error. Once per process, before the first server or channel.
void RouteGrpcLog();

}  // namespace starlift::rpc
