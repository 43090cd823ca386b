// Treiber's stack with a counter beside the top: each pop changes it, so a node that was popped and
// pushed again is not taken for one that stayed.
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/object.h"

namespace {

struct Stack {
  std::atomic<std::uint64_t>
      top;  // how often a node was popped, and below that a node's number; 0: none
  std::atomic<std::uint64_t> next[4];  // of each node, its number alone

  static constexpr std::uint64_t number = 0xffff'ffff;

  void init() { top = 0; }

  // The node is in no stack, and whoever pushes it owns it.
  void push(int node) {
    std::uint64_t above = top;
    do {
      next[node] = above & number;
    } while (!top.compare_exchange_weak(above, (above & ~number) | static_cast<unsigned>(node)));
  }

  std::optional<int> pop() {
    std::uint64_t node = top;
    while ((node & number) != 0) {
      const std::uint64_t below = next[node & number];
      const std::uint64_t popped = (node & ~number) + number + 1;
      if (top.compare_exchange_weak(node, popped | below)) return static_cast<int>(node & number);
    }
    return std::nullopt;
  }
};

struct Specification {
  std::vector<int> nodes;

  void push(int node) { nodes.push_back(node); }
  std::optional<int> pop() {
    if (nodes.empty()) return std::nullopt;
    const int node = nodes.back();
    nodes.pop_back();
    return node;
  }
  bool operator==(const Specification&) const = default;
};

}  // namespace

MINUSONE_OBJECT(Stack, Specification, "objects/treiber_stack_right",
                op(&Stack::push, &Specification::push, "push", {1, 2, 3}),
                op(&Stack::pop, &Specification::pop, "pop"));
