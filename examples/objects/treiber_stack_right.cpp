// Treiber's stack with a counter beside the top: each pop changes it, so a node that was popped and
// pushed again is not taken for one that stayed.
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/object.h"

namespace {

constexpr int nodes = 65;  // more than a scenario has calls; 0 is none

// Of this process: the nodes that it has popped, for what it pushes next, the oldest first.
int spare[nodes];
int first_spare, last_spare;

struct Stack {
  std::atomic<std::uint64_t>
      top;  // how many pops there were, and in the lower half the number of a node
  std::atomic<int> used;
  std::atomic<int> next[nodes];
  int value[nodes];

  void init() {
    top = 0;
    used = 0;
  }

  static int node_of(std::uint64_t top) { return static_cast<int>(top & 0xffff'ffff); }
  static std::uint64_t top_of(std::uint64_t pops, int node) {
    return pops << 32 | static_cast<std::uint64_t>(node);
  }

  void push(int pushed) {
    const int node = take_node();
    value[node] = pushed;
    std::uint64_t above = top;
    do {
      next[node] = node_of(above);
    } while (!top.compare_exchange_weak(above, top_of(above >> 32, node)));
  }

  std::optional<int> pop() {
    std::uint64_t seen = top;
    while (node_of(seen) != 0) {
      const int node = node_of(seen);
      const int below = next[node];
      if (!top.compare_exchange_weak(seen, top_of((seen >> 32) + 1, below))) continue;
      spare[last_spare++] = node;
      return value[node];
    }
    return std::nullopt;
  }

  // A node of this process's own, or one that nobody has had.
  int take_node() { return first_spare < last_spare ? spare[first_spare++] : ++used; }
};

struct Specification {
  std::vector<int> values;

  void push(int value) { values.push_back(value); }
  std::optional<int> pop() {
    if (values.empty()) return std::nullopt;
    const int value = values.back();
    values.pop_back();
    return value;
  }
  bool operator==(const Specification&) const = default;
};

}  // namespace

MINUSONE_OBJECT(Stack, Specification, "objects/treiber_stack_right",
                op(&Stack::push, &Specification::push, "push", {1, 2}),
                op(&Stack::pop, &Specification::pop, "pop"));
