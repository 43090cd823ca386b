// What a C++ textbook uses, on main()'s stack: std::thread, mutex, condition_variable, call_once,
// a static variable, shared_ptr, string. Nobody waits for ever, and no check fails.
#include <cassert>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace {

int made = 0;

struct Logger {
  Logger() { ++made; }
  int lines = 0;
};

Logger& logger() {
  static Logger one;
  return one;
}

}  // namespace

int main() {
  std::mutex mutex;
  std::condition_variable ready;
  std::once_flag once;
  int initialised = 0;
  std::shared_ptr<std::string> message;

  std::thread sender([&] {
    std::call_once(once, [&] { ++initialised; });
    auto text = std::make_shared<std::string>("a message too long for the small string's own room");
    const std::lock_guard lock(mutex);
    message = text;
    ++logger().lines;
    ready.notify_one();
  });
  std::thread receiver([&] {
    std::call_once(once, [&] { ++initialised; });
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return message != nullptr; });
    assert(message->size() == 50);
    ++logger().lines;
  });
  sender.join();
  receiver.join();
  assert(initialised == 1);
  assert(made == 1);
  assert(logger().lines == 2);
  return 0;
}
