"""A gRPC client of the public API, with stubs made from the project's own protos."""

import glob
import importlib
import os
import subprocess
import sys

# This process starts programs while calls are under way; gRPC's own preparation for a fork would wait for
# them to end, for ever.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc  # noqa: E402

HEALTH = "/grpc.health.v1.Health/Check"
SERVING = b"\x08\x01"  # HealthCheckResponse{status: SERVING}


def make_stubs(proto_folder, target):
    """Python modules of all protos below `target`, importable afterwards."""
    if not os.path.isdir(target):
        os.makedirs(target)
        files = [os.path.relpath(p, proto_folder)
                 for p in glob.glob(proto_folder + "/**/*.proto", recursive=True)]
        subprocess.run(["protoc", "-I", proto_folder, "--python_out", target, "--grpc_python_out", target,
                        "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin", *files],
                       check=True, cwd=proto_folder)
    if target not in sys.path:
        sys.path.insert(0, target)
        google = importlib.import_module("google")
        if os.path.join(target, "google") not in list(google.__path__):
            google.__path__.append(os.path.join(target, "google"))


class RpcFailure(Exception):
    """A call's error, taken apart."""

    def __init__(self, code, message, reason, metadata, fields):
        super().__init__("%s %s: %s" % (code.name, reason, message))
        self.code, self.message, self.reason = code, message, reason
        self.metadata, self.fields = metadata, fields


def taken_apart(error):
    details = {key: value for key, value in error.trailing_metadata() or ()}
    reason, metadata, fields = "", {}, []
    if "grpc-status-details-bin" in details:
        status_pb2 = importlib.import_module("google.rpc.status_pb2")
        details_pb2 = importlib.import_module("google.rpc.error_details_pb2")
        status = status_pb2.Status.FromString(details["grpc-status-details-bin"])
        for detail in status.details:
            if detail.type_url.endswith(".ErrorInfo"):
                info = details_pb2.ErrorInfo.FromString(detail.value)
                reason, metadata = info.reason, dict(info.metadata)
            elif detail.type_url.endswith(".BadRequest"):
                bad = details_pb2.BadRequest.FromString(detail.value)
                fields = [violation.field for violation in bad.field_violations]
    return RpcFailure(error.code(), error.details(), reason, metadata, fields)


def secure_channel(address, ca_file):
    with open(ca_file, "rb") as file:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()))


def is_serving(address, ca_file=None, seconds=2):
    """Whether gRPC health there says SERVING; plain without `ca_file`."""
    with secure_channel(address, ca_file) if ca_file else grpc.insecure_channel(address) as channel:
        try:
            return channel.unary_unary(HEALTH)(b"", timeout=seconds) == SERVING
        except grpc.RpcError:
            return False


def call(method, request, seconds, metadata=()):
    try:
        return method(request, timeout=seconds, metadata=metadata)
    except grpc.RpcError as error:
        raise taken_apart(error) from None


class Operator:
    """operator.book_credit(...): the operators' service, on its own port; plain, as on loopback."""

    def __init__(self, address):
        self.pb = importlib.import_module("starlift.admin.v1.operator_service_pb2")
        services = importlib.import_module("starlift.admin.v1.operator_service_pb2_grpc")
        self._channel = grpc.insecure_channel(address)
        self._stub = services.OperatorServiceStub(self._channel)

    def book_credit(self, seconds=10, **fields):
        fields = dict({"operator": "ops@example.com", "reason": "a test"}, **fields)
        return call(self._stub.BookCredit, self.pb.BookCreditRequest(**fields), seconds)

    def get_credit(self, tenant, seconds=10):
        return call(self._stub.GetCredit, self.pb.GetCreditRequest(tenant=tenant), seconds).available

    def list_reviews(self, seconds=10, **fields):
        return call(self._stub.ListReviews, self.pb.ListReviewsRequest(**fields), seconds).reviews

    def resolve_review(self, seconds=10, **fields):
        return call(self._stub.ResolveReview, self.pb.ResolveReviewRequest(**fields), seconds)

    def list_lanes(self, seconds=10, **fields):
        return call(self._stub.ListLanes, self.pb.ListLanesRequest(**fields), seconds).lanes

    def close(self):
        self._channel.close()


class Client:
    """client.create_order(...), client.get_order(...): calls by name, with the messages' fields as
    arguments. Errors are RpcFailure."""

    def __init__(self, address, api_key, ca_file):
        self.pb = importlib.import_module("starlift.v1.order_service_pb2")
        self.order_pb = importlib.import_module("starlift.v1.order_pb2")
        self.catalog_pb = importlib.import_module("starlift.v1.catalog_service_pb2")
        self._channel = secure_channel(address, ca_file)
        self._metadata = (("authorization", "Bearer " + api_key),)
        orders = importlib.import_module("starlift.v1.order_service_pb2_grpc")
        catalog = importlib.import_module("starlift.v1.catalog_service_pb2_grpc")
        self.orders = orders.OrderServiceStub(self._channel)
        self.catalog = catalog.CatalogServiceStub(self._channel)

    def _call(self, method, request, seconds):
        return call(method, request, seconds, self._metadata)

    def create_order(self, seconds=10, **fields):
        return self._call(self.orders.CreateOrder, self.pb.CreateOrderRequest(**fields), seconds)

    def pay_order(self, seconds=10, **fields):
        return self._call(self.orders.PayOrder, self.pb.PayOrderRequest(**fields), seconds)

    def get_order(self, name, seconds=10):
        return self._call(self.orders.GetOrder, self.pb.GetOrderRequest(name=name), seconds)

    def list_orders(self, seconds=10, **fields):
        return self._call(self.orders.ListOrders, self.pb.ListOrdersRequest(**fields), seconds)

    def cancel_order(self, name, seconds=10):
        return self._call(self.orders.CancelOrder, self.pb.CancelOrderRequest(name=name), seconds)

    def wait_order(self, name, timeout_s):
        request = self.pb.WaitOrderRequest(name=name)
        request.timeout.FromMilliseconds(int(timeout_s * 1000))
        return self._call(self.orders.WaitOrder, request, timeout_s + 10)

    def watch_order(self, name, after_sequence=0, seconds=120):
        """The events, as they come."""
        request = self.pb.WatchOrderRequest(name=name, after_sequence=after_sequence)
        try:
            yield from self.orders.WatchOrder(request, timeout=seconds, metadata=self._metadata)
        except grpc.RpcError as error:
            raise taken_apart(error) from None

    def list_products(self, seconds=10):
        return self._call(self.catalog.ListProducts, self.catalog_pb.ListProductsRequest(), seconds)

    def get_pricing(self, seconds=10, **fields):
        return self._call(self.catalog.GetPricing, self.catalog_pb.GetPricingRequest(**fields), seconds)

    def check_recipient(self, seconds=10, **fields):
        return self._call(self.catalog.CheckRecipient, self.catalog_pb.CheckRecipientRequest(**fields),
                          seconds)

    def state_name(self, order):
        return self.order_pb.OrderState.Name(order.state)[len("ORDER_STATE_"):]

    def close(self):
        self._channel.close()
