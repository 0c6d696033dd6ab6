#pragma once

#include <cstdint>
#include <string>

namespace starlift::sandbox {

// What things cost, in millionths of a dollar.
struct Rates {
  int64_t micro_usd_per_star = 15'000;
  int64_t micro_usd_per_ton = 3'250'000;
};

// Rounded up to 0.0001 TON, which is what the pages show: page, request and invoice agree.
uint64_t TonPrice(int64_t micro_usd, const Rates& rates);
inline uint64_t StarsPrice(int64_t stars, const Rates& rates) {
  return TonPrice(stars * rates.micro_usd_per_star, rates);
}

std::string Grouped(int64_t number);     // "10,000"
std::string TonText(uint64_t nano);      // "4,615.3847"
std::string UsdText(int64_t micro_usd);  // "7,500.00"
// All of the amount, without zeros at its end: "12.34", "1,500".
std::string ExactTonText(uint64_t nano);
// The same with the fraction in a span of its own, as the pages have it.
std::string TonHtml(uint64_t nano);

}  // namespace starlift::sandbox
