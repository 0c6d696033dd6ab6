#include "adapters/config/worker_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace starlift {
namespace {

using testing::HasSubstr;

std::string Shipped() {
  std::ifstream file(absl::StrCat(STARLIFT_SOURCE_DIR, "/deploy/config/worker.toml"));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The shipped file with what it leaves to the operator.
std::string FilledIn() {
  return absl::StrReplaceAll(
      Shipped(), {{"\nurl = \"\"", "\nurl = \"postgresql://u@db/n?sslmode=verify-full\""}});
}

Environment Nothing() {
  return [](const std::string&) { return std::nullopt; };
}

absl::StatusOr<WorkerConfig> Read(absl::string_view toml,
                                  const Environment& environment = Nothing()) {
  WorkerConfig config;
  KeySet keys;
  DeclareWorkerKeys(&config, &keys);
  if (const absl::Status read = keys.ReadText(toml, environment); !read.ok()) return read;
  return config;
}

// "section.key" of every key in a TOML text, and what no comment explains.
std::set<std::string> KeysOf(absl::string_view toml, std::vector<std::string>* unexplained) {
  std::set<std::string> keys;
  std::string section;
  bool explained = false;
  for (absl::string_view line : absl::StrSplit(toml, '\n')) {
    if (absl::StartsWith(line, "#")) explained = true;
    if (line.empty()) explained = false;
    if (absl::StartsWith(line, "[")) section = std::string(line.substr(1, line.find(']') - 1));
    const size_t equals = line.find(" = ");
    if (equals == absl::string_view::npos || absl::StartsWith(line, "#")) continue;
    keys.insert(absl::StrCat(section, ".", line.substr(0, equals)));
    if (!explained) unexplained->emplace_back(line);
  }
  return keys;
}

TEST(WorkerConfigTest, TheShippedFileHoldsEveryKeyAndNoOther) {
  WorkerConfig config;
  KeySet keys;
  DeclareWorkerKeys(&config, &keys);
  const std::vector<std::string> names = keys.Names();
  std::vector<std::string> unexplained;
  EXPECT_EQ(KeysOf(Shipped(), &unexplained), std::set<std::string>(names.begin(), names.end()));
  EXPECT_THAT(unexplained, testing::IsEmpty());
}

// Reads the file over a configuration in which every value is another one, and writes both as text:
// a value that the file leaves out, or says differently, is seen by its name.
std::vector<std::string> Values(const WorkerConfig& c) {
  std::vector<std::string> values;
  const auto say = [&](absl::string_view name, const auto& value) {
    values.push_back(absl::StrCat(name, " ", value));
  };
  say("worker.name", c.worker.name);
  for (const std::string& role : c.worker.roles) say("role", role);
  say("worker.admin_listen", c.worker.admin_listen);
  say("worker.threads", c.worker.threads);
  say("worker.lease_ms", c.worker.lease_ms);
  say("worker.announce_interval_ms", c.worker.announce_interval_ms);
  say("worker.drain_s", c.worker.drain_s);
  say("database.pool_size", c.database.pool_size);
  say("redis.address", c.redis.address);
  for (const std::string& payee : c.fragment.allowed_payees) say("payee", payee);
  say("fragment.base_url", c.fragment.base_url);
  say("fragment.timeout_ms", c.fragment.timeout_ms);
  say("fragment.outage_first_ms", c.fragment.outage_first_ms);
  say("fragment.outage_most_ms", c.fragment.outage_most_ms);
  say("fragment.session_busy_ms", c.fragment.session_busy_ms);
  say("toncenter.base_url", c.toncenter.base_url);
  say("toncenter.timeout_ms", c.toncenter.timeout_ms);
  say("wallet.network_global_id", c.wallet.network_global_id);
  say("quote.listen", c.quote.listen);
  say("quote.price_interval_ms", c.quote.price_interval_ms);
  const auto& p = c.payment;
  for (int64_t value :
       {p.max_order_total_nano, p.fee_floor_nano, p.fee_per_message_nano, p.valid_for_ms,
        p.expiry_margin_ms, p.invoice_min_life_ms, p.resend_every_ms, p.poll_every_ms,
        p.read_retry_ms, p.unknown_limit_ms, p.review_poll_ms}) {
    say("payment, in order", value);
  }
  for (int64_t value : {c.delivery.wait_ms, c.delivery.poll_ms, c.delivery.slow_poll_ms}) {
    say("delivery, in order", value);
  }
  for (int64_t value : {c.webhooks.threads, c.webhooks.poll_ms, c.webhooks.lease_ms}) {
    say("webhooks, in order", value);
  }
  for (const std::string& network : c.webhooks.refused_networks) say("network", network);
  say("webhooks.allow_private_callbacks", c.webhooks.allow_private_callbacks);
  say("profile and level", absl::StrCat(c.profile.name, c.log.level));
  return values;
}

TEST(WorkerConfigTest, TheShippedFileSaysTheDefaults) {
  WorkerConfig shipped;
  shipped.profile.name = shipped.log.level = "z";
  shipped.worker.name = shipped.worker.admin_listen = "z";
  shipped.worker.roles = shipped.fragment.allowed_payees =
      shipped.webhooks.refused_networks = {"z"};
  shipped.worker.threads = shipped.worker.lease_ms = shipped.worker.drain_s = 3;
  shipped.worker.announce_interval_ms = shipped.fragment.timeout_ms = 3;
  shipped.fragment.outage_first_ms = shipped.fragment.outage_most_ms = 3;
  shipped.database.pool_size = shipped.wallet.network_global_id = 3;
  shipped.redis.address = shipped.fragment.base_url = shipped.toncenter.base_url = "z";
  shipped.fragment.session_busy_ms = shipped.toncenter.timeout_ms = 3;
  shipped.quote.price_interval_ms = 3;
  shipped.quote.listen = "z";
  shipped.payment = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
  shipped.delivery = {3, 3, 3};
  shipped.webhooks.allow_private_callbacks = true;
  shipped.webhooks.threads = shipped.webhooks.poll_ms = shipped.webhooks.lease_ms = 3;
  KeySet keys;
  DeclareWorkerKeys(&shipped, &keys);
  const absl::Status read = keys.ReadText(FilledIn(), Nothing());
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_EQ(Values(shipped), Values(WorkerConfig()));
}

TEST(WorkerConfigTest, TheShippedFileIsFitForProductionOnceItsKeyIsNamed) {
  absl::StatusOr<WorkerConfig> config = Read(FilledIn());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(std::string(CheckWorkerConfig(*config).message()),
              HasSubstr("keys.wallet_private_key_file"));
  config->keys.wallet_private_key_file = "/k";
  EXPECT_TRUE(CheckWorkerConfig(*config).ok()) << CheckWorkerConfig(*config);
}

TEST(WorkerConfigTest, UnknownAndMissingKeysAreRefusedByName) {
  EXPECT_THAT(std::string(Read(FilledIn() + "\n[payment2]\nx = 1\n").status().message()),
              HasSubstr("payment2"));
  EXPECT_THAT(std::string(Read(Shipped()).status().message()), HasSubstr("database.url"));
  EXPECT_THAT(std::string(Read(absl::StrReplaceAll(
                                   FilledIn(), {{"valid_for_ms = 90000", "valid_for_ms = 1999"}}))
                              .status()
                              .message()),
              HasSubstr("payment.valid_for_ms"));
}

TEST(WorkerConfigTest, AVariableOverridesTheFile) {
  const auto config = Read(FilledIn(), [](const std::string& name) -> std::optional<std::string> {
    if (name == "STARLIFT_PAYMENT_MAX_ORDER_TOTAL_NANO") return "5";
    if (name == "STARLIFT_WORKER_ROLES") return "webhook,announce";
    return std::nullopt;
  });
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->payment.max_order_total_nano, 5);
  EXPECT_TRUE(config->HasRole("webhook"));
  EXPECT_FALSE(config->HasRole("purchase"));
}

std::string Complaints(const std::function<void(WorkerConfig*)>& change) {
  WorkerConfig config;
  config.keys.wallet_private_key_file = config.keys.endpoint_private_key_file = "/k";
  change(&config);
  return std::string(CheckWorkerConfig(config).message());
}

TEST(WorkerConfigTest, TheProductionProfileRefusesWhatOnlyATestMayDo) {
  struct Case {
    std::function<void(WorkerConfig*)> change;
    const char* told;
  };
  const Case cases[] = {
      {[](WorkerConfig* c) { c->fragment.base_url = "http://127.0.0.1:1"; }, "fragment.base_url"},
      {[](WorkerConfig* c) { c->webhooks.allow_private_callbacks = true; },
       "webhooks.allow_private_callbacks"},
      {[](WorkerConfig* c) {
         c->worker.roles = {"purchase", "webhook"};
       },
       "worker.roles: purchase and webhook"},
      {[](WorkerConfig* c) { c->toncenter.base_url = "http://toncenter.com"; },
       "toncenter.base_url"},
      {[](WorkerConfig* c) { c->database.url = "postgresql://u@db.example/n"; }, "database.url"},
      {[](WorkerConfig* c) { c->redis.address = "redis.example:6379"; }, "redis.address"},
      {[](WorkerConfig* c) { c->fragment.timeout_ms = c->worker.lease_ms / 3 + 1; },
       "worker.lease_ms"},
      {[](WorkerConfig* c) { c->toncenter.timeout_ms = c->worker.lease_ms / 4 + 1; },
       "worker.lease_ms"},
      {[](WorkerConfig* c) { c->payment.expiry_margin_ms = 14'999; }, "expiry_margin_ms"},
      {[](WorkerConfig* c) { c->payment.invoice_min_life_ms = 59'999; }, "invoice_min_life_ms"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.told);
    EXPECT_THAT(Complaints(c.change), HasSubstr(c.told));
    EXPECT_EQ(Complaints([&](WorkerConfig* config) {
                c.change(config);
                config->profile.name = "test";
              }),
              "");
  }
  EXPECT_EQ(Complaints([](WorkerConfig*) {}), "");
}

TEST(WorkerConfigTest, ARoleNeedsItsKeysInEveryProfile) {
  const auto complaints = [](const std::function<void(WorkerConfig*)>& change) {
    return Complaints([&](WorkerConfig* c) {
      c->profile.name = "test";
      change(c);
    });
  };
  EXPECT_THAT(complaints([](WorkerConfig* c) { c->keys.wallet_private_key_file = ""; }),
              HasSubstr("keys.wallet_private_key_file"));
  EXPECT_THAT(complaints([](WorkerConfig* c) { c->fragment.allowed_payees = {}; }),
              HasSubstr("fragment.allowed_payees"));
  const auto webhook = [](WorkerConfig* c) {
    c->worker.roles = {"webhook"};
    c->keys = {};
  };
  EXPECT_THAT(complaints(webhook), HasSubstr("keys.endpoint_private_key_file"));
  EXPECT_THAT(complaints([](WorkerConfig* c) { c->worker.roles = {"purchases"}; }),
              HasSubstr("'purchases'"));
  EXPECT_THAT(complaints([](WorkerConfig* c) { c->worker.roles = {}; }), HasSubstr("empty"));
}

TEST(WorkerConfigTest, TheQuoteServiceIsPlainOnLoopbackOnly) {
  EXPECT_THAT(Complaints([](WorkerConfig* c) { c->quote.listen = "0.0.0.0:1"; }),
              HasSubstr("quote.listen: off loopback"));
  EXPECT_THAT(Complaints([](WorkerConfig* c) { c->quote.tls_ca_file = "f"; }),
              HasSubstr("go together"));
  EXPECT_EQ(Complaints([](WorkerConfig* c) {
              c->quote.listen = "0.0.0.0:1";
              c->quote.tls_ca_file = c->quote.tls_certificate_file = c->quote.tls_key_file = "f";
            }),
            "");
}

class WorkerConfigFilesTest : public testing::Test {
 protected:
  WorkerConfigFilesTest() { std::filesystem::create_directories(folder_); }
  ~WorkerConfigFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(absl::string_view name, absl::string_view text) {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path) << std::string(text);
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    return path;
  }
  static std::string Told(const WorkerConfig& config) {
    return std::string(CheckWorkerFiles(config).message());
  }

  const std::string folder_ = absl::StrCat(testing::TempDir(), "starlift_worker_files");
  const std::string key_ = std::string(64, 'a') + "\n";
};

TEST_F(WorkerConfigFilesTest, EveryFileOfTheRolesIsOpened) {
  WorkerConfig config;
  config.worker.roles = {"purchase", "quote", "webhook"};
  config.keys.wallet_private_key_file = Write("wallet", key_);
  config.keys.endpoint_private_key_file = Write("endpoint", key_);
  config.redis.password_file = Write("redis", "word\n");
  config.toncenter.api_key_file = Write("toncenter", "word\n");
  config.quote.tls_ca_file = Write("ca", "pem");
  config.quote.tls_certificate_file = Write("certificate", "pem");
  config.quote.tls_key_file = Write("key", "pem");
  EXPECT_EQ(Told(config), "");
  config.keys.wallet_private_key_file = Write("wallet", "short");
  config.keys.endpoint_private_key_file = "/nonexistent/endpoint";
  config.redis.password_file = folder_;
  config.toncenter.api_key_file = "/nonexistent/toncenter";
  config.quote.tls_ca_file = "/nonexistent/ca";
  config.quote.tls_certificate_file = folder_;
  config.quote.tls_key_file = "/nonexistent/key";
  for (const char* name :
       {"keys.wallet_private_key_file", "keys.endpoint_private_key_file", "redis.password_file",
        "toncenter.api_key_file", "quote.tls_ca_file: /nonexistent/ca: cannot be read",
        "quote.tls_certificate_file", "not a regular file", "quote.tls_key_file"}) {
    EXPECT_THAT(Told(config), HasSubstr(name));
  }
  EXPECT_THAT(Told(config), testing::Not(HasSubstr("short")));
  config.worker.roles = {"announce"};
  config.redis.password_file = config.toncenter.api_key_file = "";
  EXPECT_EQ(Told(config), "") << "another role's files are another process's";
}

TEST_F(WorkerConfigFilesTest, AFolderIsNoConfiguration) {
  EXPECT_THAT(std::string(ReadWorkerConfig(folder_, Nothing()).status().message()),
              HasSubstr("not a regular file"));
  EXPECT_THAT(std::string(ReadWorkerConfig(folder_ + "/none", Nothing()).status().message()),
              HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace starlift
