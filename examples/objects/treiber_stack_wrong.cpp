// Treiber's stack of nodes that their users own and number: no lock, one compare-and-swap. pop()
// takes the top off if that is still the node that it read. That node may have been popped and
// pushed again meanwhile (ABA): then `below` has left the stack, and comes back to it.
#include <atomic>
#include <optional>
#include <vector>

#include "protocol/object.h"

namespace {

struct Stack {
  std::atomic<int> top;      // a node's number; 0: none
  std::atomic<int> next[4];  // of each node

  void init() { top = 0; }

  // The node is in no stack, and whoever pushes it owns it.
  void push(int node) {
    int above = top;
    do {
      next[node] = above;
    } while (!top.compare_exchange_weak(above, node));
  }

  std::optional<int> pop() {
    int node = top;
    while (node != 0) {
      const int below = next[node];
      if (top.compare_exchange_weak(node, below)) return node;
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

MINUSONE_OBJECT(Stack, Specification, "objects/treiber_stack_wrong",
                op(&Stack::push, &Specification::push, "push", {1, 2, 3}),
                op(&Stack::pop, &Specification::pop, "pop"));
