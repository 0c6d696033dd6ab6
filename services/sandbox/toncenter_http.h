#pragma once

#include "sandbox/world.h"

namespace httplib {
class Server;
}

namespace starlift::sandbox {

// Serves /api/v2/… (REST and jsonRPC) and /api/v3/… of the fake toncenter, as this provider of the
// world's sees the chain.
void ServeToncenter(httplib::Server* server, World* world, Provider* provider);

}  // namespace starlift::sandbox
