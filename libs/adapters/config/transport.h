#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace starlift {

// Whether what is said to PostgreSQL and Redis can be read or changed on the way: a line for each
// mistake. None of them repeats the URL, which may hold a password.
//   every profile   database.url can be read by libpq, redis.address is host:port
//   production      off loopback and sockets, database.url says sslmode=verify-full; no password
//                   stands in it; Redis, which is spoken to in plain text, is on loopback
// An empty URL is somebody else's mistake to tell.
void CheckTransport(absl::string_view database_url, absl::string_view redis_address,
                    absl::string_view profile, std::vector<std::string>* mistakes);

// The database's part of it alone, for another URL of PostgreSQL: `key` is its name in the
// messages.
void CheckDatabaseTransport(absl::string_view key, absl::string_view url, absl::string_view profile,
                            std::vector<std::string>* mistakes);

// Whether two URLs of PostgreSQL lead to one server (a host and port of one is a host and port of
// the other; loopback and sockets are this machine), and there to one database. Nothing is asked
// over the network, so two names of one machine pass for two. URLs that cannot be read share
// nothing.
struct DatabaseOverlap {
  bool server = false;
  bool database = false;
};
DatabaseOverlap OverlapOf(absl::string_view one_url, absl::string_view other_url);

}  // namespace starlift
