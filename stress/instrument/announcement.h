#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include "stress/instrument/chosen_numbers.h"
#include "stress/sync/actions.h"

/// What a hook hands to the scheduler. A hook runs on its agent's fiber, says what the agent is
/// about to do and switches away; whoever resumes the agent has performed the action (or lets the
/// compiled code perform it, for a plain access) and left the result.
namespace minusone {

struct HeapBlock;

/// Time stands still at this second: a deadline has passed, or never comes.
constexpr std::time_t now_seconds = 1'000'000'000;

/// Until when a call waits.
enum class TimeLimit : std::uint64_t { none, past, future, invalid };

/// What an announced violation is, beside its sentence (Context::b).
enum class ViolationCause : std::uint64_t {
  other,
  assertion,
  hangs,         ///< its agent never took another step
  over,          ///< none: the work was over (stress/machine/end_of_work.h)
  not_modelled,  ///< none: the code asks for what is not modelled
};

/// One announcement and the stack it was made on. The assembly in switch.cpp knows the offsets.
struct Context {
  std::uint64_t code = 0;  ///< Action, then size, order, failure order: a byte each
  std::uint64_t a = 0, b = 0, c = 0, d = 0, e = 0;
  std::uint64_t* stack = nullptr;  ///< of the fiber: six saved registers, then who announced
  void* engine_stack = nullptr;
  std::uint64_t result = 0, result_upper = 0;

  // Known to the hooks, not to the assembly.
  const std::byte* stack_low = nullptr;
  const std::byte* stack_high = nullptr;
  const void* pc = nullptr;     ///< return address of the call of the hook
  bool private_effect = false;  ///< wrote private memory that is not its stack, or similar
  int error = 0;                ///< errno of the agent
  std::uint64_t clock = 0;      ///< its virtual time, ns
  std::uint32_t random = 1;
  int id = 0;
  /// Whose memory its own lies in, by address: its own, or that of the process it was forked by.
  int program = 0;
  int parent = -1;  ///< the agent that forked it; -1: none did
  int nth = 0;      ///< as which of its children, from 1
  int forks = 0;    ///< children that it has forked so far
  struct {
    std::byte* at = nullptr;
    std::size_t bytes = 0;
    std::byte* before = nullptr;
  } delayed_write;  ///< see range hooks in hooks.cpp
  std::byte* heap_low = nullptr;
  std::byte* heap_next = nullptr;
  std::byte* heap_high = nullptr;
  /// Below here no address on its stack can be known to others: no step of its with an effect was
  /// taken while a function that has not returned had its frame there (frame_end).
  const std::byte* known_low = nullptr;
  HeapBlock* last_block = nullptr;  ///< its youngest allocation (heap_block.h)
  void* exception_globals[2] = {};
  std::size_t tls_module = 0;   ///< the dynamic linker's number of the module ...
  std::byte* tls = nullptr;     ///< ... whose thread-local variables the agent has here; or null
  std::uint64_t detached = 0;   ///< threads that it has detached, a bit each
  void* once[2] = {};           ///< what std::call_once hands over in thread-local variables
  const char* input = nullptr;  ///< what is still to be read from standard input, lines
  /// Of a whole program: the strings that it has printed by %s or puts(), each with its NUL. It
  /// cannot read them back, so they are no effect of a wait loop's round.
  struct {
    char* at = nullptr;
    std::size_t bytes = 0;
    std::size_t room = 0;
  } printed;
  void (*body)(void*) = nullptr;  ///< what the agent runs
  void* argument = nullptr;

  Action action() const { return static_cast<Action>(code & 0xff); }
  unsigned size() const { return (code >> 8) & 0xff; }
  int order() const { return static_cast<int>((code >> 16) & 0xff); }
  std::uint8_t failure_order() const { return static_cast<std::uint8_t>(code >> 24); }
  /// Of a compare-and-swap: that it may fail although the value is the expected one.
  bool is_weak() const { return (code >> 32 & 1) != 0; }
  /// Of an atomic access or a fence: that the compiled code performs it, as it does a plain one.
  bool performs_itself() const { return (code >> 33 & 1) != 0; }
};

static_assert(offsetof(Context, stack) == 48 && offsetof(Context, engine_stack) == 56 &&
              offsetof(Context, result) == 64 && offsetof(Context, result_upper) == 72);

constexpr std::uint64_t code_of(Action action, unsigned size = 0, int order = 0, int failure = 0) {
  return static_cast<std::uint64_t>(action) | std::uint64_t{size} << 8 |
         static_cast<std::uint64_t>(order) << 16 | static_cast<std::uint64_t>(failure) << 24;
}

/// Of the values that an agent may choose from (Action::choose), the one at an index: from 0 to the
/// largest, then below 0.
inline std::uint64_t chosen(const Context& call, int index) {
  const auto largest = static_cast<std::int64_t>(call.b);
  return static_cast<std::uint64_t>(index <= largest ? index : largest - index);
}

inline constexpr std::uint64_t weak_code = std::uint64_t{1} << 32;
inline constexpr std::uint64_t own_code = std::uint64_t{1} << 33;

/// Address ranges whose accesses are steps; all else is private to the agent.
struct SharedRange {
  std::uintptr_t base = 0;
  std::uintptr_t bytes = 0;
};

/// Where all agents' stacks lie, at equal distances, and on whose accesses are steps too.
struct StackRange {
  std::uintptr_t base = 0;
  std::uintptr_t bytes = 0;
  std::uintptr_t stride = 1;
  std::uint64_t shared = 0;  ///< a bit an agent
};

/// Where all agents' heaps lie, one behind the other, each of the same size; what constructors
/// allocate before main() lies behind them. Null where accesses are not held against it.
struct Heaps {
  std::uintptr_t base = 0;
  std::uintptr_t bytes = 0;
  std::uintptr_t stride = 1;
  std::uint32_t* index = nullptr;  ///< of blocks (heap_block.h)
};

/// Memory of one process's own, where agents are processes: its module.
struct OwnedRange {
  SharedRange range;
  int owner = -1;
};

/// Where a module's constructors allocate while it is loaded: no agent runs yet.
struct LoadHeap {
  std::byte* low = nullptr;
  std::byte* next = nullptr;
  std::byte* high = nullptr;
};

/// Memory of a forked process's own, which lies elsewhere while another one of the same program
/// runs: that is where steps have it.
struct MovedRange {
  SharedRange range;
  std::uintptr_t by = 0;
};

/// What a look at an agent that announces nothing leaves for the next (stress/fibers/
/// agent_signals.cpp).
struct LoopWatch {
  std::uint64_t resumes =
      0;  ///< how often an agent was resumed, to tell one run of code from others
  std::uint64_t looked_at = 0;  ///< the run that was looked at last
  std::uint64_t ticks = 0;      ///< in it
  std::uint64_t reference = 0;  ///< digest of the state that later ones are compared with
  bool went_on = false;         ///< the agent has executed an instruction since
  double began = 0;             ///< seconds of CPU time
};

/// While a module is loaded no agent runs, and its constructors may already initialise, lock and
/// post. What they announce is performed at once; one that cannot go on ends the loading.
struct Loading {
  std::uint64_t (*perform)(void* machine, Context& call) = nullptr;  ///< null: nobody keeps a state
  void* machine = nullptr;
  bool in_constructors = false;
  sigjmp_buf out{};           ///< where end_loading() goes while `in_constructors`
  const char* why = nullptr;  ///< it was ended: "calls exit()"
  Context context;            ///< of the calls: of the first agent, who runs main() later
};

/// All that the hooks know of the machine whose agents they run on. Each machine has one of its
/// own, so that several may live side by side.
struct Runtime {
  Context* current = nullptr;  ///< the agent whose code runs; null while the engine's own does
  SharedRange shared[3];
  /// How far above the address that steps have for it the agent that runs has the first of these.
  std::uintptr_t view_offset = 0;
  StackRange stacks;
  Heaps heaps;
  LoadHeap load_heap;
  /// Agents are processes: what belongs to which, the module of each at its own number; null: they
  /// are not, or nobody looks.
  const OwnedRange* owned = nullptr;
  int owned_count = 0;
  /// Of the agent that runs: what of its own memory lies elsewhere for steps; null: nothing.
  const MovedRange* moved = nullptr;
  int moved_count = 0;
  int copy_steps = 2;  ///< into which a racy copy is cut
  ChosenNumbers chosen;
  LoopWatch watch;
  Loading loading;
};

static_assert(offsetof(Runtime, current) == 0, "switch.cpp knows");

}  // namespace minusone

extern "C" {
/// The runtime of the machine that this thread runs an agent of or loads a module for; never null:
/// else minusone::idle_runtime(). Executables alone have it, so that one instruction reaches it.
extern constinit thread_local minusone::Runtime* minusone_runtime
    __attribute__((tls_model("initial-exec")));

/// Announces and switches to the engine. Returns once the step was performed.
std::uint64_t minusone_announce(std::uint64_t code, std::uint64_t a = 0, std::uint64_t b = 0,
                                std::uint64_t c = 0, std::uint64_t d = 0, std::uint64_t e = 0);
/// Runs the agent until its next announcement.
void minusone_resume(minusone::Context* context);
/// Where a signal handler sends an agent that faulted, on its engine's stack: resume returns.
void minusone_leave();
/// Where an agent is sent that is to stop before the step it has announced: stops the process
/// (SIGSTOP) and, once that is continued, announces the same step again.
std::uint64_t minusone_at_step();
/// The first code on a fiber: runs the agent's body and announces how it ended.
void minusone_fiber_main();
}

namespace minusone {

/// Of no machine: what is current where none is.
Runtime& idle_runtime();

/// Makes a runtime this thread's current one for as long as it lives.
class RuntimeScope {
 public:
  explicit RuntimeScope(Runtime& runtime) : before_(minusone_runtime) {
    minusone_runtime = &runtime;
  }
  ~RuntimeScope() { minusone_runtime = before_; }
  RuntimeScope(const RuntimeScope&) = delete;
  RuntimeScope& operator=(const RuntimeScope&) = delete;

 private:
  Runtime* const before_;
};

}  // namespace minusone
