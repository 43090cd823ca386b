#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "stress/machine/step.h"

/// For tests: steps, and executions of them.
namespace minusone {

inline constexpr std::uint64_t data = 0x1000, flag = 0x2000, lock = 0x3000;

inline Step step(std::uint8_t agent, Action action, std::uint64_t address, bool reads, bool writes,
                 int order = __ATOMIC_SEQ_CST) {
  Step made;
  made.agent = agent;
  made.action = action;
  made.order = static_cast<std::uint8_t>(order);
  made.add(address, 4, reads, writes);
  return made;
}
inline Step write(std::uint8_t agent, std::uint64_t at) {
  return step(agent, Action::plain_write, at, false, true);
}
inline Step read(std::uint8_t agent, std::uint64_t at) {
  return step(agent, Action::plain_read, at, true, false);
}
inline Step store(std::uint8_t agent, std::uint64_t at, int order) {
  return step(agent, Action::atomic_store, at, false, true, order);
}
inline Step load(std::uint8_t agent, std::uint64_t at, int order) {
  return step(agent, Action::atomic_load, at, true, false, order);
}
inline Step add(std::uint8_t agent, std::uint64_t at, int order) {
  return step(agent, Action::atomic_add, at, true, true, order);
}
inline Step fence(std::uint8_t agent, int order) {
  Step made;
  made.agent = agent;
  made.action = Action::fence;
  made.order = static_cast<std::uint8_t>(order);
  return made;
}

inline Step failing(Step made) {
  made.accesses[0].writes = false;
  return made;
}
inline Step call(std::uint8_t agent, Action action) {
  return step(agent, action, lock, true, true);
}

/// Steps as an execution could have them: locks are free when they are taken.
inline std::vector<Step> random_execution(std::mt19937& random) {
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random()) % bound; };
  constexpr int orders[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_ACQ_REL,
                            __ATOMIC_SEQ_CST};
  std::vector<Step> steps;
  int owner = -1, posts = 0;
  while (steps.size() < 24) {
    const auto agent = static_cast<std::uint8_t>(below(3));
    const std::uint64_t word = data + 8 * below(2), atomic = flag + 8 * below(2);
    const int order = orders[below(5)];
    switch (below(10)) {
      case 0:
        steps.push_back(write(agent, word));
        break;
      case 1:
        steps.push_back(read(agent, word));
        break;
      case 2:
        steps.push_back(store(agent, atomic, order));
        break;
      case 3:
      case 4:
        steps.push_back(load(agent, atomic, order));
        break;
      case 5:
        steps.push_back(add(agent, atomic, order));
        break;
      case 6: {
        auto swap = step(agent, Action::atomic_cas, atomic, true, true, order);
        steps.push_back(below(2) == 0 ? swap : failing(swap));
        break;
      }
      case 7:
        steps.push_back(fence(agent, order));
        break;
      case 8:
        if (owner != -1 && owner != agent) break;
        steps.push_back(call(agent, owner == -1 ? Action::mutex_lock : Action::mutex_unlock));
        owner = owner == -1 ? agent : -1;
        break;
      default:
        if (posts == 0 || below(2) == 0) {
          steps.push_back(step(agent, Action::sem_post, lock + 64, true, true));
          ++posts;
        } else {
          steps.push_back(step(agent, Action::sem_wait, lock + 64, true, true));
          --posts;
        }
    }
  }
  return steps;
}

}  // namespace minusone
