#include "domain/webhook/address_filter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace starlift {
namespace {

std::vector<uint8_t> Bytes(const std::string& text) {
  const bool v6 = text.find(':') != std::string::npos;
  std::vector<uint8_t> bytes(v6 ? 16 : 4);
  EXPECT_EQ(inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()), 1) << text;
  return bytes;
}

struct Range {
  const char* first;
  const char* last;
  const char* before;  // public neighbours; null where there is none
  const char* after;
};

constexpr Range kRefusedV4[] = {
    {"0.0.0.0", "0.255.255.255", nullptr, "1.0.0.0"},
    {"10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
    {"100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
    {"127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
    {"169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
    {"172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
    {"192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"},
    {"192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
    {"192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"},
    {"192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
    {"198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
    {"198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
    {"203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
    {"224.0.0.0", "239.255.255.255", "223.255.255.255", nullptr},
    {"240.0.0.0", "255.255.255.255", nullptr, nullptr},
};

TEST(AddressFilter, RefusesEveryIpv4RangeToItsEdges) {
  for (const Range& range : kRefusedV4) {
    for (const char* prefix : {"", "::ffff:"}) {
      EXPECT_FALSE(IsPublicAddress(Bytes(absl::StrCat(prefix, range.first)))) << range.first;
      EXPECT_FALSE(IsPublicAddress(Bytes(absl::StrCat(prefix, range.last)))) << range.last;
      for (const char* neighbour : {range.before, range.after}) {
        if (neighbour == nullptr) continue;
        EXPECT_TRUE(IsPublicAddress(Bytes(absl::StrCat(prefix, neighbour)))) << neighbour;
      }
    }
  }
}

TEST(AddressFilter, RefusesEveryIpv6RangeToItsEdges) {
  const char* refused[] = {
      "::",
      "::1",
      "::127.0.0.1",
      "::8.8.8.8",
      "::ffff:127.0.0.1",
      "::ffff:10.0.0.1",
      "::ffff:169.254.169.254",
      "::fffe:8.8.8.8",
      "::ffff:0:8.8.8.8",
      "64:ff9b::",
      "64:ff9b::7f00:1",
      "64:ff9b::808:808",
      "64:ff9b::ffff:ffff",
      "64:ff9b:1::1",
      "100::",
      "100::ffff:ffff:ffff:ffff",
      "2001::",
      "2001::1",
      "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
      "2001:10::1",
      "2001:20::1",
      "2001:db8::",
      "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
      "2002::",
      "2002:7f00:1::",
      "2002:808:808::",
      "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "3fff::",
      "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
      "4000::",
      "5f00::",
      "5f00:ffff::1",
      "fc00::",
      "fd00::1",
      "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "fe80::",
      "fe80::1",
      "febf:ffff::1",
      "fec0::1",
      "ff00::",
      "ff02::1",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  };
  for (const char* address : refused) EXPECT_FALSE(IsPublicAddress(Bytes(address))) << address;
  const char* allowed[] = {"2606:4700:4700::1111",
                           "2001:4860:4860::8888",
                           "2001:200::1",
                           "2a00::1",
                           "2003::1",
                           "2001:db9::1",
                           "3ffe::1",
                           "3fff:1000::1",
                           "::ffff:8.8.8.8"};
  for (const char* address : allowed) EXPECT_TRUE(IsPublicAddress(Bytes(address))) << address;
}

TEST(AddressFilter, AnythingButFourOrSixteenBytesIsNotPublic) {
  const std::vector<uint8_t> bytes(17, 8);
  for (const size_t size : {0, 1, 3, 5, 12, 15, 17}) {
    EXPECT_FALSE(IsPublicAddress(absl::MakeSpan(bytes).subspan(0, size))) << size;
  }
}

TEST(AddressFilter, OwnNetworksAreRefusedEvenWhenPrivateOnesAreAllowed) {
  std::vector<AddressRange> refused = {*ParseAddressRange("10.32.0.0/11"),
                                       *ParseAddressRange("8.8.8.8/32"),
                                       *ParseAddressRange("2a00:1::/33")};
  const AddressFilter filter(true, std::move(refused));
  EXPECT_TRUE(filter.Allows(Bytes("127.0.0.1")));
  EXPECT_TRUE(filter.Allows(Bytes("10.31.255.255")));
  EXPECT_FALSE(filter.Allows(Bytes("10.32.0.0")));
  EXPECT_FALSE(filter.Allows(Bytes("10.63.255.255")));
  EXPECT_FALSE(filter.Allows(Bytes("::ffff:10.32.0.1")));
  EXPECT_TRUE(filter.Allows(Bytes("10.64.0.0")));
  EXPECT_FALSE(filter.Allows(Bytes("8.8.8.8")));
  EXPECT_TRUE(filter.Allows(Bytes("8.8.8.9")));
  EXPECT_FALSE(filter.Allows(Bytes("2a00:1:7fff::1")));
  EXPECT_TRUE(filter.Allows(Bytes("2a00:1:8000::1")));
}

TEST(AddressFilter, RefusesMisspeltNetworks) {
  for (const char* text : {"", "10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10/8",
                           "fd00::/129", "10.0.0.0/8/8", "host/8"}) {
    EXPECT_EQ(ReasonOf(ParseAddressRange(text).status()), Reason::kInvalidField) << text;
  }
}

}  // namespace
}  // namespace starlift
