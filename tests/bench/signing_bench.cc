// What one transfer costs the processor: from the invoices' payloads as they were stored, through
// reading, signing and writing, to the bytes and hashes that are stored before anything is sent.
// With --benchmark_repetitions the medians are held against the limits below, and the exit code
// says whether they are kept.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "ton/address.h"
#include "ton/boc.h"
#include "ton/comment.h"
#include "ton/wallet_v4r2.h"
#include "ton/wallet_v5r1.h"

namespace starlift::ton {
namespace {

constexpr double kMaxSingleNs = 200'000;    // 0.2 ms
constexpr double kMaxBatchNs = 10'000'000;  // 10 ms for 255
constexpr uint32_t kValidUntil = 1'900'000'000;
constexpr uint32_t kSeqno = 12;
constexpr int kFragmentFirstBytes = 35;  // fragment.com goes on in another cell after these

struct StoredInvoice {
  std::string payee;  // raw form
  uint64_t amount_nano = 0;
  std::string payload_boc;
};

std::vector<StoredInvoice> Invoices(size_t count) {
  Address payee;
  payee.hash.fill(0x5f);
  std::vector<StoredInvoice> invoices;
  for (size_t i = 0; i < count; ++i) {
    const std::string text = absl::StrCat("50 Telegram Stars \n\nRef#AbC", 100'000 + i, "xyz");
    const std::vector<uint8_t> boc =
        WriteBoc(WriteComment(text, kFragmentFirstBytes).value(), {.crc = false});
    invoices.push_back({RawForm(payee), 352'400'000 + i, std::string(boc.begin(), boc.end())});
  }
  return invoices;
}

std::vector<OutMessage> MessagesFor(const std::vector<StoredInvoice>& invoices) {
  std::vector<OutMessage> messages;
  messages.reserve(invoices.size());
  for (const StoredInvoice& invoice : invoices) {
    OutMessage& message = messages.emplace_back();
    const std::string& boc = invoice.payload_boc;
    message.destination = ParseAddress(invoice.payee).value();
    message.amount_nano = invoice.amount_nano;
    message.body = ReadBoc({reinterpret_cast<const uint8_t*>(boc.data()), boc.size()}).value();
  }
  return messages;
}

const std::vector<uint8_t>& Seed() {
  static const auto& seed = *new std::vector<uint8_t>(32, 7);
  return seed;
}

// As the worker has it: the seed is in hand, and the wallet must be the one that it belongs to.
KeyPair KeyFor(const std::string& wallet, Address (*address_of)(const KeyPair& key)) {
  KeyPair key = KeyPairFromSeed(Seed());
  STARLIFT_CHECK(RawForm(address_of(key)) == wallet);
  return key;
}

Address AddressV5(const KeyPair& key) {
  return WalletV5Address(WalletV5Id(kMainnet), key.public_key);
}
Address AddressV4(const KeyPair& key) { return WalletV4Address(key.public_key); }

// Everything that is stored of a transfer.
void Keep(const SignedTransfer& transfer) {
  std::string boc(transfer.boc.begin(), transfer.boc.end());
  benchmark::DoNotOptimize(boc);
  benchmark::DoNotOptimize(HexOf(transfer.message_hash));
  benchmark::DoNotOptimize(HexOf(transfer.normalized_hash));
}

void SignV5(benchmark::State& state) {
  const std::vector<StoredInvoice> invoices = Invoices(static_cast<size_t>(state.range(0)));
  const std::string wallet = RawForm(AddressV5(KeyPairFromSeed(Seed())));
  const bool deploys = state.range(1) != 0;
  size_t bytes = 0;
  for (auto _ : state) {
    const KeyPair key = KeyFor(wallet, AddressV5);
    const WalletV5Request request = {WalletV5Id(kMainnet), kValidUntil, kSeqno,
                                     MessagesFor(invoices)};
    const SignedTransfer transfer = SignWalletV5(key, request, deploys).value();
    Keep(transfer);
    bytes = transfer.boc.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(SignV5)->ArgNames({"payments", "deploys"})->ArgsProduct({{1, 10, 100, 255}, {0}});
BENCHMARK(SignV5)->ArgNames({"payments", "deploys"})->Args({1, 1});

void SignV4(benchmark::State& state) {
  const std::vector<StoredInvoice> invoices = Invoices(static_cast<size_t>(state.range(0)));
  const std::string wallet = RawForm(AddressV4(KeyPairFromSeed(Seed())));
  for (auto _ : state) {
    const KeyPair key = KeyFor(wallet, AddressV4);
    const WalletV4Request request = {kWalletV4Id, kValidUntil, kSeqno, MessagesFor(invoices)};
    Keep(SignWalletV4(key, request, /*include_state_init=*/false).value());
  }
}
BENCHMARK(SignV4)->ArgName("payments")->Arg(1)->Arg(4);

// The parts, to see where the time goes.
void ReadPayloads(benchmark::State& state) {
  const std::vector<StoredInvoice> invoices = Invoices(static_cast<size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(MessagesFor(invoices));
}
BENCHMARK(ReadPayloads)->ArgName("payments")->Arg(1)->Arg(255);

// With and without guarded memory for the seed.
void DeriveKeyPair(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(KeyPairFromSeed(Seed()));
}
BENCHMARK(DeriveKeyPair);

void DeriveSigningKey(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(SigningKey(Seed()).public_key());
}
BENCHMARK(DeriveSigningKey);

void SignHash(benchmark::State& state) {
  const SigningKey key(Seed());
  for (auto _ : state) benchmark::DoNotOptimize(Sign(key, Hash256{1, 2, 3}));
}
BENCHMARK(SignHash);

void MakeCell(benchmark::State& state) {
  const CellRef leaf = CellBuilder().Uint(1, 8).Build().value();
  for (auto _ : state) {
    CellBuilder builder;
    builder.Uint(7, 32).Bytes(leaf->hash()).Ref(leaf);
    benchmark::DoNotOptimize(builder.Build().value());
  }
}
BENCHMARK(MakeCell);

// Prints as usual, and remembers whether a median was above its limit.
class LimitReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Aggregate || run.aggregate_name != "median") continue;
      const double limit = LimitOf(run.benchmark_name());
      if (limit == 0 || run.GetAdjustedCPUTime() <= limit) continue;
      std::cerr << run.benchmark_name() << ": above its limit of " << limit << " ns\n";
      kept_ = false;
    }
  }
  bool kept() const { return kept_; }

 private:
  static double LimitOf(const std::string& name) {
    if (name.rfind("SignV5/payments:255/", 0) == 0) return kMaxBatchNs;
    if (name.rfind("SignV5/payments:1/", 0) == 0) return kMaxSingleNs;
    if (name.rfind("SignV4/payments:1_", 0) == 0) return kMaxSingleNs;
    return 0;
  }

  bool kept_ = true;
};

}  // namespace
}  // namespace starlift::ton

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  starlift::ton::LimitReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.kept() ? 0 : 1;
}
