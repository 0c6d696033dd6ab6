#pragma once

#include "sandbox/world.h"

namespace httplib {
class Server;
}

namespace starlift::sandbox {

// Serves /sandbox/v1/…: how a test sets the stage, orders failures and reads what really happened.
void ServeControl(httplib::Server* server, World* world);

}  // namespace starlift::sandbox
