// Defects of what is handed over, on the article's own programs: D4 to D9, D25, D26, D32, D34.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "stress/testing/defects/article_process.h"

namespace minusone {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class ArticleText : public testing::Test {
 protected:
  void SetUp() override {
    start_reader(reader);
    start_writer(writer);
  }

  ArticleSegment segment;
  ArticleProcess reader{segment, "shmread", {.neighbour = "secret of the page behind"}};
  ArticleProcess writer{segment, "shmwrite"};
};

TEST_F(ArticleText, D4_ALongTextHasNoTerminatorAndPrintfReadsOn) {
  std::memset(segment.look().slack, 'Z', 100);
  send(writer, std::string(3000, 'A') + "\n");
  take(reader);
  EXPECT_THAT(reader.printed(),
              EndsWith("You wrote: " + std::string(2048, 'A') + std::string(100, 'Z')));
}

TEST_F(ArticleText, D4b_AndLeavesTheSegment) {
  std::memset(segment.look().slack, 'Z', sizeof segment.look().slack);
  send(writer, std::string(3000, 'A') + "\n");
  take(reader);
  EXPECT_THAT(reader.printed(), EndsWith("ZZZsecret of the page behind"));
}

TEST_F(ArticleText, D5_OneLongLineBecomesTwoMessagesAndMostOfItIsGone) {
  std::string line;
  while (line.size() < 8999) line += static_cast<char>('a' + line.size() % 23);
  send(writer, line + "\n");
  take(reader);
  const auto first = reader.printed();
  reader.go();
  ASSERT_TRUE(writer.go_to("fgets"));
  ASSERT_TRUE(writer.go_to("strncmp"));  // nothing more was typed
  take(reader);
  const auto both = reader.printed();
  EXPECT_THAT(first, EndsWith("You wrote: " + line.substr(0, 2048)));
  EXPECT_EQ(both.substr(first.size()), "You wrote: " + line.substr(8191) + "\n");
  EXPECT_EQ(2048 + line.substr(8191).size() + 1, 2857U) << "of 9000 bytes";
}

TEST_F(ArticleText, D6_AShortTextWritesTheWholeBuffer) {
  std::memset(segment.look().text, 0xff, sizeof segment.look().text);
  send(writer, "x\n");
  EXPECT_EQ(std::string(segment.look().text, 2048), "x\n" + std::string(2046, '\0'));
}

TEST_F(ArticleText, D7_AtTheEndOfInputTheLastLineIsSentForEver) {
  writer.type("last\n");
  writer.end_of_input();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(writer.go_to("strncmp")) << i;
    take(reader);
    reader.go();
    writer.go();
  }
  std::string twenty;
  for (int i = 0; i < 20; ++i) twenty += "You wrote: last\n";
  EXPECT_THAT(reader.printed(), EndsWith(twenty));
}

TEST_F(ArticleText, D8_AtTheEndOfInputAMessageIsSentThatNobodyTyped) {
  writer.end_of_input();
  ASSERT_TRUE(writer.go_to("strncmp"));
  EXPECT_EQ(segment.look().written, 1) << "an uninitialised buffer is published";
  reader.go();
  EXPECT_THAT(reader.at(), HasSubstr("You wrote"));
}

TEST_F(ArticleText, D9_AnEmbeddedNulCutsTheMessageAndItsNewline) {
  send(writer, std::string("ab\0cd\n", 6));
  take(reader);
  EXPECT_THAT(reader.printed(), EndsWith("You wrote: ab"));
}

TEST_F(ArticleText, D25_EscapeSequencesReachTheReadersTerminal) {
  send(writer, "\x1b]0;pwned\a\n");
  take(reader);
  EXPECT_THAT(reader.printed(), HasSubstr("\x1b]0;pwned\a"));
}

TEST_F(ArticleText, D26_ThePrintedAddressHasLostItsUpperHalf) {
  std::ifstream maps("/proc/" + std::to_string(writer.process()) + "/maps");
  std::string line, mapped;
  while (std::getline(maps, line)) {
    if (line.find("/SYSV") != std::string::npos) mapped = line.substr(0, line.find('-'));
  }
  ASSERT_GT(mapped.size(), 8U) << "a 64-bit address";
  const auto printed =
      std::strtoul(writer.printed().substr(writer.printed().find(" at ") + 4).c_str(), nullptr, 16);
  EXPECT_EQ(printed, std::strtoul(mapped.c_str(), nullptr, 16) & 0xffffffffU);
  EXPECT_NE(printed, std::strtoul(mapped.c_str(), nullptr, 16));
}

TEST_F(ArticleText, D32_TheRandomDelaysAreTheSameInEveryRun) {
  const auto delays = [&] {
    ArticleSegment own;
    ArticleProcess some(own, "shmread"), sender(own, "shmwrite");
    start_reader(some);
    start_writer(sender);
    std::string drawn;
    for (int i = 0; i < 8; ++i) {
      send(sender, "x\n");
      some.go();
      EXPECT_TRUE(some.go_to("rand"));
      drawn += some.at() + " ";
      EXPECT_TRUE(some.go_to("strncmp"));
      EXPECT_TRUE(some.go_to("sleep 1"));
      EXPECT_TRUE(sender.go_to("fgets"));
    }
    return drawn;
  };
  const auto first = delays();
  EXPECT_THAT(first, HasSubstr("rand "));
  EXPECT_EQ(first, delays());
}

TEST_F(ArticleText, D34_AnyTextThatBeginsWithEndEndsBoth) {
  send(writer, "endless love\n");
  take(reader);
  reader.go();
  EXPECT_EQ(reader.at(), "shmdt");
  writer.go();
  EXPECT_EQ(writer.at(), "shmdt");
}

}  // namespace
}  // namespace minusone
