"""What a customer's webhook server is to the tests and the demo."""

import http.server
import json
import subprocess
import threading
import time


class Received:
    """One POST."""

    def __init__(self, headers, body, at):
        self.headers = headers  # names in lower case
        self.body = body        # text, exactly as it came
        self.at = at            # time.monotonic()
        self.event = json.loads(body)

    @property
    def type(self):
        return self.event["type"]


class WebhookReceiver:
    """An HTTP server on a free loopback port that keeps what it is sent."""

    def __init__(self):
        self._received = []
        self._changed = threading.Condition()
        self.answer = lambda received: 200  # the status for each, changed by tests
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                size = int(self.headers.get("content-length", 0))
                body = self.rfile.read(size).decode("utf-8")
                headers = {name.lower(): value for name, value in self.headers.items()}
                received = Received(headers, body, time.monotonic())
                status = receiver.answer(received)
                with receiver._changed:
                    receiver._received.append(received)
                    receiver._changed.notify_all()
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d/webhooks" % self._server.server_address[1]

    def received(self, order_name=None):
        """All, or those about one order, in the order of arrival."""
        with self._changed:
            return [r for r in self._received
                    if order_name in (None, r.event["data"]["order"]["name"])]

    def wait_for(self, order_name, event_type, seconds):
        """True once such an event came."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not any(r.type == event_type and r.event["data"]["order"]["name"] == order_name
                          for r in self._received):
                if not self._changed.wait(deadline - time.monotonic()):
                    return False
        return True

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def verify(received, secret, build_folder, script):
    """What npm's `standardwebhooks` says of each: "ok" or "refused: why"."""
    lines = [json.dumps({"secret": secret, "headers": r.headers, "body": r.body}) for r in received]
    done = subprocess.run(["node", script], input="\n".join(lines) + "\n", text=True, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={"PATH": "/usr/local/bin:/usr/bin:/bin",
                               "NODE_PATH": build_folder + "/node/node_modules"})
    return done.stdout.splitlines()
