#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "sandbox/app.h"

int main(int argc, char** argv) {
  const auto options = starlift::sandbox::ParseOptions(argc, argv);
  if (!options.ok()) {
    std::fprintf(stderr, "%s\n", std::string(options.status().message()).c_str());
    return 2;
  }
  // Blocked before any thread starts, so that only this one hears of it.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  signal(SIGPIPE, SIG_IGN);

  starlift::sandbox::App app(*options);
  const auto port = app.Start();
  if (!port.ok()) {
    std::fprintf(stderr, "%s\n", std::string(port.status().message()).c_str());
    return 1;
  }
  for (const starlift::sandbox::ProviderPort& provider : app.providers()) {
    std::printf("provider %s on %s:%d\n", provider.name.c_str(), provider.at.host.c_str(),
                provider.at.port);
  }
  std::printf("listening on %s:%d\n", options->listen.host.c_str(), *port);
  std::fflush(stdout);
  int received = 0;
  sigwait(&ends, &received);
  // Everything is in memory and ends here; connections that are kept open are not waited for.
  std::_Exit(0);
}
