#include "adapters/fragment/html_text.h"

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace starlift::fragment {
namespace {

constexpr size_t kMaxEntity = 10;  // "&#1114111;"

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xc0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xe0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    *out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    *out += static_cast<char>(0xf0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    *out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// What stands between '&' and ';'. False: not an entity that we know.
bool AppendEntity(absl::string_view name, std::string* out) {
  static constexpr std::pair<absl::string_view, absl::string_view> kNamed[] = {
      {"amp", "&"},  {"lt", "<"},   {"gt", ">"},         {"quot", "\""},
      {"apos", "'"}, {"nbsp", " "}, {"rsquo", "\u2019"}, {"hellip", "\u2026"}};
  for (const auto& [known, text] : kNamed) {
    if (name == known) {
      out->append(text.data(), text.size());
      return true;
    }
  }
  if (!absl::ConsumePrefix(&name, "#")) return false;
  uint32_t code = 0;
  const bool hex = absl::ConsumePrefix(&name, "x") || absl::ConsumePrefix(&name, "X");
  const bool read = hex ? absl::SimpleHexAtoi(name, &code) : absl::SimpleAtoi(name, &code);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (!read || name.empty() || code == 0 || code > 0x10ffff || surrogate) return false;
  AppendUtf8(code == 0xa0 ? ' ' : code, out);
  return true;
}

// A '<' begins a tag only before a letter, '/' or '!', so that "a < b" and "<3" stay text.
bool BeginsTag(absl::string_view rest) {
  if (rest.size() < 2) return false;
  return absl::ascii_isalpha(static_cast<unsigned char>(rest[1])) || rest[1] == '/' ||
         rest[1] == '!';
}

}  // namespace

std::string VisibleText(absl::string_view html) {
  std::string text;
  text.reserve(html.size());
  for (size_t at = 0; at < html.size(); ++at) {
    if (html[at] == '<' && BeginsTag(html.substr(at))) {
      const size_t end = html.find('>', at);
      if (end == absl::string_view::npos) break;
      at = end;
      continue;
    }
    if (html[at] == '&') {
      const size_t end = html.substr(at + 1, kMaxEntity).find(';');
      if (end != absl::string_view::npos && AppendEntity(html.substr(at + 1, end), &text)) {
        at += end + 1;
        continue;
      }
    }
    text += html[at];
  }
  absl::StrReplaceAll({{"\u2019", "'"}}, &text);
  absl::RemoveExtraAsciiWhitespace(&text);
  return text;
}

}  // namespace starlift::fragment
