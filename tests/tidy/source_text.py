"""The project's files, and C++ text without what is not code."""

import os
import re

SKIPPED_FOLDERS = {".git", "node_modules", "__pycache__", ".venv"}


class Tree:
    """The files below a root that belong to the project, by their path from there."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(self._walk())

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS and not
                          (folder == self.root and re.match(r"build(-|$)", f))]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def cpp(self, *under):
        """C++ files, all or those below one of `under`."""
        return [p for p in self.paths if p.endswith((".cc", ".h")) and
                (not under or p.startswith(tuple(under)))]


class Finding:
    def __init__(self, path, line, text):
        self.path, self.line, self.text = path, line, text

    def __str__(self):
        return "%s:%d: %s" % (self.path, self.line, self.text)


_NOT_CODE = re.compile(
    r'R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'   # a raw string
    r'|"(?:\\.|[^"\\\n])*"'                         # a string
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'"         # a character, not a digit separator
    r"|//[^\n]*|/\*.*?\*/", re.DOTALL)


def code_only(text):
    """The text with comments and the insides of strings blanked, line breaks kept."""
    def blank(match):
        found = match.group(0)
        lines = "\n" * found.count("\n")
        return lines if found.startswith("/") else '""' + lines
    return _NOT_CODE.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def includes(text):
    """(line, target, in angle brackets) of each #include."""
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', text, re.MULTILINE):
        yield line_of(text, match.start()), match.group(2), match.group(1) == "<"


_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def functions(text):
    """(first line, last line) of each function body, by its braces."""
    code = _without_macros(code_only(text))
    stack, start = [], 0
    for match in re.finditer(r"[{};]", code):
        sign, at = match.group(0), match.start()
        if sign == "{":
            stack.append((_kind(code[start:at], stack), line_of(code, at)))
        elif sign == "}" and stack:
            kind, first = stack.pop()
            if kind == "function":
                yield first, line_of(code, at)
        start = at + 1


def _without_macros(code):
    """Preprocessor lines blanked together with what continues them."""
    lines, continued = [], False
    for line in code.split("\n"):
        hidden = continued or line.lstrip().startswith("#")
        continued = hidden and line.rstrip().endswith("\\")
        lines.append("" if hidden else line)
    return "\n".join(lines)


def _kind(before, stack):
    """What a brace opens that follows the text `before`."""
    if any(kind != "scope" for kind, _ in stack):
        return "inner"
    head = before.strip()
    is_scope = _SCOPE.search(head) and not re.search(r"\)\s*(const|noexcept|override|final|\s)*$", head)
    if is_scope:
        return "scope"
    return "function" if ")" in head else "inner"
