// Treiber's stack: no lock, one compare-and-swap. pop() takes the top node off if that is still the
// one that it read. That node may have been popped, and pushed again with another value, meanwhile
// (ABA): then the node that lay below has left the stack, and comes back to it.
#include <atomic>
#include <optional>
#include <vector>

#include "protocol/object.h"

namespace {

constexpr int nodes = 65;  // more than a scenario has calls; 0 is none

// Of this process: the nodes that it has popped, for what it pushes next, the oldest first.
int spare[nodes];
int first_spare, last_spare;

struct Stack {
  std::atomic<int> top;  // the number of a node
  std::atomic<int> used;
  std::atomic<int> next[nodes];
  int value[nodes];

  void init() {
    top = 0;
    used = 0;
  }

  void push(int pushed) {
    const int node = take_node();
    value[node] = pushed;
    int above = top;
    do {
      next[node] = above;
    } while (!top.compare_exchange_weak(above, node));
  }

  std::optional<int> pop() {
    int node = top;
    while (node != 0) {
      const int below = next[node];
      if (!top.compare_exchange_weak(node, below)) continue;
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

MINUSONE_OBJECT(Stack, Specification, "objects/treiber_stack_wrong",
                op(&Stack::push, &Specification::push, "push", {1, 2}),
                op(&Stack::pop, &Specification::pop, "pop"));
