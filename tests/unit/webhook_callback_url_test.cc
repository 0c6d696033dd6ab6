#include "domain/webhook/callback_url.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace starlift {
namespace {

constexpr CallbackRules kStrict;
constexpr CallbackRules kPrivate{.allow_private = true};

TEST(CallbackUrl, AcceptsPublicHttps) {
  const std::string good[] = {
      "https://example.com",
      "https://example.com/",
      "https://example.com/hook?tenant=1&x=%20",
      "https://example.com?x=1",
      "HTTPS://Example.COM/hook",
      "https://example.com:443/hook",
      "https://example.com:8443/hook",
      "https://example.com:1025/hook",
      "https://example.com:65535/hook",
      "https://xn--bcher-kva.example/hook",
      "https://my_hooks.example.com/",
      "https://8.8.8.8/hook",
      "https://[2606:4700:4700::1111]/hook",
      "https://[2606:4700:4700::1111]:8443/hook",
      "https://1.example.com/@/hook",
  };
  for (const std::string& url : good) {
    EXPECT_TRUE(CheckCallbackUrl(url, kStrict).ok()) << url << CheckCallbackUrl(url, kStrict);
  }
}

TEST(CallbackUrl, RefusesEveryOtherShape) {
  const std::string bad[] = {
      "",
      "example.com/hook",
      "//example.com/hook",
      "http://example.com/hook",
      "ftp://example.com/hook",
      "file:///etc/passwd",
      "gopher://example.com/",
      "https:/example.com",
      "https:example.com",
      "https://",
      "https:///hook",
      "https://?x",
      "https://:443/hook",
      "https://user@example.com/",
      "https://user:word@example.com/",
      "https://example.com@8.8.8.8/",
      "https://example.com#@evil.example/",
      "https://example.com/hook#part",
      "https://example.com\\@evil.example/",
      "https://exam ple.com/",
      "https://example.com/a b",
      "https://example.com/\t",
      "https://example.com/\r\nx: y",
      std::string("https://example.com/\0x", 22),
      "https://b\xc3\xbc"
      "cher.example/",
      "https://example.com/\xc3\xbc",
      "https://exa%6dple.com/",
      "https://example..com/",
      "https://.example.com/",
      "https://example.com./",
      "https://-example.com/",
      "https://example-.com/",
      "https://exam*ple.com/",
      absl::StrCat("https://", std::string(64, 'a'), ".com/"),
      absl::StrCat("https://example.com/", std::string(2048, 'a')),
  };
  for (const std::string& url : bad) {
    const absl::Status status = CheckCallbackUrl(url, kStrict);
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidCallbackUrl) << url;
    EXPECT_EQ(FieldOf(status), "callback_url") << url;
    EXPECT_FALSE(CheckCallbackUrl(url, kPrivate).ok() && url.rfind("http://", 0) != 0) << url;
  }
}

TEST(CallbackUrl, RefusesOtherPorts) {
  for (const char* port : {"0", "1", "22", "25", "80", "444", "1024", "65536", "99999", "443x",
                           "-1", "", " 443", "0443443", "4294967739"}) {
    const std::string url = absl::StrCat("https://example.com:", port, "/");
    EXPECT_FALSE(CheckCallbackUrl(url, kStrict).ok()) << url;
  }
}

// Every notation in which a program may read 127.0.0.1 or another inner address.
TEST(CallbackUrl, RefusesPrivateAddressesInEveryNotation) {
  const std::string hosts[] = {
      "127.0.0.1",
      "10.0.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "0.0.0.0",
      "100.64.0.1",
      "2130706433",
      "017700000001",
      "0x7f000001",
      "0X7F.1",
      "127.1",
      "127.0.1",
      "0177.0.0.1",
      "0x7f.0.0.1",
      "127.0.0.0x1",
      "127.0.0.01",
      "127.0.0.1.",
      "0",
      "0x",
      "00000177.0.0.1",
      "[::1]",
      "[::]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[::127.0.0.1]",
      "[64:ff9b::7f00:1]",
      "[2002:7f00:1::]",
      "[fe80::1]",
      "[fe80::1%25eth0]",
      "[fd00::1]",
      "[v1.x]",
      "[]",
      "[::1",
      "localhost",
      "LOCALHOST",
      "api.localhost",
      "postgres",
      "printer.local",
      "metadata.google.internal",
  };
  for (const std::string& host : hosts) {
    const std::string url = absl::StrCat("https://", host, "/hook");
    EXPECT_EQ(ReasonOf(CheckCallbackUrl(url, kStrict)), Reason::kInvalidCallbackUrl) << url;
  }
}

TEST(CallbackUrl, RefusesOddNotationsOfPublicAddressesToo) {
  for (const char* host :
       {"134744072", "0x08080808", "8.8.2056", "010.8.8.8", "8.8.8.8.8", "256.8.8.8"}) {
    EXPECT_FALSE(CheckCallbackUrl(absl::StrCat("https://", host, "/"), kStrict).ok()) << host;
  }
}

TEST(CallbackUrl, PrivateOnesAndPlainHttpOnlyByTheSetting) {
  for (const char* url :
       {"http://127.0.0.1:8080/hook", "http://localhost:8080/", "https://[::1]:9000/",
        "http://example.com/", "http://example.com:80/", "https://receiver/hook"}) {
    EXPECT_FALSE(CheckCallbackUrl(url, kStrict).ok()) << url;
    EXPECT_TRUE(CheckCallbackUrl(url, kPrivate).ok()) << url;
  }
  EXPECT_FALSE(CheckCallbackUrl("https://127.0.0.1:22/", kPrivate).ok());
  EXPECT_FALSE(CheckCallbackUrl("http://2130706433:8080/", kPrivate).ok());
}

}  // namespace
}  // namespace starlift
