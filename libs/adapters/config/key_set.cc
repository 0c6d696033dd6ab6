#include "adapters/config/key_set.h"

#include <toml++/toml.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace starlift {
namespace {

std::string VariableName(absl::string_view key) {
  return absl::StrCat("STARLIFT_", absl::AsciiStrToUpper(absl::StrReplaceAll(key, {{".", "_"}})));
}

std::vector<std::string> SplitList(absl::string_view text) {
  std::vector<std::string> items;
  for (absl::string_view item : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    items.emplace_back(absl::StripAsciiWhitespace(item));
  }
  return items;
}

}  // namespace

struct KeySet::Document {
  toml::table root;
};
struct KeySet::Section {
  const toml::table& table;
};
struct KeySet::Value {
  const toml::node& node;
};

absl::Status ConfigMistakes(const std::vector<std::string>& mistakes) {
  if (mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
}

void KeySet::Declare(Key key) {
  STARLIFT_CHECK(Find(key.name) == nullptr);
  STARLIFT_CHECK(std::count(key.name.begin(), key.name.end(), '.') <= 1);
  keys_.push_back(std::move(key));
}

void KeySet::Text(absl::string_view name, std::string* target, absl::string_view meaning) {
  Declare({.name = std::string(name), .meaning = std::string(meaning), .text = target});
}

void KeySet::RequiredText(absl::string_view name, std::string* target, absl::string_view meaning) {
  Declare({.name = std::string(name),
           .meaning = std::string(meaning),
           .text = target,
           .required = true});
}

void KeySet::Choice(absl::string_view name, std::string* target, std::vector<std::string> words,
                    absl::string_view meaning) {
  Declare({.name = std::string(name),
           .meaning = std::string(meaning),
           .text = target,
           .words = std::move(words)});
}

void KeySet::Integer(absl::string_view name, int64_t* target, KeyRange range,
                     absl::string_view meaning) {
  Declare({.name = std::string(name),
           .meaning = std::string(meaning),
           .kind = Kind::kInteger,
           .integer = target,
           .range = range});
}

void KeySet::Flag(absl::string_view name, bool* target, absl::string_view meaning) {
  Declare({.name = std::string(name),
           .meaning = std::string(meaning),
           .kind = Kind::kFlag,
           .flag = target});
}

void KeySet::TextList(absl::string_view name, std::vector<std::string>* target,
                      absl::string_view meaning) {
  Declare({.name = std::string(name),
           .meaning = std::string(meaning),
           .kind = Kind::kTextList,
           .list = target});
}

void KeySet::DeclareTables(absl::string_view name, MakeRows make_rows) {
  Declare({.name = std::string(name),
           .meaning = "tables stand in the file alone",
           .kind = Kind::kTables,
           .make_rows = std::move(make_rows)});
}

std::vector<std::string> KeySet::Names() const {
  std::vector<std::string> names;
  for (const Key& key : keys_) names.push_back(key.name);
  return names;
}

const KeySet::Key* KeySet::Find(absl::string_view name) const {
  for (const Key& key : keys_) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

absl::Status KeySet::ReadFile(const std::string& path, const Environment& environment) {
  // A folder can be opened, and reads as an empty file.
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is not a regular file"));
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read"));
  const absl::Status status = ReadText(text.str(), environment);
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(path, ":\n", status.message()));
}

absl::Status KeySet::ReadText(absl::string_view toml, const Environment& environment) {
  Document document;
  try {
    document.root = toml::parse(std::string_view(toml.data(), toml.size()));
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(absl::StrCat(
        "line ", error.source().begin.line, ": not TOML: ", std::string(error.description())));
  }
  std::vector<std::string> mistakes;
  ApplyDocument(document, &mistakes);
  ApplyEnvironment(environment, &mistakes);
  CheckValues("", &mistakes);
  return ConfigMistakes(mistakes);
}

namespace {

// Each of these leaves the target alone and says false when the value is of another kind.
bool Assign(const toml::node& node, std::string* text) {
  const auto value = node.value_exact<std::string>();
  if (value) *text = *value;
  return value.has_value();
}

bool Assign(const toml::node& node, int64_t* integer) {
  const auto value = node.value_exact<int64_t>();
  if (value) *integer = *value;
  return value.has_value();
}

bool Assign(const toml::node& node, bool* flag) {
  const auto value = node.value_exact<bool>();
  if (value) *flag = *value;
  return value.has_value();
}

bool Assign(const toml::node& node, std::vector<std::string>* list) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return false;
  std::vector<std::string> items;
  for (const toml::node& item : *array) {
    if (!Assign(item, &items.emplace_back())) return false;
  }
  *list = std::move(items);
  return true;
}

}  // namespace

void KeySet::ApplyDocument(const Document& document, std::vector<std::string>* mistakes) const {
  for (const auto& [section, content] : document.root) {
    const std::string name(section.str());
    const toml::table* table = content.as_table();
    if (table == nullptr) {
      mistakes->push_back(absl::StrCat(name, ": unknown key outside of a section"));
      continue;
    }
    const std::string prefix = absl::StrCat(name, ".");
    ApplySection({*table}, prefix, prefix, mistakes);
  }
}

void KeySet::ApplySection(const Section& section, absl::string_view prefix, absl::string_view place,
                          std::vector<std::string>* mistakes) const {
  for (const auto& [entry, node] : section.table) {
    const std::string key_name(entry.str());
    const std::string told = absl::StrCat(place, key_name);
    const Key* key = Find(absl::StrCat(prefix, key_name));
    if (key == nullptr) {
      mistakes->push_back(absl::StrCat(told, ": unknown key"));
      continue;
    }
    constexpr absl::string_view kKinds[] = {"a text in quotes", "a whole number", "true or false",
                                            "a list of texts"};
    if (ApplyValue(*key, {node}, told, mistakes)) continue;
    mistakes->push_back(
        key->kind == Kind::kTables
            ? absl::StrCat(told, ": must be a list of tables, each under [[", told, "]]")
            : absl::StrCat(told, ": must be ", kKinds[static_cast<int>(key->kind)], " (",
                           key->meaning, ")"));
  }
}

bool KeySet::ApplyValue(const Key& key, const Value& value, absl::string_view place,
                        std::vector<std::string>* mistakes) const {
  switch (key.kind) {
    case Kind::kText:
      return Assign(value.node, key.text);
    case Kind::kInteger:
      return Assign(value.node, key.integer);
    case Kind::kFlag:
      return Assign(value.node, key.flag);
    case Kind::kTextList:
      return Assign(value.node, key.list);
    case Kind::kTables:
      return ApplyTables(key, value, place, mistakes);
  }
  return false;
}

bool KeySet::ApplyTables(const Key& key, const Value& value, absl::string_view place,
                         std::vector<std::string>* mistakes) {
  const toml::array* array = value.node.as_array();
  if (array == nullptr) return false;
  const bool tables = std::all_of(array->begin(), array->end(),
                                  [](const toml::node& node) { return node.is_table(); });
  if (!tables) return false;
  const std::vector<KeySet> rows = key.make_rows(array->size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string row_place = absl::StrCat(place, "[", i + 1, "].");
    rows[i].ApplySection({*array->get(i)->as_table()}, "", row_place, mistakes);
    rows[i].CheckValues(row_place, mistakes);
  }
  return true;
}

void KeySet::ApplyEnvironment(const Environment& environment,
                              std::vector<std::string>* mistakes) const {
  for (const Key& key : keys_) {
    const std::string variable = VariableName(key.name);
    const std::optional<std::string> value = environment(variable);
    if (!value.has_value()) continue;
    bool good = true;
    switch (key.kind) {
      case Kind::kText:
        *key.text = *value;
        break;
      case Kind::kInteger:
        good = absl::SimpleAtoi(*value, key.integer);
        break;
      case Kind::kFlag:
        good = absl::SimpleAtob(*value, key.flag);
        break;
      case Kind::kTextList:
        *key.list = SplitList(*value);
        break;
      case Kind::kTables:
        good = false;
        break;
    }
    if (!good) {
      mistakes->push_back(absl::StrCat(variable, ": cannot be read (", key.meaning, ")"));
    }
  }
}

void KeySet::CheckValues(absl::string_view place, std::vector<std::string>* mistakes) const {
  for (const Key& key : keys_) {
    if (key.required && key.text->empty()) {
      mistakes->push_back(absl::StrCat(place, key.name, ": must be given (", key.meaning, ")"));
    }
    if (key.kind == Kind::kInteger &&
        (*key.integer < key.range.least || *key.integer > key.range.greatest)) {
      mistakes->push_back(absl::StrCat(place, key.name, ": must be from ", key.range.least, " to ",
                                       key.range.greatest, " (", key.meaning, ")"));
    }
    if (!key.words.empty() &&
        std::find(key.words.begin(), key.words.end(), *key.text) == key.words.end()) {
      mistakes->push_back(absl::StrCat(place, key.name, ": must be one of ",
                                       absl::StrJoin(key.words, ", "), " (", key.meaning, ")"));
    }
  }
}

}  // namespace starlift
