#pragma once

#include <gtest/gtest.h>

#include "protocol/testing/instance.h"

/// What the plain and the atomic counter have in common, in the hands of one: each is forced into
/// the state that a race would leave, and shows what follows.
template <class Counter>
class CounterLaw : public testing::Test {
 protected:
  const minusone::Instance instance{*minusone_protocol()};
  Counter& counter = instance.as<Counter>();
};

TYPED_TEST_SUITE_P(CounterLaw);

TYPED_TEST_P(CounterLaw, HandsOneMessageOverWhenTwoTakeTurns) {
  char room[6] = {};
  for (const char* text : {"hello", "world"}) {
    this->counter.write(text, 6);
    EXPECT_EQ(this->counter.written, 1);
    this->counter.read(room, sizeof room);
    EXPECT_STREQ(room, text);
    EXPECT_EQ(this->counter.written, 0);
  }
}

TYPED_TEST_P(CounterLaw, HandsTheSameMessageOutTwiceAtTwo) {
  this->counter.write("twice", 6);
  this->counter.written = 2;  // as after two writers that passed the check together
  for (int i = 0; i < 2; ++i) {
    char room[6] = {};
    this->counter.read(room, sizeof room);
    EXPECT_STREQ(room, "twice");
  }
  EXPECT_EQ(this->counter.written, 0);
}

TYPED_TEST_P(CounterLaw, RunsAwayBelowZero) {
  this->counter.write("old", 4);
  this->counter.written = -1;  // as after two readers that passed the check together
  char room[4];
  for (int i = 0; i < 10; ++i) this->counter.read(room, sizeof room);
  EXPECT_EQ(this->counter.written, -11) << "ten messages of none, and no writer will ever see 0";
}

REGISTER_TYPED_TEST_SUITE_P(CounterLaw, HandsOneMessageOverWhenTwoTakeTurns,
                            HandsTheSameMessageOutTwiceAtTwo, RunsAwayBelowZero);
