#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "domain/payment/ports/witness_log.h"

// The promises of WitnessLog. Included by one file of each test binary, which names the log.

namespace starlift {

// Makes an empty log. The pointer keeps what the log needs.
using MakeWitnessLog = std::function<std::shared_ptr<WitnessLog>()>;

class WitnessLogContract : public testing::TestWithParam<MakeWitnessLog> {
 protected:
  WitnessLogContract() : log_(GetParam()()) {}

  static absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(1'800'000'000 + seconds); }

  static WitnessLine Line(int64_t number, const std::string& wallet,
                          const std::vector<std::string>& orders) {
    WitnessLine line;
    line.number = number;
    line.wallet = wallet;
    line.version = number % 2 == 0 ? WalletVersion::kV5R1 : WalletVersion::kV4R2;
    line.public_key_hex = absl::StrCat("key of ", wallet);
    line.start_lt = 50'000'000'000'000 + number;
    line.seqno = 4'000'000'000 + number;
    line.valid_until = At(number) + absl::Microseconds(123);
    line.normalized_hash = absl::StrCat("hash", number);
    for (const std::string& order : orders) {
      line.orders.emplace_back(order);
      line.payload_hashes.push_back("payload-" + order);
      line.payees.push_back("0:payee");
    }
    return line;
  }
  void Write(const WitnessLine& line) {
    const absl::Status written = log_->Write(line);
    EXPECT_TRUE(written.ok()) << written;
  }
  WitnessAnswer Ask(const std::string& wallet, int64_t after,
                    const std::vector<OrderId>& orders = {}) {
    const auto answer = log_->Ask(wallet, after, orders);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(WitnessAnswer{});
  }
  static std::vector<int64_t> Numbers(const WitnessAnswer& answer) {
    std::vector<int64_t> numbers;
    for (const WitnessLine& line : answer.lines) numbers.push_back(line.number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }

  const std::shared_ptr<WitnessLog> log_;
};

using Found = std::vector<int64_t>;

TEST_P(WitnessLogContract, AnEmptyLogKnowsNothing) {
  const WitnessAnswer answer = Ask("0:w", 0, {OrderId("ord_a")});
  EXPECT_EQ(answer.newest_number, 0);
  EXPECT_EQ(answer.newest_valid_until, absl::InfinitePast());
  EXPECT_TRUE(answer.lines.empty());
}

TEST_P(WitnessLogContract, KeepsALineAsItWas) {
  const WitnessLine line = Line(7, "0:w", {"ord_a", "ord_b"});
  Write(line);
  const WitnessAnswer answer = Ask("0:w", 6);
  ASSERT_EQ(answer.lines.size(), 1u);
  const WitnessLine& kept = answer.lines.front();
  EXPECT_EQ(kept.number, 7);
  EXPECT_EQ(kept.wallet, "0:w");
  EXPECT_EQ(kept.seqno, line.seqno);
  EXPECT_EQ(kept.valid_until, line.valid_until);
  EXPECT_EQ(kept.normalized_hash, line.normalized_hash);
  EXPECT_EQ(kept.orders, line.orders);
  EXPECT_EQ(kept.payload_hashes, line.payload_hashes);
  EXPECT_EQ(kept.payees, line.payees);
  EXPECT_EQ(kept.start_lt, line.start_lt);
  EXPECT_EQ(kept.version, WalletVersion::kV4R2);
  EXPECT_EQ(kept.payer().public_key_hex, "key of 0:w");
}

TEST_P(WitnessLogContract, ListsAllWalletsLinesPageByPage) {
  for (int64_t number : {5, 2, 4, 1}) Write(Line(number, absl::StrCat("0:", number), {"ord_a"}));
  WitnessLine again = Line(4, "0:restored", {});  // a number that was given out twice
  again.normalized_hash = "another";
  Write(again);
  const auto page = [&](int64_t after, int limit) {
    std::vector<int64_t> numbers;
    const auto lines = log_->LinesAfter(after, limit);
    EXPECT_TRUE(lines.ok()) << lines.status();
    for (const WitnessLine& line : *lines) numbers.push_back(line.number);
    return numbers;
  };
  EXPECT_EQ(page(0, 10), (Found{1, 2, 4, 4, 5}));
  EXPECT_EQ(page(0, 3), (Found{1, 2, 4, 4})) << "one number is never torn apart";
  EXPECT_EQ(page(4, 3), (Found{5}));
  EXPECT_EQ(page(5, 3), (Found{}));
  const WitnessLine first = log_->LinesAfter(0, 1)->front();
  EXPECT_EQ(first.wallet, "0:1");
  EXPECT_EQ(first.orders, std::vector<OrderId>{OrderId("ord_a")});
  EXPECT_EQ(first.start_lt, 50'000'000'000'001);
}

TEST_P(WitnessLogContract, ALineWithoutOrdersIsALine) {
  Write(Line(3, "0:w", {}));
  const WitnessAnswer answer = Ask("0:w", 0);
  ASSERT_EQ(answer.lines.size(), 1u);
  EXPECT_TRUE(answer.lines.front().orders.empty());
  EXPECT_TRUE(answer.lines.front().payees.empty());
}

TEST_P(WitnessLogContract, TheSameLineAgainIsASuccess) {
  const WitnessLine line = Line(7, "0:w", {"ord_a"});
  Write(line);
  Write(line);
  EXPECT_EQ(Ask("0:w", 0).lines.size(), 1u);
}

TEST_P(WitnessLogContract, AnswersByWalletBeyondANumber) {
  for (int64_t number : {1, 2, 3}) Write(Line(number, "0:w", {absl::StrCat("ord_", number)}));
  Write(Line(4, "0:other", {"ord_4"}));
  EXPECT_EQ(Numbers(Ask("0:w", 0)), (Found{1, 2, 3}));
  EXPECT_EQ(Numbers(Ask("0:w", 2)), (Found{3}));
  EXPECT_EQ(Numbers(Ask("0:w", 3)), (Found{}));
  EXPECT_EQ(Numbers(Ask("0:unknown", 0)), (Found{}));
}

TEST_P(WitnessLogContract, AnswersByOrderWhateverTheWalletOrNumber) {
  Write(Line(1, "0:w", {"ord_a", "ord_b"}));
  Write(Line(2, "0:other", {"ord_b"}));
  Write(Line(3, "0:w", {"ord_c"}));
  EXPECT_EQ(Numbers(Ask("0:third", 9, {OrderId("ord_b")})), (Found{1, 2}));
  EXPECT_EQ(Numbers(Ask("0:third", 9, {OrderId("ord_a"), OrderId("ord_c")})), (Found{1, 3}));
  // By both: each line once.
  EXPECT_EQ(Numbers(Ask("0:w", 0, {OrderId("ord_a"), OrderId("ord_b")})), (Found{1, 2, 3}));
}

TEST_P(WitnessLogContract, TheNewestOfAllWallets) {
  WitnessLine late = Line(5, "0:w", {"ord_a"});
  late.valid_until = At(1000);
  Write(late);
  Write(Line(9, "0:other", {"ord_b"}));
  const WitnessAnswer answer = Ask("0:third", 0);
  EXPECT_EQ(answer.newest_number, 9);
  EXPECT_EQ(answer.newest_valid_until, At(1000));
  EXPECT_TRUE(answer.lines.empty());
}

inline std::string LogName(const testing::TestParamInfo<MakeWitnessLog>&) { return "Log"; }

}  // namespace starlift
