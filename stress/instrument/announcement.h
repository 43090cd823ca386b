#pragma once

#include <cstddef>
#include <cstdint>

/// What a hook hands to the scheduler. A hook runs on its agent's fiber, says what the agent is
/// about to do and switches away; whoever resumes the agent has performed the action (or lets the
/// compiled code perform it, for a plain access) and left the result.
namespace minusone {

struct HeapBlock;

/// What an agent is about to do. Up to and including `copy` these are accesses to memory.
enum class Action : std::uint8_t {
  none,
  plain_read,   ///< a: address, size in the code; the compiled code itself performs it
  plain_write,  ///< likewise
  atomic_load,
  atomic_store,     ///< b: value (c: its upper half at 16 bytes)
  atomic_exchange,  ///< b, c; the old value is the result, as for all below
  atomic_add,
  atomic_sub,
  atomic_and,
  atomic_or,
  atomic_xor,
  atomic_nand,
  /// b: expected, c: desired (d, e: their upper halves at 16 bytes); result: the old value. Below
  /// 16 bytes d may say where the old value goes on failure, and the result is then success.
  atomic_cas,
  range_read,  ///< a: address, b: bytes; whoever announced it reads after it is resumed
  copy,        ///< a: destination, b: source, c: bytes
  fill,        ///< a: address, b: bytes, c: the byte
  fence,
  frame_end,  ///< a: address, b: bytes: of a function that returns, whose variables end

  mutex_init,  ///< a: object, b: type, c: flags (MutexFlag)
  mutex_destroy,
  mutex_lock,
  mutex_trylock,
  mutex_timedlock,  ///< b: 1 when the deadline lies in the past
  mutex_unlock,
  mutex_consistent,
  rwlock_read,  ///< a: object; b: 1 for try, 2 when the deadline lies in the past
  rwlock_write,
  rwlock_unlock,
  rwlock_forget,  ///< init and destroy
  cond_forget,    ///< init and destroy
  /// a: condition, b: mutex, c: 1 when the deadline lies in the past, and it is not queued: unlock
  /// and queue up, one step
  cond_release,
  /// a: condition, b: mutex, c: TimeLimit: returns when signalled and the mutex is free
  cond_awake,
  cond_signal,
  cond_broadcast,

  sem_init,  ///< a: object, b: value
  sem_destroy,
  sem_wait,
  sem_trywait,
  sem_timedwait,
  sem_post,
  sem_getvalue,  ///< result: the value
  semget,        ///< a: key, b: number, c: flags
  semctl,        ///< a: id, b: index, c: command, d: argument
  semop,         ///< a: id, b: struct sembuf*, c: how many, d: TimeLimit

  shmget,  ///< a: key, b: bytes, c: flags
  shmat,   ///< a: id; result: the address
  shmdt,   ///< a: address
  shmctl,  ///< a: id, b: command

  spin_forget,  ///< a: object: init and destroy
  spin_lock,
  spin_trylock,
  spin_unlock,
  barrier_init,  ///< a: object, b: how many
  barrier_destroy,
  barrier_arrive,  ///< result: 1 for the last, who does not wait
  barrier_awake,
  once_begin,  ///< a: object; result: 1 for who is to do it, 0 when it was done
  once_end,    ///< b: 0 when it threw, and another is to try again

  futex_wait,  ///< a: address, b: expected, c: bitset, d: 1 where private, e: TimeLimit
  futex_awake,
  futex_wake,  ///< a: address, b: how many, c: bitset, d: FutexFlag
  futex_requeue,

  spawn,  ///< a: function, b: argument; result: the new agent
  join,   ///< a: agent
  assume_failed,
  input_ends,  ///< reads a line that nobody has typed yet
  finished,
  died,           ///< never announced: the scheduler's, of an agent that it let die
  violation,      ///< a: const char* sentence
  foreign_stack,  ///< a: the agent on whose stack the access lies; not before seen as shared
};

/// Until when a call waits.
enum class TimeLimit : std::uint64_t { none, past, future };

/// One announcement and the stack it was made on. The assembly in switch.S knows the offsets.
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
};

static_assert(offsetof(Context, stack) == 48 && offsetof(Context, engine_stack) == 56 &&
              offsetof(Context, result) == 64 && offsetof(Context, result_upper) == 72);

constexpr std::uint64_t code_of(Action action, unsigned size = 0, int order = 0, int failure = 0) {
  return static_cast<std::uint64_t>(action) | std::uint64_t{size} << 8 |
         static_cast<std::uint64_t>(order) << 16 | static_cast<std::uint64_t>(failure) << 24;
}

inline constexpr std::uint64_t weak_code = std::uint64_t{1} << 32;

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
  std::uint32_t shared = 0;  ///< a bit an agent
};

/// Where a module's constructors allocate while it is loaded: no agent runs yet.
struct LoadHeap {
  std::byte* low = nullptr;
  std::byte* next = nullptr;
  std::byte* high = nullptr;
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

/// All that the hooks know of the machine whose agents they run on. Each machine has one of its
/// own, so that several may live side by side.
struct Runtime {
  Context* current = nullptr;  ///< the agent whose code runs; null while the engine's own does
  SharedRange shared[3];
  StackRange stacks;
  LoadHeap load_heap;
  int copy_steps = 2;  ///< into which a racy copy is cut
  LoopWatch watch;
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
