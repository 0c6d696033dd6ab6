#include "services/worker/app.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/config/environment.h"
#include "adapters/config/profile.h"
#include "adapters/config/worker_config.h"
#include "adapters/postgres/migrations.h"
#include "adapters/process/hardening.h"
#include "adapters/rpc/admin_server.h"
#include "adapters/rpc/grpc_log.h"
#include "base/id.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "services/worker/app_announce.h"
#include "services/worker/app_commands.h"
#include "services/worker/app_ground.h"
#include "services/worker/app_outside.h"
#include "services/worker/app_purchase.h"
#include "services/worker/app_quote.h"
#include "services/worker/app_webhook.h"

namespace starlift {
namespace {

constexpr char kUsage[] =
    "usage: starlift-worker --config FILE [--check-config | --migrate-witness]\n"
    "       starlift-worker --make-keypair PATH | --version | --help\n";

absl::Status Run(const WorkerConfig& config) {
  rpc::RouteGrpcLog();
  Ground ground(config);
  RETURN_IF_ERROR(postgres::CheckSchema(ground.pool));
  ASSIGN_OR_RETURN(const std::unique_ptr<Outside> outside, ReachOutside(config, ground));
  // One owner a process, not a name: a restarted worker is not the one whose leases it finds.
  const std::string owner = NewId(absl::StrCat(config.worker.name, "-"),
                                  absl::ToUnixMillis(ground.clock.Now()), ground.random);
  ASSIGN_OR_RETURN(
      const std::unique_ptr<rpc::AdminServer> admin,
      rpc::AdminServer::Start(config.worker.admin_listen, {"starlift.internal.v1.QuoteService"},
                              ground.metrics, ground.clock));
  std::unique_ptr<Purchasing> purchasing;
  std::unique_ptr<Quoting> quoting;
  std::unique_ptr<Announcing> announcing;
  std::unique_ptr<Delivering> delivering;
  if (config.HasRole("quote")) {
    ASSIGN_OR_RETURN(quoting, Quoting::Start(config, ground, *outside));
  }
  if (config.HasRole("purchase")) {
    ASSIGN_OR_RETURN(purchasing, Purchasing::Start(config, ground, *outside, owner));
  }
  if (config.HasRole("announce")) {
    ASSIGN_OR_RETURN(announcing, Announcing::Start(config, ground));
  }
  if (config.HasRole("webhook")) {
    ASSIGN_OR_RETURN(delivering, Delivering::Start(config, ground, owner));
  }
  admin->SetServing(true);
  Log(LogLevel::kInfo, "serving",
      {{"owner", owner}, {"quote", config.quote.listen}, {"version", STARLIFT_VERSION}});

  AwaitStop(absl::InfiniteDuration());
  Log(LogLevel::kInfo, "stopping: no new steps, the running ones finish");
  admin->SetServing(false);
  announcing.reset();
  // Until the api has looked elsewhere; a second signal cuts it short.
  if (quoting) AwaitStop(absl::Seconds(config.worker.drain_s));
  outside->Stop();
  purchasing.reset();
  delivering.reset();
  quoting.reset();
  Log(LogLevel::kInfo, "stopped", {});
  return absl::OkStatus();
}

struct Flags {
  std::string config;
  bool check = false;
  bool migrate_witness = false;
};

// False: the command line is none of those in kUsage.
bool ReadFlags(const std::vector<std::string>& args, Flags* flags) {
  if (args.size() < 2 || args.size() > 3 || args[0] != "--config") return false;
  flags->config = args[1];
  if (args.size() == 2) return true;
  flags->check = args[2] == "--check-config";
  flags->migrate_witness = args[2] == "--migrate-witness";
  return flags->check || flags->migrate_witness;
}

int Refuse(const absl::Status& why) {
  std::fprintf(stderr, "%s\n", std::string(why.message()).c_str());
  return 1;
}

// What --config asks for, with or without a command.
int RunConfigured(const Flags& flags) {
  HardenProcess();
  const absl::StatusOr<WorkerConfig> config = ReadWorkerConfig(flags.config, ProcessEnvironment());
  if (!config.ok()) return Refuse(config.status());
  if (flags.migrate_witness) {
    const absl::Status migrated = MigrateWitness(*config);
    return migrated.ok() ? 0 : Refuse(migrated);
  }
  absl::Status fit = CheckWorkerFiles(*config);
  const absl::Status locked = CheckLockedMemory();
  if (fit.ok() && config->profile.name == kProductionProfile) fit = locked;
  if (!fit.ok()) return Refuse(fit);
  if (flags.check) return 0;
  StartLogging("starlift-worker", config->log.level);
  if (!locked.ok()) Log(LogLevel::kWarn, "memory", {{"detail", locked.message()}});
  const absl::Status ran = Run(*config);
  if (ran.ok()) return 0;
  Log(LogLevel::kError, "could not start", {{"detail", ran.message()}});
  return 1;
}

}  // namespace

int WorkerMain(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 1 && args[0] == "--version") {
    std::printf("starlift-worker %s\n", STARLIFT_VERSION);
    return 0;
  }
  if (args.size() == 1 && args[0] == "--help") {
    std::printf("%s", kUsage);
    return 0;
  }
  if (args.size() == 2 && args[0] == "--make-keypair") return MakeKeyPairFiles(args[1]);
  Flags flags;
  if (ReadFlags(args, &flags)) return RunConfigured(flags);
  std::fprintf(stderr, "%s", kUsage);
  return 2;
}

}  // namespace starlift
