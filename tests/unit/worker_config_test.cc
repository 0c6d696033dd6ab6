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
#include "adapters/config/key_files.h"
#include "base/random.h"
#include "ton/mnemonic.h"

namespace starlift {
namespace {

using testing::HasSubstr;

std::string Shipped() {
  std::ifstream file(absl::StrCat(STARLIFT_SOURCE_DIR, "/deploy/config/worker.toml"));
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr char kDatabase[] = "postgresql://u@db/n?sslmode=verify-full";
constexpr char kWitness[] = "postgresql://u@elsewhere/w?sslmode=verify-full";

// The shipped file with what it leaves to the operator.
std::string FilledIn() {
  std::string text = Shipped();
  for (const char* url : {kDatabase, kWitness}) {
    const size_t at = text.find("\nurl = \"\"");
    text.replace(at, 9, absl::StrCat("\nurl = \"", url, "\""));
  }
  return text;
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
  std::vector<std::string> tables;
  for (absl::string_view line : absl::StrSplit(toml, '\n')) {
    if (absl::StartsWith(line, "#")) explained = true;
    if (line.empty()) explained = false;
    // A list of tables is there as an example: each of its lines begins with "#" and no space.
    const bool example =
        absl::StartsWith(line, "#") && !absl::StartsWith(line, "# ") && line != "#";
    if (example) line.remove_prefix(1);
    if (absl::StartsWith(line, "[[")) {
      tables.emplace_back(line.substr(2, line.find(']') - 2));
      keys.insert(tables.back());
    }
    if (example) continue;
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
  say("witness.pool_size", c.witness.pool_size);
  say("witness.migrations_directory", c.witness.migrations_directory);
  say("witness.allow_same_server", c.witness.allow_same_server);
  say("redis.address", c.redis.address);
  for (const std::string& payee : c.fragment.allowed_payees) say("payee", payee);
  say("fragment.base_url", c.fragment.base_url);
  say("fragment.timeout_ms", c.fragment.timeout_ms);
  say("fragment.session_busy_most_ms", c.fragment.session_busy_most_ms);
  say("fragment.outage_first_ms", c.fragment.outage_first_ms);
  say("fragment.outage_most_ms", c.fragment.outage_most_ms);
  say("fragment.session_busy_ms", c.fragment.session_busy_ms);
  for (const std::string& url : c.toncenter.base_urls) say("provider", url);
  for (const std::string& file : c.toncenter.api_key_files) say("provider's key", file);
  say("toncenter.timeout_ms", c.toncenter.timeout_ms);
  say("wallet.network_global_id", c.wallet.network_global_id);
  say("quote.listen", c.quote.listen);
  say("quote.price_interval_ms", c.quote.price_interval_ms);
  const auto& p = c.payment;
  for (int64_t value :
       {p.max_order_total_nano, p.fee_floor_nano, p.fee_per_message_nano, p.valid_for_ms,
        p.expiry_margin_ms, p.invoice_min_life_ms, p.resend_every_ms, p.poll_every_ms,
        p.read_retry_ms, p.unknown_limit_ms, p.review_poll_ms, p.head_bound_ms, p.most_payments,
        p.max_displacements, p.displaced_rest_ms}) {
    say("payment, in order", value);
  }
  for (const HouseWalletConfig& wallet : c.house.wallets) say("house wallet", wallet.name);
  for (const HouseSessionConfig& session : c.house.sessions) say("house session", session.name);
  say("house.low_balance_nano", c.house.low_balance_nano);
  say("house.balance_interval_ms", c.house.balance_interval_ms);
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
  shipped.witness = {"", 3, "z", true};
  shipped.house.low_balance_nano = shipped.house.balance_interval_ms = 3;
  shipped.redis.address = shipped.fragment.base_url = "z";
  shipped.toncenter.base_urls = shipped.toncenter.api_key_files = {"z"};
  shipped.fragment.session_busy_ms = shipped.fragment.session_busy_most_ms = 3;
  shipped.toncenter.timeout_ms = 3;
  shipped.quote.price_interval_ms = 3;
  shipped.quote.listen = "z";
  shipped.payment = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
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
  config.database.url = kDatabase;
  config.witness.url = kWitness;
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
      {[](WorkerConfig* c) {
         c->toncenter.base_urls = {"https://toncenter.com", "http://other.example"};
       },
       "toncenter.base_urls"},
      {[](WorkerConfig* c) { c->witness.url = "postgresql://u@elsewhere/w"; }, "witness.url"},
      {[](WorkerConfig* c) { c->witness.allow_same_server = true; }, "witness.allow_same_server"},
      {[](WorkerConfig* c) {
         c->worker.roles = {"announce"};
         c->witness.url = "";
       },
       "witness.url"},
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

TEST(WorkerConfigTest, TheWitnessIsAnotherDatabaseOnAnotherServer) {
  const auto complaints = [](absl::string_view database, absl::string_view witness,
                             bool same_server, absl::string_view profile = "test") {
    return Complaints([&](WorkerConfig* c) {
      c->database.url = std::string(database);
      c->witness.url = std::string(witness);
      c->witness.allow_same_server = same_server;
      c->profile.name = std::string(profile);
    });
  };
  EXPECT_THAT(complaints(kDatabase, "", false),
              HasSubstr("witness.url: the role purchase needs it"));
  EXPECT_THAT(complaints(kDatabase, "nonsense", false), HasSubstr("witness.url: is neither"));
  EXPECT_EQ(complaints(kDatabase, kWitness, false), "");
  // The same database, however it is written, in every profile and whatever is allowed.
  const std::pair<const char*, const char*> same[] = {
      {"postgresql://u@db/n", "postgresql://other@db:5432/n"},
      {"postgresql://u@db/n", "host=DB dbname=n"},
      {"postgresql://u@127.0.0.1:7/n", "postgresql://u@localhost:7/n"},
      {"postgresql://n@db", "postgresql://u@db/n"},
      {"postgresql://u@db,spare/n", "postgresql://u@spare/n"}};
  for (const auto& [database, witness] : same) {
    EXPECT_THAT(complaints(database, witness, true), HasSubstr("is the database of")) << witness;
  }
  constexpr char kHere[] = "postgresql://u@127.0.0.1:7/n";
  constexpr char kBeside[] = "postgresql://u@127.0.0.1:7/w";
  EXPECT_THAT(complaints(kHere, kBeside, false), HasSubstr("is on the server of"));
  EXPECT_EQ(complaints(kHere, kBeside, true), "");
  EXPECT_THAT(complaints(kHere, kBeside, true, "production"), HasSubstr("is on the server of"));
  EXPECT_EQ(complaints(kHere, "postgresql://u@127.0.0.1:8/n", false, "production"), "");
}

TEST(WorkerConfigTest, ProvidersAndTheirKeysGoTogether) {
  EXPECT_THAT(Complaints([](WorkerConfig* c) { c->toncenter.base_urls = {}; }),
              HasSubstr("toncenter.base_urls: must not be empty"));
  EXPECT_THAT(Complaints([](WorkerConfig* c) {
                c->toncenter.base_urls = {"https://a", "https://b", "https://a"};
              }),
              HasSubstr("stands there twice"));
  EXPECT_THAT(Complaints([](WorkerConfig* c) {
                c->toncenter.base_urls = {"https://a", "https://b"};
                c->toncenter.api_key_files = {"/one"};
              }),
              HasSubstr("toncenter.api_key_files"));
  EXPECT_EQ(Complaints([](WorkerConfig* c) {
              c->toncenter.base_urls = {"https://a", "https://b"};
              c->toncenter.api_key_files = {"", "/two"};
            }),
            "");
  EXPECT_THAT(Complaints([](WorkerConfig* c) { c->wallet.network_global_id = -240; }),
              HasSubstr("wallet.network_global_id"));
}

constexpr char kHouse[] = R"(
[[house.wallets]]
name = "main"
key_file = "/main"
[[house.wallets]]
name = "old"
version = "v4r2"
key_file = "/old"
[[house.sessions]]
name = "first"
cookies_file = "/first"
wallet = "main"
[[house.sessions]]
name = "second"
cookies_file = "/second"
wallet = "EQBAjaOyi2wGWlk-EDkSabqqnF-MrrwMadnwqrurKpkla9nE"
foreign_payer = true
max_open_orders = 40
pace_ms = 0
)";

TEST(WorkerConfigTest, TheHouseIsAListOfTables) {
  const auto config = Read(FilledIn() + kHouse);
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->house.wallets.size(), 2u);
  EXPECT_EQ(config->house.wallets[0].name, "main");
  EXPECT_EQ(config->house.wallets[0].version, "v5r1");
  EXPECT_EQ(config->house.wallets[1].version, "v4r2");
  EXPECT_EQ(config->house.wallets[1].key_file, "/old");
  ASSERT_EQ(config->house.sessions.size(), 2u);
  EXPECT_FALSE(config->house.sessions[0].foreign_payer);
  EXPECT_EQ(config->house.sessions[0].max_open_orders, 10);
  EXPECT_TRUE(config->house.sessions[1].foreign_payer);
  EXPECT_EQ(config->house.sessions[1].max_open_orders, 40);
  EXPECT_EQ(config->house.sessions[1].pace_ms, 0);
  EXPECT_EQ(Complaints([&](WorkerConfig* c) {
              c->house = config->house;
              c->keys.identity_file = "/identity";
            }),
            "");
  EXPECT_THAT(Complaints([&](WorkerConfig* c) { c->house = config->house; }),
              HasSubstr("keys.identity_file"));
}

TEST(WorkerConfigTest, TheExampleOfAHouseInTheShippedFileIsOne) {
  std::string text;
  for (absl::string_view line : absl::StrSplit(FilledIn(), '\n')) {
    if (absl::StartsWith(line, "#") && !absl::StartsWith(line, "# ") && line != "#") {
      line.remove_prefix(1);
    }
    absl::StrAppend(&text, line, "\n");
  }
  const auto config = Read(text);
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->house.wallets.size(), 1u);
  ASSERT_EQ(config->house.sessions.size(), 1u);
  EXPECT_EQ(config->house.sessions[0].wallet, config->house.wallets[0].name);
  EXPECT_EQ(config->house.sessions[0].max_open_orders, HouseSessionConfig().max_open_orders);
  EXPECT_EQ(config->house.sessions[0].pace_ms, HouseSessionConfig().pace_ms);
}

TEST(WorkerConfigTest, MistakesInTheHouseAreTold) {
  const auto told = [](absl::string_view from, absl::string_view to) {
    const std::string text = absl::StrReplaceAll(kHouse, {{from, to}});
    EXPECT_NE(text, kHouse);
    const auto config = Read(FilledIn() + text);
    if (!config.ok()) return std::string(config.status().message());
    return Complaints([&](WorkerConfig* c) { c->house = config->house; });
  };
  EXPECT_THAT(told("v4r2", "v3r2"), HasSubstr("house.wallets[2].version: must be one of"));
  EXPECT_THAT(told("key_file = \"/old\"", ""),
              HasSubstr("house.wallets[2].key_file: must be given"));
  EXPECT_THAT(told("pace_ms = 0", "pace_ms = -1"), HasSubstr("house.sessions[2].pace_ms"));
  EXPECT_THAT(told("pace_ms = 0", "speed = 0"), HasSubstr("house.sessions[2].speed: unknown key"));
  EXPECT_THAT(told("\"old\"", "\"main\""), HasSubstr("house.wallets: the name 'main'"));
  EXPECT_THAT(told("wallet = \"main\"", "wallet = \"mine\""), HasSubstr("'mine'"));
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
  config.toncenter.base_urls = {"https://a", "https://b"};
  config.toncenter.api_key_files = {"", Write("toncenter", "word\n")};
  config.quote.tls_ca_file = Write("ca", "pem");
  config.quote.tls_certificate_file = Write("certificate", "pem");
  config.quote.tls_key_file = Write("key", "pem");
  EXPECT_EQ(Told(config), "");
  config.keys.wallet_private_key_file = Write("wallet", "short");
  config.keys.endpoint_private_key_file = "/nonexistent/endpoint";
  config.redis.password_file = folder_;
  config.toncenter.api_key_files = {"", "/nonexistent/toncenter"};
  config.quote.tls_ca_file = "/nonexistent/ca";
  config.quote.tls_certificate_file = folder_;
  config.quote.tls_key_file = "/nonexistent/key";
  for (const char* name :
       {"keys.wallet_private_key_file", "keys.endpoint_private_key_file", "redis.password_file",
        "toncenter.api_key_files: /nonexistent/toncenter",
        "quote.tls_ca_file: /nonexistent/ca: cannot be read", "quote.tls_certificate_file",
        "not a regular file", "quote.tls_key_file"}) {
    EXPECT_THAT(Told(config), HasSubstr(name));
  }
  EXPECT_THAT(Told(config), testing::Not(HasSubstr("short")));
  config.worker.roles = {"announce"};
  config.redis.password_file = "";
  config.toncenter.api_key_files = {};
  EXPECT_EQ(Told(config), "") << "another role's files are another process's";
}

TEST_F(WorkerConfigFilesTest, KeysAndCookiesOfTheHouseAreRead) {
  WorkerConfig config;
  config.worker.roles = {"purchase"};
  config.keys.wallet_private_key_file = Write("wallet", key_);
  SystemRandom random;
  std::string phrase;
  for (const Secret& word : ton::NewMnemonic(random))
    absl::StrAppend(&phrase, word.RevealString(), " ");
  config.house.wallets = {{"hex", "v5r1", Write("hex", key_)},
                          {"words", "v4r2", Write("words", phrase + "\n")}};
  const std::string cookies = "stel_ssid=a; stel_token=sesame; stel_ton_token=c";
  config.keys.identity_file = Write("identity", key_);
  config.house.sessions = {{"one", Write("cookies", cookies + "\n"), "hex"}};
  EXPECT_EQ(Told(config), "");
  EXPECT_EQ(ReadWalletKeyFile(config.house.wallets[0].key_file)->size(), 32u);
  EXPECT_EQ(ReadWalletKeyFile(config.house.wallets[1].key_file)->size(), 32u);
  EXPECT_EQ(ReadCookiesFile(config.house.sessions[0].cookies_file)->RevealString(), cookies);

  Write("hex", std::string(63, 'a'));
  Write("identity", "none");
  Write("words", absl::StrReplaceAll(phrase, {{" ", " x"}}));
  Write("cookies", "stel_ssid=a; stel_token=sesame");
  EXPECT_THAT(Told(config), HasSubstr("house.wallets 'hex'.key_file"));
  EXPECT_THAT(Told(config), HasSubstr("house.wallets 'words'.key_file"));
  EXPECT_THAT(Told(config), HasSubstr("house.sessions 'one'.cookies_file"));
  EXPECT_THAT(Told(config), HasSubstr("keys.identity_file"));
  EXPECT_THAT(Told(config), testing::Not(HasSubstr("sesame")));
  EXPECT_THAT(Told(config), testing::Not(HasSubstr(std::string(63, 'a'))));
  EXPECT_THAT(Told(config), testing::Not(HasSubstr(phrase.substr(0, phrase.find(' ')))));
  Write("cookies", std::string(16 * 1024 + 1, 'x'));
  EXPECT_THAT(Told(config), HasSubstr("longer than 16 KiB"));
  config.worker.roles = {"announce"};
  EXPECT_EQ(Told(config), "") << "another role never opens them";
}

TEST_F(WorkerConfigFilesTest, AFolderIsNoConfiguration) {
  EXPECT_THAT(std::string(ReadWorkerConfig(folder_, Nothing()).status().message()),
              HasSubstr("not a regular file"));
  EXPECT_THAT(std::string(ReadWorkerConfig(folder_ + "/none", Nothing()).status().message()),
              HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace starlift
