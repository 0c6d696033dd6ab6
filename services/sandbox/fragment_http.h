#pragma once

#include <string>

#include "sandbox/world.h"

namespace httplib {
class Server;
}

namespace starlift::sandbox {

// Serves the pages and /api?hash= of the fake fragment.com.
void ServeFragment(httplib::Server* server, World* world);

}  // namespace starlift::sandbox
