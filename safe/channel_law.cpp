#include "safe/channel_law.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <deque>
#include <string>

#include "protocol/deadline.h"
#include "protocol/testing/instance.h"

namespace minusone {
namespace {

constexpr timespec past{0, 0};

/// Any bytes, NULs among them; now and then the largest message.
std::string any_text() {
  const auto size = *rc::gen::weightedOneOf<std::size_t>(
      {{8, rc::gen::inRange<std::size_t>(0, 300)}, {1, rc::gen::just(std::size_t{max_message})}});
  const auto start = *rc::gen::arbitrary<unsigned char>();
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>(i % 5 == 0 ? 0 : start + i * 31);
  return text;
}

bool read(const Protocol& protocol, void* at, std::string& text) {
  text.assign(max_message, '?');
  std::size_t size = 0;
  if (!protocol.read(at, text.data(), text.size(), &size, &past)) return false;
  text.resize(size);
  return true;
}

}  // namespace

void expect_bounded_queue(const Protocol& protocol) {
  EXPECT_TRUE(protocol.timed);
  EXPECT_TRUE(rc::check(protocol.name + " is a bounded queue", [&] {
    const Instance instance(protocol);
    std::deque<std::string> model;
    const auto steps = *rc::gen::inRange(1, 24);
    for (int i = 0; i < steps; ++i) {
      if (*rc::gen::arbitrary<bool>()) {
        const auto text = any_text();
        const bool fits = model.size() < static_cast<std::size_t>(protocol.capacity);
        RC_ASSERT(protocol.write(instance.at(), text.data(), text.size(), &past) == fits);
        if (fits) model.push_back(text);
      } else {
        std::string text;
        RC_ASSERT(read(protocol, instance.at(), text) == !model.empty());
        if (model.empty()) continue;
        RC_ASSERT(text == model.front());
        model.pop_front();
      }
    }
  }));
}

void expect_room_to_be_respected(const Protocol& protocol) {
  const Instance instance(protocol);
  ASSERT_TRUE(protocol.write(instance.at(), "0123456789", 10, nullptr));
  char room[8] = "???????";
  std::size_t size = 0;
  ASSERT_TRUE(protocol.read(instance.at(), room, 4, &size, nullptr));
  EXPECT_EQ(size, 10U);
  EXPECT_STREQ(room, "0123???");
}

void expect_deadlines_to_be_kept(const Protocol& protocol) {
  const Instance instance(protocol);
  const timespec deadline = deadline_in(std::chrono::milliseconds(20));
  char room[1];
  std::size_t size = 0;
  EXPECT_FALSE(protocol.read(instance.at(), room, sizeof room, &size, &deadline));
  EXPECT_TRUE(has_passed(&deadline)) << "it gave up early";
}

}  // namespace minusone
