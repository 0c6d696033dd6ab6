"""A whole installation: private Postgres and Redis, the sandbox, the api, the workers."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

from . import config
from .client import Client, Operator, is_serving, make_stubs
from .house import House
from .programs import Program, end_process, start_time

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.dirname(SCRIPTS)
sys.path.insert(0, SCRIPTS)

from private_services import PrivatePostgres, PrivateRedis, free_port  # noqa: E402

# What a stack makes in its folder, besides the logs and a file for each worker; "starlift" is what the
# README's example makes there.
MADE_FOLDERS = {"keys", "tls", "stubs", "starlift"}
MADE_FILES = {"api.toml", "mnemonic", "cookies", "endpoints.env", "pids", "folders"}


class Worker:
    """A worker's places; its process is `program`."""

    def __init__(self, number):
        self.name = "worker-%d" % number
        self.admin = "127.0.0.1:%d" % free_port()
        self.quote = "127.0.0.1:%d" % free_port()
        self.program = None


class Stack:
    """start() brings everything up and leaves it ready; stop() ends it and removes what it made.

    `short_waits` shortens every wait for tests; overrides are {"section.key": value}; `house` are the
    installation's own wallets and sessions. The chain has two providers: "a" is the sandbox's own port, "b"
    another one."""

    def __init__(self, build, folder=None, workers=2, short_waits=False, block_ms=400, seed=None,
                 api_overrides=None, worker_overrides=None, house=None):
        self.build = os.path.abspath(build)
        self._own_folder = folder is None
        self.folder = os.path.abspath(folder or tempfile.mkdtemp(prefix="starlift-"))
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self.short_waits, self.block_ms, self.seed = short_waits, block_ms, seed
        self.api_overrides, self.worker_overrides = api_overrides or {}, worker_overrides or {}
        self.postgres, self.redis = PrivatePostgres(), PrivateRedis()
        self.workers = [Worker(number + 1) for number in range(workers)]
        self.api_address = "127.0.0.1:%d" % free_port()
        self.api_admin = "127.0.0.1:%d" % free_port()
        self.operator_address = "127.0.0.1:%d" % free_port()
        self.sandbox_address = "127.0.0.1:%d" % free_port()
        self.second_provider = "127.0.0.1:%d" % free_port()
        self.house = house or House()
        self.api = self.sandbox = None
        self.tenant = self.api_key = self.webhook_secret = None
        self._clients = []

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def binary(self, name):
        return os.path.join(self.build, "services", name, "starlift-" + name)

    @property
    def sandbox_url(self):
        return "http://" + self.sandbox_address

    @property
    def provider_urls(self):
        return [self.sandbox_url, "http://" + self.second_provider]

    @property
    def ca_file(self):
        return self.path("tls", "ca.pem")

    # --- up

    def start(self, told=lambda what: None):
        """`told` is called with what is being started."""
        for name in ("keys", "tls", "logs"):
            os.makedirs(self.path(name), mode=0o700, exist_ok=True)
        told("PostgreSQL and Redis")
        self.postgres.start()
        self.redis.start()
        told("the sandbox: fragment.com and a TON chain")
        self._start_sandbox()
        told("keys, certificates, configuration, database")
        self._make_keys()
        self._make_certificates()
        self.house.make(self)
        self._write_configuration()
        self._migrate()
        self.tenant, self.api_key, self.webhook_secret = self.create_key("demo")
        make_stubs(os.path.join(SOURCE, "proto"), self.path("stubs"))
        for worker in self.workers:
            told("starlift-" + worker.name)
            self.start_worker(worker)
        told("starlift-api")
        self.start_api()
        return self

    def _program(self, name, binary, *arguments):
        return Program(name, [self.binary(binary), *arguments], self.path("logs", name + ".log"))

    def _start_sandbox(self):
        arguments = ["--listen", self.sandbox_address, "--provider", self.second_provider,
                     "--block-ms", str(self.block_ms)]
        if self.seed is not None:
            arguments += ["--seed", str(self.seed)]
        self.sandbox = self._program("sandbox", "sandbox", *arguments).start()
        self.sandbox.wait_until(lambda: "listening on" in self.sandbox.log())

    def _make_keys(self):
        for name in ("pepper", "page_token", "identity"):
            self.write_private("keys/" + name, secrets.token_hex(32) + "\n")
        for name in ("wallet", "endpoint"):
            self._run(self.binary("worker"), "--make-keypair", self.path("keys", name))

    def _make_certificates(self):
        """An authority of our own, and the api's certificate from it."""
        tls = self.path("tls")
        self.write_private("tls/names", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-days", "30", "-subj", "/CN=Starlift demo authority",
                      "-keyout", tls + "/ca.key", "-out", tls + "/ca.pem")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-subj", "/CN=localhost", "-keyout", tls + "/server.key", "-out", tls + "/server.csr")
        self._openssl("x509", "-req", "-days", "30", "-in", tls + "/server.csr", "-CA", tls + "/ca.pem",
                      "-CAkey", tls + "/ca.key", "-CAcreateserial", "-extfile", tls + "/names",
                      "-out", tls + "/server.pem")

    def _openssl(self, *arguments):
        self._run("openssl", *arguments)

    def _write_configuration(self):
        self.write_private("api.toml", config.toml(config.api_config(self)))
        for worker in self.workers:
            self.write_private(worker.name + ".toml", config.toml(config.worker_config(self, worker)))

    def _migrate(self):
        self._run(self.binary("api"), "--config", self.path("api.toml"), "--migrate")
        self._run(self.binary("worker"), "--config", self.path("worker-1.toml"), "--migrate-witness")

    def create_key(self, name):
        """(tenant, API key, webhook secret) of a new tenant."""
        printed = self._run(self.binary("api"), "--config", self.path("api.toml"), "--create-key", name)
        values = dict(re.findall(r"^(tenant|api_key|webhook_secret)=(.*)$", printed, re.MULTILINE))
        return values["tenant"], values["api_key"], values["webhook_secret"]

    def start_api(self):
        if self.api is None:
            self.api = self._program("api", "api", "--config", self.path("api.toml"))
        self.api.start()
        self.api.wait_until(lambda: is_serving(self.api_admin))

    def start_worker(self, worker):
        if worker.program is None:
            worker.program = self._program(worker.name, "worker", "--config",
                                           self.path(worker.name + ".toml"))
        worker.program.start()
        worker.program.wait_until(lambda: is_serving(worker.admin))

    def _run(self, *argv):
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("%s failed (%d):\n%s%s" % (argv[0], done.returncode, done.stdout, done.stderr))
        return done.stdout

    def write_private(self, name, text):
        path = self.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return path

    # --- use

    def client(self, api_key=None):
        client = Client(self.api_address, api_key or self.api_key, self.ca_file)
        self._clients.append(client)
        return client

    def operator(self):
        operator = Operator(self.operator_address)
        self._clients.append(operator)
        return operator

    def control(self, path, body=None):
        """The sandbox's control API: GET, or POST of `body` as JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.sandbox_url + "/sandbox/v1/" + path, data,
                                         {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
            return json.loads(text) if text else None

    def new_wallet(self, balance_nano=5_000_000_000, deployed=False, version="v5r1", mnemonic=None):
        wanted = {"balance_nano": str(balance_nano), "deployed": deployed, "version": version}
        if mnemonic is not None:
            wanted["mnemonic"] = mnemonic
        return self.control("wallets", wanted)

    def new_session(self, wallet, foreign_payer=False):
        """Cookies of a Fragment account bound to the wallet."""
        return self.control("sessions", {"wallet_address": wallet["address"],
                                         "foreign_payer": foreign_payer})["cookies"]

    def payments(self):
        """What really left wallets for Fragment, as the chain itself saw it."""
        found = self.control("payments")
        return found["payments"] if isinstance(found, dict) else found

    def transfers(self, wallet):
        """Every message that really left the wallet; those of one transaction share `tx_hash`."""
        found = self.control("transfers?wallet=" + urllib.parse.quote(wallet["address"]))
        rows = found["transfers"] if isinstance(found, dict) else found
        return [row for row in rows if row["wallet"] == wallet["address"]]

    @staticmethod
    def metrics(admin):
        """The metrics' text of a program, by its admin address."""
        with urllib.request.urlopen("http://%s/metrics" % admin, timeout=10) as answer:
            return answer.read().decode()

    def programs(self):
        found = [self.api, *(worker.program for worker in self.workers), self.sandbox]
        return [program for program in found if program is not None]

    # --- left up, and ended later

    def endpoints(self, wallet, cookies):
        """Writes endpoints.env and the process ids: what another program needs to use this stack."""
        lines = {
            "STARLIFT_API": self.api_address,
            "STARLIFT_API_KEY": self.api_key,
            "STARLIFT_CA_FILE": self.ca_file,
            "STARLIFT_ADMIN": self.api_admin,
            "SANDBOX_URL": self.sandbox_url,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "WALLET_MNEMONIC_FILE": self.write_private("mnemonic", wallet["mnemonic"] + "\n"),
            "FRAGMENT_COOKIES_FILE": self.write_private("cookies", cookies + "\n"),
            "STARLIFT_OPERATOR": self.operator_address,
            "WITNESS_URL": self.postgres.witness_url,
        }
        self.write_private("endpoints.env", "".join("%s=%s\n" % pair for pair in lines.items()))
        running = [(program.name, program.pid) for program in self.programs()]
        running += [(server.name, server.pid) for server in (self.redis, self.postgres)]
        self.write_private("pids", "".join("%s %d %d\n" % (name, pid, start_time(pid))
                                            for name, pid in running))
        self.write_private("folders", "%s\n%s\n" % (self.redis.folder, self.postgres.folder))

    # --- down

    def stop(self):
        """Ends everything, the api first, and removes what was made: all but the logs in a folder that was
        named. True when all programs of ours left by themselves with 0."""
        try:
            for client in self._clients:
                client.close()
            codes = [program.stop() for program in self.programs()]
        finally:
            self.redis.remove()
            self.postgres.remove()
            if self._own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)
            else:
                remove_made(self.folder)
        return all(code == 0 for code in codes)


def remove_made(folder):
    """Removes what a stack made in `folder`, but for its logs."""
    for name in os.listdir(folder):
        if name in MADE_FOLDERS:
            shutil.rmtree(os.path.join(folder, name))
        elif name in MADE_FILES or re.fullmatch(r"worker-\d+\.toml", name):
            os.remove(os.path.join(folder, name))


def stop_recorded(folder):
    """Ends just what a stack left up in `folder`, and removes all but its logs."""
    with open(os.path.join(folder, "pids"), encoding="utf-8") as file:
        running = [line.split() for line in file]
    for name, pid, started in running:
        # PostgreSQL: the signal that does not wait for its clients.
        end_process(int(pid), int(started), signal.SIGINT if name == "postgres" else signal.SIGTERM)
    with open(os.path.join(folder, "folders"), encoding="utf-8") as file:
        for line in file:
            shutil.rmtree(line.strip(), ignore_errors=True)
    remove_made(folder)
    return [name for name, _, _ in running]
