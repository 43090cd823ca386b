#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/glibc.h"
#include "protocol/memory_model.h"
#include "stress/instrument/chosen_numbers.h"
#include "stress/machine/fault_injection.h"
#include "stress/machine/order_table.h"
#include "stress/machine/step.h"

namespace minusone {

class StateSpace;

enum class AgentState : std::uint8_t {
  ready,    ///< its pending step can be performed
  blocked,  ///< it waits: for a lock, a wake-up, or a change of what a wait loop read
  finished,
};

/// How Machine::step() ended.
enum class Effect : std::uint8_t {
  stepped,
  no_effect,  ///< a round of a wait loop, or an assumption that fails: the agent is as before the
              ///< step and blocked until the last location that it read changes
  violation,  ///< the execution ends here; Machine::violation() says why
  limit,      ///< the execution is cut here: a limit of the machine's was met (Machine::limit())
  unwatched,  ///< an agent has used another's stack, on which accesses are no steps: nothing that
              ///< was explored so far counts (Machine::unwatched_stacks())
};

/// What of the code under test is a step.
struct StepRules {
  int copy_steps = 2;  ///< into how many a racy copy is cut
  ChosenNumbers chosen;
  AgentSet shared_stacks = 0;  ///< the agents on whose stacks accesses are steps
  /// Rounds of a loop that counts, while others can go on, before its agent is throttled: held
  /// until one of the places that it reads changes; of a loop with an effect four times as many,
  /// before the others get their turn.
  int fair_rounds = 64;  // libstdc++ 12 looks 16 times before it sleeps
  int max_threads = 63;  ///< agents that are alive at once, main() included
  std::size_t max_memory = std::size_t{1}
                           << 20;  ///< bytes that an agent may allocate in an execution

  std::optional<GlibcVersion> glibc;  ///< whose objects the library's are; of the one that runs
  MemoryModel memory = MemoryModel::sc;
  /// Sequential consistency by an execution graph, as the weaker models: each checks the other.
  bool by_graph = false;
  OrderTable* orders = nullptr;  ///< that accesses are performed by, outlives all; null: as written

  bool operator==(const StepRules&) const = default;
};

/// Memory that an agent allocated and left without a pointer to it.
struct Leak {
  int agent;
  std::size_t bytes;
  const void* pc;  ///< return address of the call that allocated it
};

/// The code asks for what is not modelled, which says nothing of the code: the search ends.
struct NotModelled : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// By what steps were ordered, the weakest of it.
enum class OrdersUsed : std::uint8_t {
  strong,        ///< seq_cst atomics, and calls that have an effect
  weak,          ///< others of C++
  of_processor,  ///< inline assembly, of which C++ says nothing: x86 does
};

/// What led to a violation, before its step.
struct Earlier {
  std::string what;  ///< "it was destroyed"
  int agent;
  const void* pc;  ///< return address of that call
};

/// An access to memory that is not there for its agent, or a call that frees what it cannot.
struct MemoryFault {
  enum class What : std::uint8_t {
    freed,      ///< the block was freed
    outside,    ///< it lies beside a block, or in none
    other_own,  ///< it is another process's own: there, the address means something else
    not_attached,
    not_mapped,  ///< of an object of shared memory, as the next three
    no_access,
    read_only,
    beyond_end,
  };
  What what = What::outside;
  bool frees = false;  ///< by free(), realloc() or delete
  bool writes = false;
  int agent = 0;
  const void* pc = nullptr;  ///< return address of the hook's call
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  /// Of the block that it lies in or is nearest to; 0: there is none.
  std::uint64_t block = 0;
  std::size_t block_bytes = 0;
  int allocated_by = -1;  ///< -1: by a constructor before main()
  const void* allocated_at = nullptr;
  int freed_by = -1;
  const void* freed_at = nullptr;
  int owner = -1;  ///< of another process's memory
};

/// What a schedule steers: agents that each announce a step before it is performed. A schedule
/// picks among ready agents; nothing here knows how.
class Machine {
 public:
  virtual ~Machine() = default;

  /// Puts everything back to the start of an execution and runs each agent to its first step.
  virtual void reset() = 0;
  /// The state of now, for rewind(). Counts calls of step().
  virtual int mark() const = 0;
  /// Who took a step of the execution so far, 0 <= step < mark(). @return -1 where it is not kept
  virtual int agent_of(int) const { return -1; }
  /// Who called the pending step's hook, innermost first: return addresses along the frame pointers
  /// of the agent's stack. Empty where they are not kept.
  virtual std::vector<const void*> callers(int) const { return {}; }
  /// Takes back what was done since mark(). Cheaper than reset() and the same steps once more.
  /// @return false where it cannot be (private memory has changed): only reset() may follow
  virtual bool rewind(int mark) = 0;
  /// Agents so far, finished ones included; grows when a thread is created.
  virtual int agents() const = 0;
  virtual AgentState state(int agent) const = 0;
  /// The step that the agent takes next. A failed compare-and-swap shows here as a writer; the
  /// executed step tells.
  /// @pre state(agent) != finished
  virtual const Step& pending(int agent) const = 0;
  /// In how many ways the memory model lets the pending step be performed: which write it reads,
  /// behind which its own comes. The first reads, or is, the newest.
  /// @pre state(agent) == ready
  virtual int ways(int) { return 1; }
  /// The step whose write it reads in one of them; Step::first_value: none's, or it reads nothing.
  virtual int read_by_way(int) { return Step::first_value; }
  /// In which of them the agent whose ways() were asked for last takes its step, if it is the next
  /// that is taken. Unless said, in the first.
  virtual void choose_way(int) {}
  /// Performs the pending step and runs the agent to its next one.
  /// @pre state(agent) == ready
  virtual Effect step(int agent) = 0;
  /// Nobody is ready: time passes, and of those who wait with a deadline, whose it is to give up.
  /// The same state gives nobody two turns. @return -1: nobody, the execution is at rest
  virtual int who_times_out() const { return -1; }
  /// Performs the pending step of that agent as one whose deadline has passed. Comes after all
  /// steps before it (Step::by_timeout).
  virtual Effect time_out(int) { return Effect::no_effect; }
  /// The step that step() performed last, with its values and the accesses that it really made.
  virtual const Step& executed() const = 0;
  /// True when the agent's wait was left behind: it is blocked in the middle of a round of a wait
  /// loop, and another location that the round read has changed since. The execution is then a
  /// duplicate of one in which the agent came later ("Waits" in the design).
  virtual bool is_stale(int agent) const = 0;
  /// After Effect::violation: one sentence.
  virtual const std::string& violation() const = 0;
  /// After Effect::violation: what led to it, where one other place did.
  virtual std::optional<Earlier> earlier() const { return std::nullopt; }

  /// After Effect::limit, or a reset() that came that far: which limit, with its option and value.
  virtual const std::string& limit() const { return no_limit_; }
  /// All that were met since the machine was made.
  virtual std::vector<std::string> limits_met() const { return {}; }
  /// Where the violation is one of memory: what and whose; null: it is none.
  virtual const MemoryFault* memory_fault() const { return nullptr; }

  /// What is said of its states; null: it does not know one again.
  virtual StateSpace* states() { return nullptr; }

  /// What may befall the agents besides their own steps.
  virtual FaultInjection& faults() { return no_faults_; }
  virtual const FaultInjection& faults() const { return no_faults_; }
  /// Whether others see what is there: else it is in an agent's own memory.
  virtual bool is_shared(const Access&) const { return true; }
  /// After Effect::unwatched: StepRules::shared_stacks with which to explore again.
  virtual AgentSet unwatched_stacks() const { return 0; }
  /// At an execution's end. @return one of the leaks, where there is any
  virtual std::optional<Leak> leak() const { return std::nullopt; }
  /// Whether another version of glibc (StepRules::glibc) might have done otherwise than its own.
  virtual bool depends_on_glibc() const { return false; }
  /// Since the machine was made.
  virtual OrdersUsed orders_used() const { return OrdersUsed::strong; }
  /// Whether more was read or written at once than the memory model has words for, where that may
  /// have made a difference.
  virtual bool simplifies_memory() const { return false; }
  /// Whether an agent was ever throttled (StepRules::fair_rounds): then schedules were left out.
  virtual bool throttled() const { return false; }
  /// Whether a thread was ever given the number of one that had ended, and that its creator had not
  /// waited for: in other orders it may get another.
  virtual bool reuses_numbers() const { return false; }
  /// Whether an agent is throttled now: at an execution's end it might have gone on.
  virtual bool throttles() const { return false; }
  /// At an execution's end: whether it might have gone on, had an assumption of the program's held
  /// or an agent not been throttled.
  virtual bool is_open() const { return false; }

 private:
  NoFaults no_faults_;
  const std::string no_limit_;
};

}  // namespace minusone
