#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/config/api_config.h"
#include "adapters/config/endpoint.h"
#include "adapters/config/key_files.h"

namespace starlift {
namespace {

using testing::HasSubstr;

std::string ReadSource(absl::string_view path) {
  std::ifstream file(absl::StrCat(STARLIFT_SOURCE_DIR, "/", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The shipped file with what it leaves to the operator.
std::string Shipped() {
  return absl::StrReplaceAll(
      ReadSource("deploy/config/api.toml"),
      {{"\nurl = \"\"", "\nurl = \"postgresql://a@b/c?sslmode=verify-full\""}});
}

Environment KeyFilesGiven() {
  return [](const std::string& name) -> std::optional<std::string> {
    if (absl::StartsWith(name, "STARLIFT_KEYS_")) return "/k";
    return std::nullopt;
  };
}

// "section.key" of every key in a TOML text, and whether a comment stands above its group.
std::set<std::string> KeysOf(absl::string_view toml, std::vector<std::string>* without_comment) {
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
    if (!explained) without_comment->emplace_back(line);
  }
  return keys;
}

TEST(ConfigApiTest, TheShippedFileHoldsEveryKeyAndNoOther) {
  ApiConfig config;
  KeySet keys;
  DeclareApiKeys(&config, &keys);
  const std::vector<std::string> names = keys.Names();
  std::vector<std::string> without_comment;
  EXPECT_EQ(KeysOf(Shipped(), &without_comment), std::set<std::string>(names.begin(), names.end()));
  EXPECT_THAT(without_comment, testing::IsEmpty());
}

TEST(ConfigApiTest, TheShippedFileSaysTheDefaults) {
  ApiConfig defaults, shipped;
  KeySet default_keys, shipped_keys;
  DeclareApiKeys(&defaults, &default_keys);
  DeclareApiKeys(&shipped, &shipped_keys);
  // Every default is overwritten first, so that a key which the file does not change is noticed.
  shipped.server.executor_threads = shipped.server.executor_queue = shipped.stretching.queue = 7;
  shipped.server.payment_threads = shipped.server.max_watches_per_tenant = 7;
  shipped.stretching.threads = 7;
  shipped.server.listen = shipped.server.admin_listen = shipped.redis.address = "z";
  shipped.operators = {"z", "z", "z", "z", "z"};
  shipped.pricing = {7, 7, 7'000'000, 7, 7};
  shipped.products = {7, 7};
  shipped.orders.execute_window_s = shipped.wallet.network_global_id = 7;
  shipped.quote_service.recipient_memory_s = 7;
  const absl::Status read = shipped_keys.ReadText(Shipped(), KeyFilesGiven());
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_EQ(shipped.server.listen, defaults.server.listen);
  EXPECT_EQ(shipped.server.admin_listen, defaults.server.admin_listen);
  EXPECT_EQ(shipped.operators.listen, defaults.operators.listen);
  EXPECT_EQ(shipped.operators.witness_url, defaults.operators.witness_url);
  EXPECT_EQ(shipped.operators.tls_ca_file, defaults.operators.tls_ca_file);
  EXPECT_EQ(shipped.operators.tls_certificate_file, defaults.operators.tls_certificate_file);
  EXPECT_EQ(shipped.operators.tls_key_file, defaults.operators.tls_key_file);
  EXPECT_EQ(shipped.server.executor_threads, defaults.server.executor_threads);
  EXPECT_EQ(shipped.server.payment_threads, defaults.server.payment_threads);
  EXPECT_EQ(shipped.server.executor_queue, defaults.server.executor_queue);
  EXPECT_EQ(shipped.server.max_watches_per_tenant, defaults.server.max_watches_per_tenant);
  EXPECT_EQ(shipped.server.max_watch_minutes, defaults.server.max_watch_minutes);
  EXPECT_EQ(shipped.server.drain_s, defaults.server.drain_s);
  EXPECT_EQ(shipped.database.pool_size, defaults.database.pool_size);
  EXPECT_EQ(shipped.redis.address, defaults.redis.address);
  EXPECT_EQ(shipped.quote_service.targets, defaults.quote_service.targets);
  EXPECT_EQ(shipped.quote_service.recipient_memory_s, defaults.quote_service.recipient_memory_s);
  EXPECT_EQ(shipped.products.min_stars, defaults.products.min_stars);
  EXPECT_EQ(shipped.products.max_stars, defaults.products.max_stars);
  EXPECT_EQ(shipped.pricing.tolerance_bps, defaults.pricing.tolerance_bps);
  EXPECT_EQ(shipped.pricing.commission_bps_house, defaults.pricing.commission_bps_house);
  EXPECT_EQ(shipped.pricing.network_reserve_nano, defaults.pricing.network_reserve_nano);
  EXPECT_EQ(shipped.pricing.max_price_age_s, defaults.pricing.max_price_age_s);
  EXPECT_EQ(shipped.pricing.quote_lifetime_s, defaults.pricing.quote_lifetime_s);
  EXPECT_EQ(shipped.orders.execute_window_s, defaults.orders.execute_window_s);
  EXPECT_EQ(shipped.wallet.network_global_id, defaults.wallet.network_global_id);
  EXPECT_EQ(shipped.stretching.threads, defaults.stretching.threads);
  EXPECT_EQ(shipped.stretching.queue, defaults.stretching.queue);
  EXPECT_EQ(shipped.profile.name, "production");
  EXPECT_TRUE(CheckApiConfig(shipped).ok()) << CheckApiConfig(shipped);
}

std::string Complaints(const std::function<void(ApiConfig*)>& change) {
  ApiConfig config;
  change(&config);
  return std::string(CheckApiConfig(config).message());
}

TEST(ConfigApiTest, TheProductionProfileRefusesWhatOnlyATestMayDo) {
  const auto open = [](ApiConfig* c) {
    c->webhooks.allow_private_callbacks = true;
    c->server.reflection = true;
    c->products.min_stars = 1;
  };
  const std::string told = Complaints(open);
  EXPECT_THAT(told, HasSubstr("webhooks.allow_private_callbacks"));
  EXPECT_THAT(told, HasSubstr("server.reflection"));
  EXPECT_THAT(told, HasSubstr("products.min_stars"));
  EXPECT_EQ(Complaints([&](ApiConfig* c) {
              open(c);
              c->profile.name = "test";
            }),
            "");
}

TEST(ConfigApiTest, PhrasesLeaveThreadsForOtherCalls) {
  EXPECT_EQ(Complaints([](ApiConfig* c) { c->stretching.queue = 30; }), "");
  for (const auto& change : std::vector<std::function<void(ApiConfig*)>>{
           [](ApiConfig* c) { c->stretching.queue = 31; },
           [](ApiConfig* c) { c->stretching.threads = 8; },
           [](ApiConfig* c) { c->server.payment_threads = 50; }}) {
    EXPECT_THAT(Complaints(change), HasSubstr("less than half of server.payment_threads"));
  }
}

TEST(ConfigApiTest, WaitingCallsAndThreadsStayBelowTheKernelsMappings) {
  for (const char* wrong : {"executor_queue = 4097", "payment_threads = 129"}) {
    ApiConfig config;
    KeySet keys;
    DeclareApiKeys(&config, &keys);
    EXPECT_FALSE(keys.ReadText(absl::StrCat("[server]\n", wrong), KeyFilesGiven()).ok()) << wrong;
  }
}

TEST(ConfigApiTest, PlainTextStaysOnLoopback) {
  EXPECT_THAT(Complaints([](ApiConfig* c) { c->server.listen = "0.0.0.0:1"; }),
              HasSubstr("server.listen: off loopback TLS is required"));
  EXPECT_THAT(Complaints([](ApiConfig* c) { c->quote_service.targets = {"10.0.0.1:1"}; }),
              HasSubstr("quote_service.targets: off loopback TLS is required"));
  EXPECT_EQ(Complaints([](ApiConfig* c) {
              c->server.listen = "0.0.0.0:1";
              c->server.tls_certificate_file = c->server.tls_key_file = "f";
              c->quote_service.targets = {"10.0.0.1:1", "10.0.0.2:1"};
              c->quote_service.tls_ca_file = c->quote_service.tls_certificate_file =
                  c->quote_service.tls_key_file = "f";
            }),
            "");
}

TEST(ConfigApiTest, OperatorsProveWhoTheyAre) {
  const auto listening = [](const char* listen, const char* profile, bool tls) {
    return Complaints([=](ApiConfig* c) {
      c->profile.name = profile;
      c->operators.listen = listen;
      c->operators.witness_url = "postgresql://a@b/c?sslmode=verify-full";
      if (!tls) return;
      c->operators.tls_ca_file = c->operators.tls_certificate_file = c->operators.tls_key_file =
          "f";
    });
  };
  EXPECT_EQ(listening("", "production", false), "");
  EXPECT_EQ(listening("127.0.0.1:1", "test", false), "");
  EXPECT_THAT(listening("10.0.0.1:1", "test", false),
              HasSubstr("operator.listen: off loopback TLS is required"));
  EXPECT_THAT(listening("127.0.0.1:1", "production", false),
              HasSubstr("operator: the production profile wants mutual TLS, on loopback as well"));
  EXPECT_EQ(listening("127.0.0.1:1", "production", true), "");
  EXPECT_EQ(listening("10.0.0.1:1", "production", true), "");
  EXPECT_THAT(Complaints([](ApiConfig* c) { c->operators.listen = "127.0.0.1:1"; }),
              HasSubstr("operator.witness_url: the production profile wants it"));
  EXPECT_THAT(Complaints([](ApiConfig* c) { c->operators.witness_url = "postgresql://a:b@c/d"; }),
              HasSubstr("operator.witness_url: holds a password"));
  EXPECT_THAT(
      Complaints([](ApiConfig* c) {
        c->operators.tls_certificate_file = c->operators.tls_key_file = "f";
      }),
      HasSubstr("operator: tls_ca_file, tls_certificate_file and tls_key_file go together"));
}

TEST(ConfigApiTest, FilesOfOneEndGoTogether) {
  EXPECT_THAT(Complaints([](ApiConfig* c) { c->server.tls_key_file = "f"; }),
              HasSubstr("go together"));
  EXPECT_THAT(Complaints([](ApiConfig* c) { c->quote_service.tls_ca_file = "f"; }),
              HasSubstr("go together"));
}

TEST(ConfigEndpointTest, TakesHostAndPort) {
  EXPECT_EQ(ParseEndpoint("[::1]:80")->host, "::1");
  EXPECT_EQ(ParseEndpoint("name:0")->port, 0);
  for (const char* bad : {"", "name", ":1", "a:b", "a:65536", "::1:80"}) {
    EXPECT_FALSE(ParseEndpoint(bad).ok()) << bad;
  }
  EXPECT_TRUE(IsLoopback("127.1.2.3"));
  EXPECT_TRUE(IsLoopback("::1"));
  EXPECT_FALSE(IsLoopback("127.evil.example"));
  EXPECT_FALSE(IsLoopback("0.0.0.0"));
}

class ConfigKeyFileTest : public testing::Test {
 protected:
  ~ConfigKeyFileTest() override { std::remove(path_.c_str()); }
  std::string Write(absl::string_view text, int mode = 0600) {
    std::ofstream(path_) << std::string(text);
    chmod(path_.c_str(), mode);
    return path_;
  }
  const std::string path_ = testing::TempDir() + "starlift_key_file_test";
  const std::string hex_ = std::string(64, 'a');
};

TEST_F(ConfigKeyFileTest, Reads64HexCharacters) {
  const auto key = ReadKeyFile(Write(hex_ + "\n"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->Reveal()[31], 0xaa);
  EXPECT_EQ(key->size(), 32u);
}

TEST_F(ConfigKeyFileTest, RefusesWhatOthersMayRead) {
  EXPECT_THAT(std::string(ReadKeyFile(Write(hex_, 0640)).status().message()),
              HasSubstr("chmod 600"));
  EXPECT_FALSE(ReadPasswordFile(Write("word", 0604)).ok());
  EXPECT_TRUE(ReadPublicKeyFile(Write(hex_, 0644)).ok());
}

TEST_F(ConfigKeyFileTest, RefusesOtherShapesWithoutRepeatingThem) {
  for (const std::string& text : {std::string(), hex_ + "a", std::string(63, 'a'),
                                  std::string(64, 'g'), hex_ + "\n" + hex_}) {
    const absl::Status status = ReadKeyFile(Write(text)).status();
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_EQ(std::string(status.message()).find("aaaa"), std::string::npos);
  }
  EXPECT_FALSE(ReadKeyFile("/nonexistent").ok());
}

TEST_F(ConfigKeyFileTest, APasswordIsOneLine) {
  EXPECT_EQ(ReadPasswordFile(Write("word\n"))->RevealString(), "word");
  EXPECT_FALSE(ReadPasswordFile(Write("a\nb")).ok());
  EXPECT_TRUE(ReadPasswordFile("")->empty());
}

}  // namespace
}  // namespace starlift
