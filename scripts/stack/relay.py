"""Stands between the workers and the sandbox and notes how long each call was away."""

import socket
import threading
import time
import uuid


class Relay:
    """An HTTP/1.1 relay on a free loopback port to `address` (host:port). What it reads it hands on
    unchanged; `spans` holds (begun, ended) in seconds since 1970: from the moment a whole request was
    here until its answer was handed on."""

    def __init__(self, address):
        host, port = address.split(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.spans = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self._listener.getsockname()[1]

    def stand_between(self, stack):
        """From now on the stack's workers reach the sandbox through here."""
        stack.worker_overrides = {"fragment.base_url": self.url, "toncenter.base_urls": [self.url]}
        stack._write_configuration()
        for worker in stack.workers:
            worker.program.stop()
            stack.start_worker(worker)

    def away(self, begun, ended):
        """(calls, seconds) of the calls that lie within a time."""
        inside = [b - a for a, b in list(self.spans) if begun <= a and b <= ended]
        return len(inside), sum(inside)

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(self._target) as server:
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                request = self._message(client)
                begun = time.time()
                if not request:
                    return
                server.sendall(request)
                answer = self._message(server)
                if not answer:
                    return
                client.sendall(answer)
                self.spans.append((begun, time.time()))

    @staticmethod
    def _message(side):
        """One whole request or answer with a content-length, or b"" at the end of the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = side.recv(65536)
            if not more:
                return b""
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        size = 0
        for line in head.split(b"\r\n")[1:]:
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                size = int(value)
        missing = size - len(body)
        while missing > 0:
            more = side.recv(missing)
            if not more:
                return b""
            data += more
            missing -= len(more)
        return data


def broadcast(stack, relay, client):
    """(all, own, calls) in ms of one order: QUEUED until its transfer was handed over; the same without
    the time that the sandbox took to answer; how often it was asked."""
    wallet = stack.new_wallet()
    order = client.create_order(request_id=str(uuid.uuid4()), product={"type": 1, "quantity": 100},
                                recipient={"username": "alice"})
    client.pay_order(name=order.name, request_id=str(uuid.uuid4()), payment={
        "mnemonic": [wallet["mnemonic"]], "fragment_cookies": stack.new_session(wallet)})
    if client.state_name(client.wait_order(order.name, 60)) != "DELIVERED":
        raise RuntimeError(order.name + " was not delivered")
    begun, sent, sends = map(float, stack.postgres.query(
        "SELECT extract(epoch FROM queued_at), extract(epoch FROM sent_at), sends FROM orders"
        " JOIN payments p ON p.order_id = orders.id JOIN transfers t ON t.id = p.transfer_id"
        " WHERE orders.id = '%s'" % order.name.split("/")[1]).split("|"))
    if sends != 1:
        raise RuntimeError(order.name + ": a second hand-over hides when the first one was")
    calls, away = relay.away(begun, sent)
    return (sent - begun) * 1000, (sent - begun - away) * 1000, calls
