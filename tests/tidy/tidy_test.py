#!/usr/bin/python3
"""Holds the tree against the house rules, and the rules against planted mistakes.

Run by ctest (label quick), or by hand: tests/tidy/tidy_test.py. Findings look like a compiler's.
"""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import house_rules
from source_text import Tree, functions

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

LIBS = """
room(base
  SOURCES clock.cc
  LIBRARIES absl::time)
# room(none)
room(ton DEPS base)
room(domain/order
  SOURCES order.cc
  DEPS base)
room(domain/payment
  DEPS base domain/order)
room(adapters/rpc
  SOURCES service.cc
  DEPS base domain/order)
"""


class TreeTest(unittest.TestCase):
    """One test for each rule, on the tree itself."""


def _holds(rule):
    def test(self):
        findings = [str(finding) for finding in rule(Tree(ROOT))]
        if findings:
            self.fail("\n" + "\n".join(findings))
    test.__doc__ = rule.__doc__
    return test


for _rule in house_rules.RULES:
    setattr(TreeTest, "test_" + _rule.__name__, _holds(_rule))


class PlantedTest(unittest.TestCase):
    """Each rule finds what was planted for it, and nothing else."""

    def findings(self, rule, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in dict({"libs/CMakeLists.txt": LIBS}, **files).items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            return ["%s:%d" % (f.path, f.line) for f in rule(Tree(root))]

    def expect(self, rule, files, *expected):
        self.assertEqual(sorted(self.findings(rule, files)), sorted(expected))

    def test_arrows(self):
        self.expect(house_rules.arrows, {
            "libs/domain/order/order.cc": '#include "base/id.h"\n#include "domain/payment/lane.h"\n',
            "libs/domain/order/ports/store.h": '#include "ton/cell.h"\n#include "domain/order/order.h"\n',
            "libs/domain/payment/lane.h": '#include "domain/order/ports/store.h"\n',
            "libs/adapters/rpc/service.cc": '#include "absl/strings/str_cat.h"\n',
        }, "libs/domain/order/order.cc:2", "libs/domain/order/ports/store.h:1")

    def test_arrows_sources_and_rooms(self):
        self.expect(house_rules.arrows, {
            "libs/base/forgotten.cc": "", "libs/elsewhere/file.h": "",
        }, "libs/base/forgotten.cc:1", "libs/elsewhere/file.h:1")

    def test_programs(self):
        self.expect(house_rules.programs, {
            "services/api/app.cc": '#include "adapters/rpc/service.h"\n',
            "services/api/lane.cc": '#include "base/id.h"\n#include "adapters/rpc/service.h"\n',
            "services/sandbox/chain.cc": '#include "ton/cell.h"\n#include "domain/order/order.h"\n',
            "services/sandbox/app.cc": '#include "adapters/rpc/service.h"\n',
        }, "services/api/lane.cc:2", "services/sandbox/chain.cc:2", "services/sandbox/app.cc:1")

    def test_purity(self):
        self.expect(house_rules.purity, {
            "libs/domain/order/a.cc": "#include <pqxx/pqxx>\n#include <mutex>\n#include <string>\n",
            "libs/domain/order/b.h": '#include "base/log.h"\n#include "starlift/v1/order.pb.h"\n',
            "libs/ton/c.cc": "#include <nlohmann/json.hpp>\n#include <mutex>\n#include <curl/curl.h>\n",
            "libs/base/log.cc": "#include <spdlog/spdlog.h>\n",
            "libs/adapters/rpc/d.cc": "#include <grpcpp/grpcpp.h>\n#include <thread>\n",
        }, "libs/domain/order/a.cc:1", "libs/domain/order/a.cc:2", "libs/domain/order/b.h:1",
            "libs/domain/order/b.h:2", "libs/ton/c.cc:1", "libs/ton/c.cc:3")

    def test_light_headers(self):
        self.expect(house_rules.light_headers, {
            "libs/adapters/rpc/a.h": '#include <grpcpp/server.h>\n#include "x/y.grpc.pb.h"\n',
            "libs/adapters/rpc/b.cc": "#include <grpcpp/server.h>\n",
            "services/api/c.h": "#include <pqxx/pqxx>\n",
        }, "libs/adapters/rpc/a.h:1", "libs/adapters/rpc/a.h:2", "services/api/c.h:1")

    def test_banned_calls(self):
        self.expect(house_rules.banned_calls, {
            "libs/domain/order/a.cc": "absl::Now();\nstd::chrono::system_clock::now();\ntime(nullptr);\n"
                                      "// absl::Now()\nLog(\"absl::Now()\");\nstart_time(1); x.time(2);\n",
            "libs/adapters/rpc/b.cc": "std::random_device d;\nrand();\nint operand(3);\n"
                                      "std::this_thread::sleep_for(x);\nusleep(3);\nabsl::SleepFor(x);\n",
            "services/api/c.cc": 'getenv("X");\nrequest.ShortDebugString();\nusing namespace std;\n',
            "libs/adapters/config/d.cc": 'getenv("X");\n',
            "libs/base/clock.cc": "absl::Now();\n",
            "tests/e.cc": "absl::Now();\n",
        }, "libs/domain/order/a.cc:1", "libs/domain/order/a.cc:2", "libs/domain/order/a.cc:3",
            "libs/adapters/rpc/b.cc:1", "libs/adapters/rpc/b.cc:2", "libs/adapters/rpc/b.cc:4",
            "libs/adapters/rpc/b.cc:5", "libs/adapters/rpc/b.cc:6",
            "services/api/c.cc:1", "services/api/c.cc:2", "services/api/c.cc:3")

    def test_sizes(self):
        long_function = "int f() {\n" + "  g();\n" * 59 + "}\n"
        self.expect(house_rules.sizes, {
            "libs/base/a.cc": "\n" * 401, "libs/base/b.cc": "\n" * 400,
            "tests/unit/c.cc": "\n" * 600, "tests/unit/d.cc": "\n" * 601,
            "services/api/main.cc": "\n" * 41, "services/worker/main.cc": "\n" * 40,
            "libs/base/e.cc": "namespace x {\n" + long_function + "}\n",
            "libs/base/f.cc": "struct X {\n" + long_function.replace("59", "58") + "};\n",
            "scripts/g": "\n" * 401,
        }, "libs/base/a.cc:401", "tests/unit/d.cc:601", "services/api/main.cc:41", "libs/base/e.cc:2",
            "libs/base/f.cc:2", "scripts/g:401")

    def test_names(self):
        self.expect(house_rules.names, {
            "libs/util/a.h": "", "libs/base/string_utils.h": "", "scripts/helpers.py": "",
            "libs/base/utility_belt.h": "", "libs/base/commonly.h": "",
        }, "libs/util/a.h:1", "libs/base/string_utils.h:1", "scripts/helpers.py:1")

    def test_left_open(self):
        self.expect(house_rules.left_open, {
            "libs/base/a.h": "\n// TO" "DO: later\n", "docs/b.md": "FIX" "ME\n", "c.cmake": "METHODOLOGY\n",
        }, "libs/base/a.h:2", "docs/b.md:1")

    def test_pragma_once(self):
        self.expect(house_rules.pragma_once, {
            "libs/base/a.h": "#ifndef A\n", "libs/base/b.h": "// Words.\n\n#pragma once\n",
            "libs/base/c.h": "#pragma once\n",
        }, "libs/base/a.h:1")

    def test_migrations(self):
        self.expect(house_rules.migrations, {
            "migrations/0001_a.sql": "", "migrations/0003_b.sql": "",
            "migrations/other/0001_a.sql": "", "migrations/other/0002_b.sql": "",
        }, "migrations/0003_b.sql:1")

    def test_formatting(self):
        self.expect(house_rules.formatting, {
            ".clang-format": "BasedOnStyle: Google\n",
            "libs/base/a.h": "#pragma once\nint   a;\nint   b;\n", "libs/base/b.h": "#pragma once\nint a;\n",
        }, "libs/base/a.h:2")

    def test_functions_are_told_from_other_braces(self):
        text = ('namespace {\nconstexpr int kTable[] = {\n1,\n2};\nclass A : public B {\n int Get() const {\n'
                ' return 1; }\n A(int x)\n : x_(x) {}\n};\nenum class E { kA };\n'
                'auto s = R"(f() {\n)";\n#define M(x) \\\n  do { \\\n  } while (0)\n'
                "struct A F(int x = 1'000) {\n if (x) {\n }\n}\nTEST(A, B) {\n}\n}\n")
        self.assertEqual(list(functions(text)), [(6, 7), (9, 9), (17, 20), (21, 22)])


if __name__ == "__main__":
    unittest.main()
