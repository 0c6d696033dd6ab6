#include "simulation/program.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "simulation/fleet.h"
#include "simulation/mistakes.h"

namespace starlift::simulation {
namespace {

struct Options {
  uint64_t first = 1;
  uint64_t seeds = 200;
  bool story = false;
  bool keep_going = false;
  bool mistakes = false;             // each is planted until it is caught
  const Mistake* mistake = nullptr;  // planted in every seed
  const Mistake* weather = nullptr;  // whose weather every seed has
  std::vector<std::string> without;  // kinds of faults
  std::set<std::string> unheeded;    // invariants
};

const Mistake* FindMistake(absl::string_view name) {
  for (const Mistake& mistake : AllMistakes()) {
    if (mistake.name == name) return &mistake;
  }
  return nullptr;
}

bool Parse(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    uint64_t* number = nullptr;
    if (word == "--story") {
      options->story = true;
    } else if (word == "--keep-going") {
      options->keep_going = true;
    } else if (word == "--mistakes") {
      options->mistakes = true;
    } else if (word == "--weather") {
      if (++i >= argc || (options->weather = FindMistake(argv[i])) == nullptr) return false;
    } else if (word == "--mistake") {
      if (++i >= argc || (options->weather = FindMistake(argv[i])) == nullptr) return false;
      options->mistake = options->weather;
    } else if (word == "--without") {
      if (++i >= argc) return false;
      for (absl::string_view fault : absl::StrSplit(argv[i], ',')) {
        if (!Plan().Without(fault)) return false;
        options->without.emplace_back(fault);
      }
    } else if (word == "--unheeded") {
      if (++i >= argc) return false;
      options->unheeded = absl::StrSplit(argv[i], ',');
    } else if (word == "--first" || word == "--seed") {
      number = &options->first;
      if (word == "--seed") options->seeds = 1;
    } else if (word == "--seeds") {
      number = &options->seeds;
    } else {
      std::fprintf(stderr, "unknown option %s\n", word.c_str());
      return false;
    }
    if (number != nullptr && (++i >= argc || !absl::SimpleAtoi(argv[i], number))) return false;
  }
  return true;
}

unsigned long long running_seed = 0;

// A check that failed ends the process: which seed it was must be said all the same.
void SayWhichSeed(int) {
  char line[128];
  const int length = std::snprintf(
      line, sizeof(line), "simulation --seed %llu --story   # a check failed\n", running_seed);
  std::fflush(stdout);
  if (write(STDOUT_FILENO, line, static_cast<size_t>(length)) < 0) std::_Exit(3);
  std::_Exit(1);
}

// What a seed found; its counts are added.
std::optional<Finding> RunSeed(uint64_t seed, const Options& options,
                               std::map<std::string, int64_t>* totals) {
  const bool story = options.story;
  running_seed = seed;
  Plan plan = Plan::Draw(seed);
  for (const std::string& fault : options.without) plan.Without(fault);
  plan.unheeded = options.unheeded;
  if (options.weather != nullptr) options.weather->weather(&plan);
  Fleet fleet(plan, options.mistake);
  if (story) {
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), plan.Describe().c_str());
    const absl::Time begin = fleet.world().clock.Now();
    fleet.world().listener = [&fleet, begin](const std::string& line) {
      const double at = absl::ToDoubleSeconds(fleet.world().clock.Now() - begin);
      std::printf("%9.3f %s\n", at, line.c_str());
    };
  }
  const std::optional<Finding> finding = fleet.Run();
  for (const auto& [name, count] : fleet.Counts()) (*totals)[name] += count;
  return finding;
}

// The same seed under the same weather, without the mistake, must be in order: what is caught is
// the mistake and nothing else.
bool CaughtWithoutIt(uint64_t seed, const Mistake& mistake) {
  Options options;
  options.weather = &mistake;
  std::map<std::string, int64_t> totals;
  return RunSeed(seed, options, &totals).has_value();
}

// Plants each mistake, one after the other, until a seed finds it. False: one was not found.
bool RunMistakes(const Options& options) {
  constexpr uint64_t kMostSeeds = 20'000;
  bool all = true;
  std::map<std::string, int64_t> totals;
  std::printf("%-46s %6s %8s  %s\n", "mistake", "seeds", "seconds", "caught by");
  for (const Mistake& mistake : AllMistakes()) {
    Options planted = options;
    planted.mistake = planted.weather = &mistake;
    const auto began = std::chrono::steady_clock::now();
    std::optional<Finding> finding;
    uint64_t seed = options.first;
    for (; seed < options.first + kMostSeeds; ++seed) {
      finding = RunSeed(seed, planted, &totals);
      if (finding) break;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const bool caught = finding && !CaughtWithoutIt(seed, mistake);
    all &= caught;
    std::printf("%-46s %6llu %8.2f  %s\n", std::string(mistake.name).c_str(),
                static_cast<unsigned long long>(seed - options.first + 1), took.count(),
                caught    ? absl::StrCat(finding->invariant, ": ", finding->what).c_str()
                : finding ? "NOT CAUGHT: the seed fails without it"
                          : "NOT CAUGHT");
    std::fflush(stdout);
  }
  return all;
}

}  // namespace

int RunProgram(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, &options)) return 2;
  std::signal(SIGABRT, SayWhichSeed);
  if (options.mistakes) return RunMistakes(options) ? 0 : 1;
  std::map<std::string, int64_t> totals;
  std::map<std::string, int> findings;
  const auto began = std::chrono::steady_clock::now();
  uint64_t seeds = 0;
  for (uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    ++seeds;
    const std::optional<Finding> finding = RunSeed(seed, options, &totals);
    if (!finding) continue;
    if (++findings[finding->invariant] <= 5) {
      std::printf("simulation --seed %llu --story   # %s: %s\n",
                  static_cast<unsigned long long>(seed), finding->invariant.c_str(),
                  finding->what.c_str());
    }
    if (!options.keep_going) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::string line = absl::StrCat(seeds, " seeds in ", took.count(), " s, ",
                                  static_cast<double>(seeds) / took.count(), " a second");
  for (const auto& [name, count] : totals) absl::StrAppend(&line, ", ", name, " ", count);
  for (const auto& [name, count] : findings) absl::StrAppend(&line, "; FOUND ", name, " ", count);
  std::printf("%s\n", line.c_str());
  return findings.empty() ? 0 : 1;
}

}  // namespace starlift::simulation
