// By what memory orders agents' steps are performed: those of the source, or others in their place.
// Methods of FiberMachine.
#include <algorithm>

#include "stress/fibers/fiber_machine.h"
#include "stress/machine/order_table.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

// By what the step that was just performed orders. The theorem on programs without data races
// speaks of seq_cst atomics, and of calls that have an effect. One that fails, or only looks, tells
// its agent something and orders nothing (Boehm, "Reordering Constraints for Pthread-Style Locks",
// PPoPP 2007).
OrdersUsed FiberMachine::orders_of(const Context& context) const {
  constexpr auto strongest = __ATOMIC_SEQ_CST;
  bool strong = true;
  if (is_fence(context.action()) || is_atomic_access(context.action())) {
    if (context.performs_itself()) return OrdersUsed::of_processor;
    const bool swaps = context.action() == Action::atomic_cas;
    strong = context.order() == strongest && (!swaps || context.failure_order() == strongest);
  } else if (!is_memory_action(context.action()) && executed_.count > 0) {
    strong = !executed_.accesses[0].looks &&
             (executed_.writes() || call_of(context.action()).ordering->by_reading);
  }
  return strong ? OrdersUsed::strong : OrdersUsed::weak;
}

void FiberMachine::note_orders(const Context& context) {
  orders_used_ = std::max(orders_used_, orders_of(context));
  if (orders_used_ == OrdersUsed::of_processor && graph_ && graph_->model() == MemoryModel::rc11) {
    throw NotModelled(
        "inline assembly, or a volatile access that was taken for an atomic one, orders as x86 "
        "does, of which the memory model of C++20 says nothing: --memory tso");
  }
}

// What performs its access itself does that by the orders of the machine's instructions.
void FiberMachine::replace_orders(Context& context) const {
  const bool names_order = is_atomic_access(context.action()) || is_fence(context.action());
  if (!names_order || context.performs_itself()) return;
  class Announced : public AgentCode {
   public:
    Announced(const FiberMachine& machine, int agent) : machine_(machine), agent_(agent) {}
    FileAddress find(const void* at) const override { return machine_.file_address(agent_, at); }
    std::vector<const void*> callers() const override { return machine_.callers(agent_); }

   private:
    const FiberMachine& machine_;
    const int agent_;
  };
  orders_->replace(context, Announced(*this, context.id));
}

}  // namespace minusone
