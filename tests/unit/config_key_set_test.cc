#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/config/key_set.h"

namespace starlift {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Environment Variables(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

class ConfigKeySetTest : public testing::Test {
 protected:
  ConfigKeySetTest() {
    keys_.RequiredText("a.text", &text_, "some text");
    keys_.Choice("a.word", &word_, {"one", "two"}, "a word");
    keys_.Integer("b.number", &number_, {1, 10}, "a number");
    keys_.Flag("b.flag", &flag_, "a flag");
    keys_.TextList("b.list", &list_, "a list");
  }
  std::string Mistakes(absl::string_view toml, const Environment& environment = NoEnvironment()) {
    return std::string(keys_.ReadText(toml, environment).message());
  }

  std::string text_, word_ = "one";
  int64_t number_ = 5;
  bool flag_ = false;
  std::vector<std::string> list_ = {"x"};
  KeySet keys_;
};

TEST_F(ConfigKeySetTest, ReadsEveryKind) {
  EXPECT_EQ(Mistakes("[a]\ntext='t'\nword='two'\n[b]\nnumber=1_0\nflag=true\nlist=['p','q']"), "");
  EXPECT_EQ(text_, "t");
  EXPECT_EQ(word_, "two");
  EXPECT_EQ(number_, 10);
  EXPECT_TRUE(flag_);
  EXPECT_THAT(list_, ElementsAre("p", "q"));
}

TEST_F(ConfigKeySetTest, WhatIsLeftOutKeepsItsDefault) {
  EXPECT_EQ(Mistakes("[a]\ntext='t'"), "");
  EXPECT_EQ(word_, "one");
  EXPECT_EQ(number_, 5);
  EXPECT_THAT(list_, ElementsAre("x"));
}

TEST_F(ConfigKeySetTest, RefusesUnknownKeysByName) {
  EXPECT_THAT(Mistakes("[a]\ntext='t'\ntypo=1\n[c]\nd=1"),
              testing::AllOf(HasSubstr("a.typo: unknown key"), HasSubstr("c.d: unknown key")));
  EXPECT_THAT(Mistakes("text='t'\n[a]\ntext='t'"), HasSubstr("text: unknown key"));
}

TEST_F(ConfigKeySetTest, TellsAllMistakesAtOnce) {
  const std::string told =
      Mistakes("[a]\nword='three'\n[b]\nnumber=11\nflag='yes'\nlist=[1]\nother=2");
  EXPECT_THAT(told, HasSubstr("a.text: must be given"));
  EXPECT_THAT(told, HasSubstr("a.word: must be one of one, two"));
  EXPECT_THAT(told, HasSubstr("b.number: must be from 1 to 10"));
  EXPECT_THAT(told, HasSubstr("b.flag: must be true or false"));
  EXPECT_THAT(told, HasSubstr("b.list: must be a list of texts"));
  EXPECT_THAT(told, HasSubstr("b.other: unknown key"));
}

TEST_F(ConfigKeySetTest, NumbersAreNotTexts) {
  EXPECT_THAT(Mistakes("[a]\ntext='t'\n[b]\nnumber='5'"), HasSubstr("must be a whole number"));
  EXPECT_THAT(Mistakes("[a]\ntext=5"), HasSubstr("must be a text in quotes"));
}

TEST_F(ConfigKeySetTest, SaysWhereTheFileIsNoToml) {
  EXPECT_THAT(Mistakes("[a]\ntext="), HasSubstr("line 2: not TOML"));
}

TEST_F(ConfigKeySetTest, TheEnvironmentOverridesTheFile) {
  EXPECT_EQ(Mistakes("[a]\ntext='t'\n[b]\nnumber=1", Variables({{"STARLIFT_A_TEXT", "u"},
                                                                {"STARLIFT_B_NUMBER", "7"},
                                                                {"STARLIFT_B_FLAG", "true"},
                                                                {"STARLIFT_B_LIST", "p, q"}})),
            "");
  EXPECT_EQ(text_, "u");
  EXPECT_EQ(number_, 7);
  EXPECT_TRUE(flag_);
  EXPECT_THAT(list_, ElementsAre("p", "q"));
}

TEST_F(ConfigKeySetTest, TheEnvironmentIsCheckedToo) {
  EXPECT_THAT(Mistakes("[a]\ntext='t'", Variables({{"STARLIFT_B_NUMBER", "many"}})),
              HasSubstr("STARLIFT_B_NUMBER"));
  EXPECT_THAT(Mistakes("[a]\ntext='t'", Variables({{"STARLIFT_B_NUMBER", "11"}})),
              HasSubstr("b.number: must be from 1 to 10"));
}

struct Row {
  std::string name;
  int64_t number = 7;
};

class ConfigTablesTest : public testing::Test {
 protected:
  ConfigTablesTest() {
    keys_.Flag("a.flag", &flag_, "a flag");
    keys_.Tables<Row>("a.rows", &rows_, [](Row* row, KeySet* keys) {
      keys->RequiredText("name", &row->name, "its name");
      keys->Integer("number", &row->number, {1, 10}, "its number");
    });
  }
  std::string Mistakes(absl::string_view toml, const Environment& environment = NoEnvironment()) {
    return std::string(keys_.ReadText(toml, environment).message());
  }

  bool flag_ = false;
  std::vector<Row> rows_ = {{"default", 1}};
  KeySet keys_;
};

TEST_F(ConfigTablesTest, EachTableFillsARow) {
  EXPECT_EQ(Mistakes("[a]\nflag=true\n[[a.rows]]\nname='x'\n[[a.rows]]\nname='y'\nnumber=3"), "");
  ASSERT_EQ(rows_.size(), 2u);
  EXPECT_EQ(rows_[0].name, "x");
  EXPECT_EQ(rows_[0].number, 7);
  EXPECT_EQ(rows_[1].name, "y");
  EXPECT_EQ(rows_[1].number, 3);
  EXPECT_TRUE(flag_);
  EXPECT_THAT(keys_.Names(), ElementsAre("a.flag", "a.rows"));
}

TEST_F(ConfigTablesTest, WithoutTablesTheDefaultStays) {
  EXPECT_EQ(Mistakes("[a]\nflag=true"), "");
  EXPECT_EQ(rows_.size(), 1u);
  EXPECT_EQ(Mistakes("[a]\nrows=[]"), "");
  EXPECT_TRUE(rows_.empty());
}

TEST_F(ConfigTablesTest, MistakesSayWhichRow) {
  EXPECT_THAT(Mistakes("[[a.rows]]\nname='x'\n[[a.rows]]\nnumber=11\nother=1"),
              testing::AllOf(HasSubstr("a.rows[2].name: must be given"),
                             HasSubstr("a.rows[2].number: must be from 1 to 10"),
                             HasSubstr("a.rows[2].other: unknown key")));
  EXPECT_THAT(Mistakes("[[a.rows]]\nname=1"), HasSubstr("a.rows[1].name: must be a text"));
  EXPECT_THAT(Mistakes("[a]\nrows='x'"), HasSubstr("a.rows: must be a list of tables"));
  EXPECT_THAT(Mistakes("[a]\nrows=['x']"), HasSubstr("a.rows: must be a list of tables"));
  EXPECT_THAT(Mistakes("[a.rows]\nname='x'"), HasSubstr("a.rows: must be a list of tables"));
  EXPECT_THAT(Mistakes("", Variables({{"STARLIFT_A_ROWS", "x"}})), HasSubstr("STARLIFT_A_ROWS"));
}

}  // namespace
}  // namespace starlift
