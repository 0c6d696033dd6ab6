"""The house rules that a script can see. Each rule is a generator of findings over a Tree."""

import collections
import os
import re
import subprocess

from source_text import Finding, code_only, functions, includes, line_of

MAX_FILE, MAX_TEST_FILE, MAX_FUNCTION, MAX_MAIN = 400, 600, 60, 40
SIZED = (".cc", ".h", ".py", ".js", ".proto", ".sql", ".sh")
FORBIDDEN_NAMES = {"util", "utils", "utility", "common", "helper", "helpers", "misc"}
PURE = ("libs/base/", "libs/ton/", "libs/domain/")
TECHNOLOGY = re.compile(r"^(grpc|grpcpp|google|pqxx|hiredis|curl|nlohmann|spdlog|prometheus|httplib|toml\+\+)"
                        r"(/|\.h)|\.(grpc\.)?pb\.h$")
THREADS = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore",
           "absl/synchronization/mutex.h"}
HEAVY = re.compile(r"^(grpc|grpcpp|pqxx|hiredis|curl|spdlog)(/|\.h)|\.grpc\.pb\.h$")
GENERATED = re.compile(r"^(starlift|google)/.*\.pb\.h$")

# What may stand only in a few places: (what, pattern, where it may stand).
BANNED = [
    ("reads a clock: pass a base/clock.h Clock in",
     re.compile(r"\babsl::Now\s*\(|\bsystem_clock\b|\bgettimeofday\s*\(|\bclock_gettime\s*\("
                r"|(?<![\w.>:])(?:std::)?time\s*\("), ("libs/base/",)),
    ("draws randomness: pass a base/random.h Random in",
     re.compile(r"\brandom_device\b|(?<![\w.>:])s?rand\s*\(|\bmt19937|\brandombytes_|\bRAND_bytes\b"),
     ("libs/base/random",)),
    ("sleeps: say when to come back, or wait on a condition",
     re.compile(r"\bsleep_(?:for|until)\b|(?<![\w.>])u?sleep\s*\(|\bnanosleep\s*\(|\bSleepFor\b"), ()),
    ("reads the environment: that is adapters/config's",
     re.compile(r"\b(?:secure_)?getenv\s*\(|\benviron\b"), ("libs/adapters/config/",)),
    ("prints a message whole: it may hold secrets", re.compile(r"\b\w*DebugString\s*\("), ()),
    ("uses a whole namespace", re.compile(r"\busing\s+namespace\b"), ()),
]


class Rooms:
    """libs/CMakeLists.txt, read."""

    def __init__(self, tree):
        self.sources, self.deps = {}, {}
        text = re.sub(r"#[^\n]*", "", tree.read("libs/CMakeLists.txt"))
        for match in re.finditer(r"\broom\(\s*(\S+)(.*?)\)", text, re.DOTALL):
            name, key = match.group(1), None
            lists = {"SOURCES": [], "DEPS": [], "LIBRARIES": []}
            for word in match.group(2).split():
                if word in lists:
                    key = word
                elif key:
                    lists[key].append(word)
            self.sources[name], self.deps[name] = set(lists["SOURCES"]), set(lists["DEPS"])

    def of(self, path):
        """The room that a path below libs/ lies in, or None."""
        fitting = [room for room in self.deps if path.startswith(room + "/")]
        return max(fitting, key=len, default=None)


def arrows(tree):
    """Each room includes itself and its DEPS; every source is in its room's list."""
    rooms = Rooms(tree)
    for path in tree.cpp("libs/"):
        inside = path[len("libs/"):]
        room = rooms.of(inside)
        if room is None:
            yield Finding(path, 1, "lies in no room of libs/CMakeLists.txt")
            continue
        if path.endswith(".cc") and inside[len(room) + 1:] not in rooms.sources[room]:
            yield Finding(path, 1, "is not in the SOURCES of room " + room)
        for line, target, _ in includes(tree.read(path)):
            other = rooms.of(target)
            if other is not None and other != room and other not in rooms.deps[room]:
                yield Finding(path, line, "room %s may not include %s (%s)" % (room, other, target))


def programs(tree):
    """Only a program's composition root knows adapters; the sandbox knows base and ton."""
    rooms = Rooms(tree)
    for path in tree.cpp("services/"):
        _, program, *rest = path.split("/")
        is_root = bool(re.match(r"(app|main)(_\w+)?\.(cc|h)$", rest[-1]))
        for line, target, _ in includes(tree.read(path)):
            other = rooms.of(target)
            if other is None:
                continue
            if program == "sandbox" and other not in ("base", "ton"):
                yield Finding(path, line, "the sandbox knows only base and ton, not " + other)
            elif other.startswith("adapters/") and not is_root:
                yield Finding(path, line, "only app and main may include %s" % other)


def purity(tree):
    """Pure rooms know no technology; domain rooms no threads and no log either."""
    for path in tree.cpp(*PURE):
        domain = path.startswith("libs/domain/")
        for line, target, _ in includes(tree.read(path)):
            allowed = path == "libs/base/log.cc" and target.startswith("spdlog/")
            if TECHNOLOGY.search(target) and not allowed:
                yield Finding(path, line, "%s does not belong into a pure room" % target)
            elif domain and (target in THREADS or target == "base/log.h"):
                yield Finding(path, line, "a domain room decides, it does not need %s" % target)


def light_headers(tree):
    """Heavy headers are included by sources only: each costs seconds in every file that sees it."""
    for path in tree.cpp("libs/", "services/"):
        if not path.endswith(".h"):
            continue
        for line, target, _ in includes(tree.read(path)):
            if HEAVY.search(target):
                yield Finding(path, line, "%s may be included by .cc files only" % target)


def banned_calls(tree):
    for path in tree.cpp("libs/", "services/"):
        code = code_only(tree.read(path))
        for what, pattern, places in BANNED:
            if path.startswith(places or ("\0",)):
                continue
            for match in pattern.finditer(code):
                yield Finding(path, line_of(code, match.start()), what)


def sizes(tree):
    for path in tree.paths:
        if not path.endswith(SIZED) and not path.startswith(("scripts/", ".ci/")):
            continue
        text = tree.read(path)
        lines = text.count("\n")
        limit = MAX_TEST_FILE if path.startswith("tests/") else MAX_FILE
        if os.path.basename(path) == "main.cc":
            limit = MAX_MAIN
        if lines > limit:
            yield Finding(path, lines, "%d lines, at most %d: find the missing noun" % (lines, limit))
        if path.endswith((".cc", ".h")):
            for first, last in functions(text):
                if last - first + 1 > MAX_FUNCTION:
                    yield Finding(path, first, "a function of %d lines, at most %d"
                                  % (last - first + 1, MAX_FUNCTION))


def names(tree):
    for path in tree.paths:
        for part in path.split("/"):
            stem = part.split(".")[0].lower()
            if stem in FORBIDDEN_NAMES or stem.rsplit("_", 1)[-1] in FORBIDDEN_NAMES:
                yield Finding(path, 1, "'%s' says nothing: name what it is" % part)


def left_open(tree):
    """No marks of unfinished work (written apart here, so that this file passes)."""
    mark = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    for path in tree.paths:
        if not path.endswith(SIZED + (".txt", ".md", ".toml", ".yaml", ".cmake")):
            continue
        text = tree.read(path)
        for match in mark.finditer(text):
            yield Finding(path, line_of(text, match.start()), "left open: " + match.group(0))


def pragma_once(tree):
    for path in tree.cpp():
        if path.endswith(".h") and not re.match(r"(\s|//[^\n]*\n)*#pragma once\n", tree.read(path)):
            yield Finding(path, 1, "a header starts with #pragma once")


def migrations(tree):
    """Numbered from 0001 without a gap, in each database's folder."""
    numbers = collections.Counter()
    for path in sorted(p for p in tree.paths if p.startswith("migrations/") and p.endswith(".sql")):
        folder, name = os.path.split(path)
        numbers[folder] += 1
        if not name.startswith("%04d_" % numbers[folder]):
            yield Finding(path, 1, "expected number %04d" % numbers[folder])


def formatting(tree):
    """clang-format 14 with the repository's style has nothing to change."""
    files = tree.cpp("libs/", "services/", "tests/")
    done = subprocess.run(["clang-format-14", "--dry-run", *files], cwd=tree.root, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False) if files else None
    found = re.findall(r"^([^\s:]+):(\d+):\d+: warning: code should be", done.stdout if done else "",
                       re.MULTILINE)
    told = set()
    for path, line in found:
        if path not in told:
            told.add(path)
            yield Finding(path, int(line), "not formatted: scripts/format")
    if done and done.returncode != 0 and not found:
        yield Finding(".clang-format", 1, done.stdout.strip()[:200])


RULES = [arrows, programs, purity, light_headers, banned_calls, sizes, names, left_open, pragma_once,
         migrations, formatting]
