#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace minusone {

/// For tests: threads that make real calls, one at a time each, and may be seen to be blocked in
/// them. Whether one is blocked is judged by what the scheduler and the kernel say, never by time.
class RealAgents {
 public:
  using Job = std::function<std::int64_t()>;

  explicit RealAgents(int count) {
    for (int i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>());
    for (auto& worker : workers_) worker->thread = std::thread([&worker] { worker->run(); });
    for (auto& worker : workers_) {
      while (worker->id == 0) std::this_thread::yield();
    }
  }
  /// @pre nobody is busy
  ~RealAgents() {
    for (auto& worker : workers_) worker->give({});
    for (auto& worker : workers_) worker->thread.join();
  }
  RealAgents(const RealAgents&) = delete;
  RealAgents& operator=(const RealAgents&) = delete;

  void start(int agent, Job job) { at(agent).give(std::move(job)); }
  /// Waits until each has finished its call or sleeps in it.
  void settle() const {
    for (int quiet = 0; quiet < 2;) {
      bool all = true;
      for (const auto& worker : workers_) all &= worker->done || worker->sleeps();
      quiet = all ? quiet + 1 : 0;
      std::this_thread::yield();
    }
  }
  /// What the call returned; nothing while it goes on.
  std::optional<std::int64_t> result(int agent) const {
    const Worker& worker = *workers_[static_cast<std::size_t>(agent)];
    return worker.done ? std::optional(worker.result) : std::nullopt;
  }

 private:
  struct Worker {
    Worker() {
      if (pipe(orders) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    }
    ~Worker() {
      close(orders[0]);
      close(orders[1]);
    }
    void give(Job next) {
      job = std::move(next);
      done = false;
      if (write(orders[1], "x", 1) != 1) std::abort();
    }
    void run() {
      id = static_cast<pid_t>(syscall(SYS_gettid));
      char order;
      while (read(orders[0], &order, 1) == 1 && job) {
        result = job();
        done = true;
      }
    }
    /// In a call that waits for others, and not as one who was woken already.
    bool sleeps() const {
      const std::string task = "/proc/self/task/" + std::to_string(id);
      std::string line;
      std::getline(std::ifstream(task + "/syscall"), line);
      long call = -1;
      unsigned long arguments[4] = {};
      std::sscanf(line.c_str(), "%ld %lx %lx %lx %lx", &call, &arguments[0], &arguments[1],
                  &arguments[2], &arguments[3]);
      const bool waits = call == SYS_futex || call == SYS_semop || call == SYS_semtimedop;
      const bool has_timeout = call != SYS_semop && arguments[3] != 0;
      if (!waits || has_timeout) return false;
      std::getline(std::ifstream(task + "/stat"), line);
      return line.find(") S ") != std::string::npos;
    }

    int orders[2];
    Job job;
    std::atomic<bool> done = true;
    std::int64_t result = 0;
    std::atomic<pid_t> id = 0;
    std::thread thread;
  };

  Worker& at(int agent) { return *workers_[static_cast<std::size_t>(agent)]; }

  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace minusone
