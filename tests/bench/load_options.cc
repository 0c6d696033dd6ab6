#include "bench/load_options.h"

#include <cstdlib>
#include <functional>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace starlift::bench {
namespace {

using Setters = std::map<std::string, std::function<bool(absl::string_view)>>;

Setters SettersOf(LoadOptions* options) {
  const auto text = [](std::string* to) {
    return [to](absl::string_view value) {
      *to = std::string(value);
      return true;
    };
  };
  const auto count = [](int* to) {
    return [to](absl::string_view value) { return absl::SimpleAtoi(value, to) && *to > 0; };
  };
  const auto span = [](double* to) {
    return [to](absl::string_view value) { return absl::SimpleAtod(value, to) && *to >= 0; };
  };
  return {{"--target", text(&options->target)},      {"--ca", text(&options->ca_file)},
          {"--mode", text(&options->mode)},          {"--calls", count(&options->calls)},
          {"--channels", count(&options->channels)}, {"--warmup", span(&options->warmup_s)},
          {"--seconds", span(&options->seconds)},    {"--recipients", count(&options->recipients)}};
}

}  // namespace

absl::StatusOr<LoadOptions> ParseLoadOptions(int argc, char** argv) {
  LoadOptions options;
  const Setters setters = SettersOf(&options);
  for (int i = 1; i < argc; i += 2) {
    const auto setter = setters.find(argv[i]);
    if (setter == setters.end() || i + 1 == argc || !setter->second(argv[i + 1])) {
      return absl::InvalidArgumentError(absl::StrCat("not understood: ", argv[i]));
    }
  }
  const bool known = options.mode == "create" || options.mode == "get" || options.mode == "health";
  if (!known || options.target.empty() || options.seconds <= 0) {
    return absl::InvalidArgumentError(
        "order_load --target HOST:PORT [--ca FILE] [--mode create|get|health] [--calls N] "
        "[--channels N] [--warmup S] [--seconds S] [--recipients N]; STARLIFT_API_KEY holds the "
        "key");
  }
  const char* key = std::getenv("STARLIFT_API_KEY");
  options.api_key = key == nullptr ? "" : key;
  return options;
}

}  // namespace starlift::bench
