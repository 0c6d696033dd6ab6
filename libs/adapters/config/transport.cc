#include "adapters/config/transport.h"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/config/endpoint.h"
#include "adapters/config/profile.h"

namespace starlift {
namespace {

using Settings = std::map<std::string, std::string>;

// What the URL itself says. libpq's own words about a bad one quote it, so they are dropped.
bool ReadUrl(const std::string& url, Settings* settings) {
  char* words = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &words), &PQconninfoFree);
  PQfreemem(words);
  if (options == nullptr) return false;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') (*settings)[option->keyword] = option->val;
  }
  return true;
}

bool StaysHere(absl::string_view host) {
  // '@' begins the name of a socket without a file.
  return absl::StartsWith(host, "/") || absl::StartsWith(host, "@") || IsLoopback(host);
}

// libpq connects to hostaddr when it is given. A host that is left out would come from PGHOST or a
// service file: nothing can be said about it.
bool AllStayHere(const Settings& settings) {
  auto hosts = settings.find("hostaddr");
  if (hosts == settings.end()) hosts = settings.find("host");
  if (hosts == settings.end()) return false;
  const std::vector<std::string> list = absl::StrSplit(hosts->second, ',');
  return std::all_of(list.begin(), list.end(), StaysHere);
}

// "host:port" of every server that the URL may lead to. A host that is left out, like every name of
// this machine, is "".
std::set<std::string> ServersOf(const Settings& settings) {
  const auto value = [&](const char* key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string() : found->second;
  };
  const std::string hosts_text = value("hostaddr").empty() ? value("host") : value("hostaddr");
  const std::vector<std::string> hosts = absl::StrSplit(hosts_text, ',');
  const std::vector<std::string> ports = absl::StrSplit(value("port"), ',');
  std::set<std::string> servers;
  for (size_t i = 0; i < hosts.size(); ++i) {
    const std::string& port = ports[ports.size() == hosts.size() ? i : 0];
    const std::string host = absl::AsciiStrToLower(hosts[i]);
    servers.insert(absl::StrCat(host.empty() || StaysHere(host) ? "" : host, ":",
                                port.empty() ? "5432" : port));
  }
  return servers;
}

// libpq's default: the user's name.
std::string NameOf(const Settings& settings) {
  for (const char* key : {"dbname", "user"}) {
    const auto found = settings.find(key);
    if (found != settings.end()) return found->second;
  }
  return "";
}

}  // namespace

void CheckDatabaseTransport(absl::string_view key, absl::string_view url, absl::string_view profile,
                            std::vector<std::string>* mistakes) {
  if (url.empty()) return;
  Settings settings;
  if (!ReadUrl(std::string(url), &settings)) {
    mistakes->push_back(absl::StrCat(
        key,
        ": is neither a postgresql:// URL nor libpq's key=value form (mind that reserved "
        "characters are percent-encoded in a URL)"));
    return;
  }
  if (profile != kProductionProfile) return;
  if (settings.count("password") != 0 || settings.count("sslpassword") != 0) {
    mistakes->push_back(absl::StrCat(
        key,
        ": holds a password, which the production profile refuses; put it into a passfile that "
        "only its owner may read (passfile= or PGPASSFILE)"));
  }
  const auto mode = settings.find("sslmode");
  if ((mode == settings.end() || mode->second != "verify-full") && !AllStayHere(settings)) {
    mistakes->push_back(absl::StrCat(
        key,
        ": sslmode=verify-full is required by the production profile, unless every host is named "
        "and is loopback or a socket's folder"));
  }
}

DatabaseOverlap OverlapOf(absl::string_view one_url, absl::string_view other_url) {
  Settings one, other;
  if (!ReadUrl(std::string(one_url), &one) || !ReadUrl(std::string(other_url), &other)) return {};
  const std::set<std::string> servers = ServersOf(one);
  const std::set<std::string> others = ServersOf(other);
  DatabaseOverlap overlap;
  overlap.server = std::any_of(servers.begin(), servers.end(), [&](const std::string& server) {
    return others.count(server) != 0;
  });
  overlap.database = overlap.server && NameOf(one) == NameOf(other);
  return overlap;
}

void CheckTransport(absl::string_view database_url, absl::string_view redis_address,
                    absl::string_view profile, std::vector<std::string>* mistakes) {
  const bool production = profile == kProductionProfile;
  CheckDatabaseTransport("database.url", database_url, profile, mistakes);
  const absl::StatusOr<Endpoint> redis = ParseEndpoint(redis_address);
  if (!redis.ok()) {
    mistakes->push_back(absl::StrCat("redis.address: ", redis.status().message()));
  } else if (production && !IsLoopback(redis->host)) {
    mistakes->push_back(
        "redis.address: the production profile refuses plain text off loopback, and Redis is "
        "spoken to in plain text; put a stunnel client beside this program, let it carry the "
        "connection over TLS, and name its loopback address here");
  }
}

}  // namespace starlift
