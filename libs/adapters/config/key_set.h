#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/config/environment.h"

namespace starlift {

// The least and the greatest value that a number may have.
struct KeyRange {
  int64_t least = 0;
  int64_t greatest = INT64_MAX;
};

// The keys that a program's TOML file may hold, each bound to the place where its value goes. The
// default is what stands there when the key is declared; a key that the file leaves out keeps it.
//
//   KeySet keys;
//   keys.Text("server.listen", &config.listen, "where gRPC listens, host:port");
//   keys.Integer("stretching.queue", &config.queue, {1, 10'000}, "phrases that may wait");
//   RETURN_IF_ERROR(keys.ReadFile(path, ProcessEnvironment()));
//
// The variable STARLIFT_<SECTION>_<KEY> overrides the file (lists: separated by commas). Keys that
// are not declared are refused by name, and all mistakes are reported at once (INVALID_ARGUMENT, a
// line each).
//
// A list of tables, [[section.name]] in the file, fills one struct a table; no variable overrides
// it:
//
//   keys.Tables("house.wallets", &config.wallets, [](Wallet* wallet, KeySet* row) {
//     row->RequiredText("name", &wallet->name, "what people call it");
//   });
class KeySet {
 public:
  // Names are "section.key"; `meaning` ends up in the messages.
  void Text(absl::string_view name, std::string* target, absl::string_view meaning);
  // A text that must not be empty.
  void RequiredText(absl::string_view name, std::string* target, absl::string_view meaning);
  // One of a few words.
  void Choice(absl::string_view name, std::string* target, std::vector<std::string> words,
              absl::string_view meaning);
  void Integer(absl::string_view name, int64_t* target, KeyRange range, absl::string_view meaning);
  void Flag(absl::string_view name, bool* target, absl::string_view meaning);
  void TextList(absl::string_view name, std::vector<std::string>* target,
                absl::string_view meaning);
  // `declare` binds the keys of one row, whose names have no section, to its struct.
  template <typename Row>
  void Tables(absl::string_view name, std::vector<Row>* target,
              std::function<void(Row* row, KeySet* keys)> declare) {
    DeclareTables(name, [target, declare = std::move(declare)](size_t count) {
      std::vector<KeySet> rows(count);
      *target = std::vector<Row>(count);
      for (size_t i = 0; i < count; ++i) declare(&(*target)[i], &rows[i]);
      return rows;
    });
  }

  absl::Status ReadText(absl::string_view toml, const Environment& environment);
  absl::Status ReadFile(const std::string& path, const Environment& environment);

  // "section.key" of every declared key, in the order of declaration; for a list of tables
  // "section.name".
  std::vector<std::string> Names() const;

 private:
  enum class Kind { kText, kInteger, kFlag, kTextList, kTables };
  // Makes so many rows, and a set for each that is bound to it.
  using MakeRows = std::function<std::vector<KeySet>(size_t count)>;
  struct Key {
    std::string name;
    std::string meaning;
    Kind kind = Kind::kText;
    std::string* text = nullptr;
    int64_t* integer = nullptr;
    bool* flag = nullptr;
    std::vector<std::string>* list = nullptr;
    KeyRange range;
    std::vector<std::string> words;  // Choice only
    bool required = false;
    MakeRows make_rows;  // Tables only
  };
  struct Document;
  struct Section;
  struct Value;

  void DeclareTables(absl::string_view name, MakeRows make_rows);
  void Declare(Key key);
  const Key* Find(absl::string_view name) const;
  void ApplyDocument(const Document& document, std::vector<std::string>* mistakes) const;
  // `prefix` precedes a key's name where it is declared, `place` where a mistake is told.
  void ApplySection(const Section& section, absl::string_view prefix, absl::string_view place,
                    std::vector<std::string>* mistakes) const;
  bool ApplyValue(const Key& key, const Value& value, absl::string_view place,
                  std::vector<std::string>* mistakes) const;
  static bool ApplyTables(const Key& key, const Value& value, absl::string_view place,
                          std::vector<std::string>* mistakes);
  void ApplyEnvironment(const Environment& environment, std::vector<std::string>* mistakes) const;
  void CheckValues(absl::string_view place, std::vector<std::string>* mistakes) const;

  std::vector<Key> keys_;
};

// All lines in one INVALID_ARGUMENT; OK when there are none.
absl::Status ConfigMistakes(const std::vector<std::string>& mistakes);

}  // namespace starlift
