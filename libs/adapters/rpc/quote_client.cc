#include "adapters/rpc/quote_client.h"

#include <grpc/support/time.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/rpc/order_mapping.h"
#include "adapters/rpc/probe_breaker.h"
#include "base/error.h"
#include "starlift/internal/v1/quote_service.grpc.pb.h"

namespace starlift::rpc {
namespace {

namespace quote = internal::v1;
constexpr int64_t kPatienceMillis = 2000;
constexpr char kServiceConfig[] = R"({"loadBalancingConfig":[{"round_robin":{}}]})";

void SetPatience(grpc::ClientContext* context) {
  // A time span counts from now.
  context->set_deadline(gpr_time_from_millis(kPatienceMillis, GPR_TIMESPAN));
}

bool TimedOut(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

bool IsIpv4(absl::string_view target) {
  return target.find_first_not_of("0123456789.:") == absl::string_view::npos;
}

// One question, with everything that must stay until it was answered.
struct WalletCall {
  grpc::ClientContext context;
  quote::ProbeWalletRequest request;
  quote::ProbeWalletResponse response;
  grpc::Status status;
};

WalletProbe ProbeFrom(const quote::ProbeWalletResponse& response) {
  WalletProbe probe;
  if (!response.known()) return probe;
  probe.known = true;
  probe.active = response.account_state() == "active";
  probe.balance = Units(response.balance());
  if (!response.reason().empty()) {
    probe.usable = Fail(Reason::kWalletUnsupported, response.reason_message());
  }
  return probe;
}

}  // namespace

std::string TargetUri(const std::vector<std::string>& targets) {
  const std::string first = targets.empty() ? "" : targets.front();
  if (IsIpv4(first)) return absl::StrCat("ipv4:", absl::StrJoin(targets, ","));
  if (absl::StartsWith(first, "[")) return absl::StrCat("ipv6:", absl::StrJoin(targets, ","));
  return absl::StrCat("dns:///", first);
}

struct QuoteClient::State {
  explicit State(const Clock& clock) : recipients(clock), wallets(clock) {}

  std::unique_ptr<quote::QuoteService::Stub> stub;
  // Fragment may hang while the chain answers.
  ProbeBreaker recipients;
  ProbeBreaker wallets;
};

QuoteClient::QuoteClient(const Options& options, const Clock& clock)
    : state_(std::make_unique<State>(clock)) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  // A worker that comes back is found within a second, not within gRPC's two minutes.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  if (!options.tls_server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls_server_name);
  }
  state_->stub = quote::QuoteService::NewStub(grpc::CreateCustomChannel(
      TargetUri(options.targets), ChannelCredentialsFor(options.tls), arguments));
}

QuoteClient::~QuoteClient() = default;

RecipientProbe QuoteClient::ProbeRecipient(ProductType type, absl::string_view username) {
  grpc::ClientContext context;
  SetPatience(&context);
  quote::ProbeRecipientRequest request;
  request.set_type(static_cast<v1::ProductType>(ProductTypeToProto(type)));
  request.set_username(std::string(username));
  quote::ProbeRecipientResponse response;
  RecipientProbe probe;
  if (!state_->recipients.MayAsk()) return probe;
  const grpc::Status status = state_->stub->ProbeRecipient(&context, request, &response);
  state_->recipients.Ended(TimedOut(status));
  if (!status.ok() || !response.known()) return probe;
  if (response.reason().empty()) {
    probe.verdict = RecipientProbe::Verdict::kEligible;
    probe.display_name = response.display_name();
    return probe;
  }
  const Reason reason = ParseReason(response.reason());
  // A reason that this version does not know is no definite answer to it.
  if (reason == Reason::kInternal) return probe;
  probe.verdict = RecipientProbe::Verdict::kRefused;
  probe.refusal = FailField(reason, "recipient.username",
                            reason == Reason::kRecipientNotFound
                                ? "Fragment knows no such user"
                                : "Fragment does not sell this to the recipient");
  return probe;
}

WalletProbe QuoteClient::ProbeWallet(absl::string_view raw_address) {
  return ProbeWallets({std::string(raw_address)}).front();
}

std::vector<WalletProbe> QuoteClient::ProbeWallets(absl::Span<const std::string> raw_addresses) {
  std::vector<WalletProbe> probes(raw_addresses.size());
  if (!state_->wallets.MayAsk()) return probes;
  std::vector<std::unique_ptr<WalletCall>> calls;
  std::mutex mutex;
  std::condition_variable ended;
  size_t under_way = raw_addresses.size();
  for (const std::string& address : raw_addresses) {
    WalletCall* call = calls.emplace_back(std::make_unique<WalletCall>()).get();
    SetPatience(&call->context);
    call->request.set_address(address);
    state_->stub->async()->ProbeWallet(&call->context, &call->request, &call->response,
                                       [call, &mutex, &ended, &under_way](grpc::Status status) {
                                         const std::lock_guard<std::mutex> lock(mutex);
                                         call->status = std::move(status);
                                         --under_way;
                                         ended.notify_all();
                                       });
  }
  std::unique_lock<std::mutex> lock(mutex);
  ended.wait(lock, [&under_way] { return under_way == 0; });
  bool timed_out = false;
  for (size_t i = 0; i < calls.size(); ++i) {
    timed_out = timed_out || TimedOut(calls[i]->status);
    if (calls[i]->status.ok()) probes[i] = ProbeFrom(calls[i]->response);
  }
  state_->wallets.Ended(timed_out);
  return probes;
}

}  // namespace starlift::rpc
