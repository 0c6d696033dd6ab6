// Keeps a number of calls in flight to starlift-api and says how many were answered a second and
// how long they took. One thread, so that as little as possible is taken from what is measured;
// answers are received whole but not parsed, as in every client of a benchmark.
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "bench/load_figures.h"
#include "bench/load_options.h"
#include "starlift/v1/order_service.pb.h"

namespace starlift::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(10);

grpc::ByteBuffer Bytes(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// The requests of a run: each create has a request id of its own, in this run and all others.
class Requests {
 public:
  explicit Requests(const LoadOptions& options) : options_(options) {
    std::random_device device;
    run_ = absl::StrCat(absl::Hex(device(), absl::kZeroPad8), "-", absl::Hex(device()));
  }

  const char* method() const {
    if (options_.mode == "create") return "/starlift.v1.OrderService/CreateOrder";
    return options_.mode == "get" ? "/starlift.v1.OrderService/GetOrder"
                                  : "/grpc.health.v1.Health/Check";
  }
  // What `get` asks for.
  void set_order(const std::string& name) { order_ = name; }

  grpc::ByteBuffer Next() {
    if (options_.mode == "create") return NextCreate();
    v1::GetOrderRequest get;
    if (options_.mode == "get") get.set_name(order_);
    return Bytes(get);  // an empty one is a health check of the whole server
  }
  grpc::ByteBuffer NextCreate() {
    v1::CreateOrderRequest create;
    create.set_request_id(absl::StrCat("load-", run_, "-", ++count_));
    create.mutable_product()->set_type(v1::PRODUCT_TYPE_STARS);
    create.mutable_product()->set_quantity(100);
    create.mutable_recipient()->set_username(absl::StrCat("load_", count_ % options_.recipients));
    return Bytes(create);
  }

 private:
  const LoadOptions& options_;
  std::string run_, order_;
  int64_t count_ = 0;
};

// One call in flight.
struct Flight {
  grpc::GenericStub* stub = nullptr;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
  SteadyClock::time_point begun;
};

class Load {
 public:
  explicit Load(const LoadOptions& options) : options_(options), requests_(options) {}

  bool Run() {
    Connect();
    if (options_.mode == "get" && !MakeOrder()) return false;
    std::vector<Flight> flights(static_cast<size_t>(options_.calls));
    for (size_t i = 0; i < flights.size(); ++i) {
      flights[i].stub = stubs_[i % stubs_.size()].get();
    }
    const auto begun = SteadyClock::now() + Span(options_.warmup_s);
    const auto end = begun + Span(options_.seconds);
    size_t under_way = flights.size();
    for (Flight& flight : flights) Start(&flight, requests_.method(), requests_.Next());
    while (under_way > 0) {
      Flight& flight = Await();
      const auto now = SteadyClock::now();
      if (now >= begun && now < end) Count(flight, now);
      if (now < end) {
        Start(&flight, requests_.method(), requests_.Next());
      } else {
        --under_way;
      }
    }
    std::printf("%s\n", figures_.Line(options_.seconds).c_str());
    return !figures_.any_failed();
  }

 private:
  static SteadyClock::duration Span(double seconds) {
    return std::chrono::duration_cast<SteadyClock::duration>(
        std::chrono::duration<double>(seconds));
  }

  void Connect() {
    std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
    if (!options_.ca_file.empty()) {
      std::ifstream file(options_.ca_file);
      grpc::SslCredentialsOptions tls;
      tls.pem_root_certs = {std::istreambuf_iterator<char>(file), {}};
      credentials = grpc::SslCredentials(tls);
    }
    for (int i = 0; i < options_.channels; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("bench.channel", i);  // equal channels would share one connection
      stubs_.push_back(std::make_unique<grpc::GenericStub>(
          grpc::CreateCustomChannel(options_.target, credentials, arguments)));
    }
  }

  void Start(Flight* flight, const char* method, const grpc::ByteBuffer& request) {
    flight->context.emplace();
    flight->context->set_deadline(std::chrono::system_clock::now() + kPatience);
    if (!options_.api_key.empty()) {
      flight->context->AddMetadata("authorization", absl::StrCat("Bearer ", options_.api_key));
    }
    flight->answer.Clear();
    flight->begun = SteadyClock::now();
    flight->reader = flight->stub->PrepareUnaryCall(&*flight->context, method, request, &answers_);
    flight->reader->StartCall();
    flight->reader->Finish(&flight->answer, &flight->status, flight);
  }

  Flight& Await() {
    void* tag = nullptr;
    bool ok = false;
    answers_.Next(&tag, &ok);
    return *static_cast<Flight*>(tag);
  }

  void Count(const Flight& flight, SteadyClock::time_point now) {
    if (flight.status.ok()) {
      figures_.Done(now - flight.begun);
    } else {
      figures_.Failed(flight.status.error_message());
    }
  }

  bool MakeOrder() {
    Flight flight;
    flight.stub = stubs_.front().get();
    Start(&flight, "/starlift.v1.OrderService/CreateOrder", requests_.NextCreate());
    Await();
    grpc::Slice whole;
    v1::Order order;
    const bool made = flight.status.ok() && flight.answer.DumpToSingleSlice(&whole).ok() &&
                      order.ParseFromArray(whole.begin(), static_cast<int>(whole.size()));
    if (!made) std::fprintf(stderr, "no order: %s\n", flight.status.error_message().c_str());
    requests_.set_order(order.name());
    return made;
  }

  const LoadOptions& options_;
  Requests requests_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  grpc::CompletionQueue answers_;
  LoadFigures figures_;
};

}  // namespace
}  // namespace starlift::bench

int main(int argc, char** argv) {
  const auto options = starlift::bench::ParseLoadOptions(argc, argv);
  if (!options.ok()) {
    std::fprintf(stderr, "%s\n", std::string(options.status().message()).c_str());
    return 2;
  }
  return starlift::bench::Load(*options).Run() ? 0 : 1;
}
