// Defects of order and atomicity, on the article's own programs: D1 to D3, D10 to D13.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "stress/testing/defects/article_process.h"

namespace minusone {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ArticleOrder : public testing::Test {
 protected:
  ArticleSegment segment;
};

TEST_F(ArticleOrder, D1_AReaderThatStartsDiscardsAnEarlierMessage) {
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "early\n");
  EXPECT_EQ(segment.look().written, 1);
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  EXPECT_EQ(segment.look().written, 0);
  EXPECT_STREQ(segment.look().text, "early\n") << "it is there, and nobody will look";
  EXPECT_THAT(reader.printed(), Not(HasSubstr("early")));
}

TEST_F(ArticleOrder, D2_ASecondReaderThatStartsWipesAMessageInFlight) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "in flight\n");
  ArticleProcess second(segment, "shmread");
  start_reader(second);
  reader.go();
  EXPECT_EQ(reader.at(), "sleep 1") << "the first reader finds nothing either";
  EXPECT_THAT(reader.printed() + second.printed(), Not(HasSubstr("in flight")));
}

TEST_F(ArticleOrder, D3a_AReaderQuitsOnAMessageThatItNeverPrinted) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "one\n");
  take(reader);  // released; not yet compared with "end"
  ASSERT_TRUE(writer.go_to("fgets"));
  send(writer, "end\n");
  reader.go();
  EXPECT_EQ(reader.at(), "shmdt") << "it leaves";
  EXPECT_THAT(reader.printed(), Not(HasSubstr("end")));
}

TEST_F(ArticleOrder, D3b_AReaderMissesTheEndThatItPrinted) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess first(segment, "shmwrite"), second(segment, "shmwrite");
  start_writer(first);
  start_writer(second);
  send(first, "end\n");
  take(reader);
  send(second, "more\n");
  EXPECT_THAT(reader.printed(), HasSubstr("You wrote: end"));
  reader.go();
  EXPECT_THAT(reader.at(), HasSubstr("You wrote")) << "it reads on for ever";
}

class ArticleIllegalState : public ArticleOrder, public testing::WithParamInterface<int> {};

TEST_P(ArticleIllegalState, D10_LetsBothSidesOwnTheSlot) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess writer(segment, "shmwrite");
  ASSERT_TRUE(writer.go_to("printf Memory"));
  std::strcpy(segment.look().text, "unread\n");
  segment.look().written = GetParam();
  reader.go();
  EXPECT_THAT(reader.at(), HasSubstr("You wrote")) << "for the reader (!= 0) it is full";
  start_writer(writer);
  EXPECT_THAT(writer.printed(), Not(HasSubstr("Waiting"))) << "for the writer (== 1) it is empty";
  send(writer, "clobbers\n");
  reader.go();
  EXPECT_THAT(reader.printed(), AllOf(HasSubstr("clobbers"), Not(HasSubstr("unread"))));
}

INSTANTIATE_TEST_SUITE_P(TwoAndMinusOne, ArticleIllegalState, testing::Values(2, -1));

TEST_F(ArticleOrder, D11_TwoWritersThatPassTheCheckTogetherLoseAMessage) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess a(segment, "shmwrite"), b(segment, "shmwrite");
  start_writer(a);
  start_writer(b);
  send(a, "from a\n");
  send(b, "from b\n");
  take(reader);
  reader.go();
  EXPECT_EQ(reader.at(), "sleep 1") << "nothing more to read";
  EXPECT_THAT(reader.printed(), AllOf(HasSubstr("from b"), Not(HasSubstr("from a"))));
}

TEST_F(ArticleOrder, D12_TwoWritersTearAMessage) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess a(segment, "shmwrite"), b(segment, "shmwrite");
  start_writer(a);
  start_writer(b);
  b.type(std::string(2000, 'b') + "\n");
  ASSERT_TRUE(b.go_to("strncpy half"));
  a.type(std::string(2000, 'a') + "\n");
  ASSERT_TRUE(a.go_to("strncpy half"));  // the first half is a's
  ASSERT_TRUE(b.go_to("strncmp"));       // the second half is b's, and it is published
  take(reader);
  EXPECT_THAT(reader.printed(),
              HasSubstr("You wrote: " + std::string(1024, 'a') + std::string(976, 'b') + "\n"));
}

TEST_F(ArticleOrder, D12b_ALateSecondHalfDeliversOneMessageTwiceAndTheOtherNever) {
  ArticleProcess reader(segment, "shmread");
  start_reader(reader);
  ArticleProcess a(segment, "shmwrite"), b(segment, "shmwrite");
  start_writer(a);
  start_writer(b);
  a.type("from a\n");
  ASSERT_TRUE(a.go_to("strncpy half"));
  send(b, "from b\n");
  take(reader);
  reader.go();
  ASSERT_TRUE(a.go_to("strncmp"));  // what is left of its copy are zeros
  take(reader);
  EXPECT_THAT(reader.printed(),
              AllOf(HasSubstr("from b\nYou wrote: from b\n"), Not(HasSubstr("from a"))));
}

TEST_F(ArticleOrder, D13_TwoReadersThatPassTheCheckTogetherPrintOneMessageTwice) {
  ArticleProcess first(segment, "shmread"), second(segment, "shmread");
  start_reader(first);
  start_reader(second);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "once\n");
  first.go();
  second.go();
  ASSERT_TRUE(first.go_to("strncmp"));
  ASSERT_TRUE(second.go_to("strncmp"));
  EXPECT_THAT(first.printed(), HasSubstr("once"));
  EXPECT_THAT(second.printed(), HasSubstr("once"));
}

TEST_F(ArticleOrder, D13b_ALateReleaseErasesTheNextMessage) {
  ArticleProcess first(segment, "shmread"), second(segment, "shmread");
  start_reader(first);
  start_reader(second);
  ArticleProcess writer(segment, "shmwrite");
  start_writer(writer);
  send(writer, "message 1\n");
  second.go();
  ASSERT_TRUE(second.go_to("rand"));
  ASSERT_TRUE(second.go_to("sleep"));  // it has printed, and has yet to write 0
  take(first);
  ASSERT_TRUE(writer.go_to("fgets"));
  send(writer, "message 2\n");
  ASSERT_EQ(segment.look().written, 1);
  second.go();
  EXPECT_EQ(segment.look().written, 0);
  first.go();
  EXPECT_EQ(first.at(), "sleep 1");
  EXPECT_THAT(first.printed() + second.printed(), Not(HasSubstr("message 2")));
}

}  // namespace
}  // namespace minusone
