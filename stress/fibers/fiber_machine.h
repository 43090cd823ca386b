#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "stress/fibers/agent_signals.h"
#include "stress/fibers/audit.h"
#include "stress/fibers/shared_memory.h"
#include "stress/fibers/undo_log.h"
#include "stress/machine/fingerprint.h"
#include "stress/machine/machine.h"
#include "stress/machine/state_space.h"
#include "stress/sync/sync_model.h"
#include "stress/weak/execution_graph.h"

namespace minusone {

/// What a call returns that was interrupted, woken for no reason or gave up.
/// @param left_with  as SyncModel::give_up says
std::int64_t result_of(FaultKind kind, Action action, std::int64_t left_with);

/// Agents as fibers in this process: the traced code runs for real, and each announced step waits
/// until step() performs it. What runs (a channel, a whole program) is the derived class's.
///
/// Several may live in a process, and take turns step by step: hooks find theirs through
/// minusone_runtime. A machine is made, used and destroyed by one thread.
class FiberMachine : public Machine, public StateSpace, private FaultInjection {
 public:
  ~FiberMachine() override;

  void reset() override;
  int mark() const override { return undo_log_.size(); }
  bool rewind(int mark) override;
  int agent_of(int step) const override { return context_before(step).id; }
  int agents() const override { return agents_count_; }
  AgentState state(int agent) const override;
  const Step& pending(int agent) const override { return agent_at(agent).now.pending; }
  int ways(int agent) override;
  int read_by_way(int way) override;
  void choose_way(int way) override { chosen_way_ = way; }
  Effect step(int agent) override { return take(agent_at(agent), FaultKind::none); }
  int who_times_out() const override;
  Effect time_out(int agent) override;
  const Step& executed() const override { return executed_; }
  bool is_stale(int agent) const override;
  const std::string& violation() const override { return violation_; }
  std::optional<Earlier> earlier() const override;
  const std::string& limit() const override { return limit_; }
  std::vector<std::string> limits_met() const override {
    return {limits_met_.begin(), limits_met_.end()};
  }
  const MemoryFault* memory_fault() const override {
    return memory_fault_ ? &*memory_fault_ : nullptr;
  }

  /// Whether the agent waits because an assumption of the program's own (__VERIFIER_assume) does
  /// not hold; such an execution is none of the program's.
  bool assumes(int agent) const;
  /// Of threads: whether one has ended the process, by exit() or a return from main(). The others
  /// have gone on as far as they could, and whoever still waits was ended with it ...
  bool process_exits() const;
  /// ... unless agents wait in a circle, each for a lock that the next one holds or for its end:
  /// that is a deadlock, whether the process ends some time or not.
  bool waits_in_circle() const;
  /// What a blocked agent waits for a change of: what its pending step touches, and what the round
  /// of a wait loop has read.
  std::vector<Access> awaited(int agent) const;
  /// After a violation: whether it is that an agent never took another step.
  bool hangs() const { return hangs_; }

  /// Of agents that have finished (leaks.cpp). Threads are judged when all have.
  std::optional<Leak> leak() const override;
  /// Where an address lies in the heap that threads share, from its start; nothing elsewhere.
  std::optional<std::size_t> heap_offset(std::uint64_t address) const {
    return shared_.heap_offset(address);
  }

  FaultInjection& faults() override { return *this; }
  const FaultInjection& faults() const override { return *this; }
  bool is_dead(int agent) const { return agent_at(agent).now.faults.dead; }
  /// Compares all shared memory around each step, and reports a byte that changed without an
  /// announced write as a violation. Slow. @pre share()
  void audit(bool on);
  OrdersUsed orders_used() const override { return orders_used_; }
  bool simplifies_memory() const override { return graph_ && graph_->simplified(); }
  bool depends_on_glibc() const override { return sync_.depends_on_glibc(); }
  bool throttled() const override { return throttled_ || (locks_in_rounds_ && tries_); }
  bool reuses_numbers() const override { return reuses_numbers_; }
  bool throttles() const override;
  bool is_open() const override;
  /// Before the first reset().
  void set_rules(const StepRules& rules);
  bool is_shared(const Access& access) const override;
  AgentSet unwatched_stacks() const override { return unwatched_stacks_; }
  /// On whose stack an address lies, and how far below its upper end; none: on no agent's.
  std::optional<std::pair<int, std::size_t>> stack_offset(std::uint64_t address) const;
  /// Off: a round of a wait loop is steps like any other, and nobody is blocked by what it read.
  /// For a search that knows a state that it has seen before (state_fingerprint()). On unless said.
  void recognises_waits(bool on) { recognises_waits_ = on; }
  /// Steps on shared memory since the machine was made: none at all means that nothing was
  /// explored.
  std::uint64_t shared_steps() const { return shared_steps_; }

  /// The state of now: shared memory, each agent's own state, what the kernel holds. Equal
  /// fingerprints, while waits are not recognised, are equal states (fingerprint.h).
  virtual Fingerprint state_fingerprint() const;
  /// One agent's own part of it: its registers, its stack, its memory.
  virtual Fingerprint agent_fingerprint(int agent) const;
  // For a search over states (state_space.h).
  StateSpace* states() override { return this; }
  void merges_states(bool on) override {
    recognises_waits_ = !on;
    shared_.notes_blocks(on);
  }
  Fingerprint shared_part() const override;
  Fingerprint own_part(int agent) const override;
  Effect kill(int agent) override { return take(agent_at(agent), FaultKind::death); }
  AgentSet who_may_time_out() const override;
  bool shares_own_parts() const override { return runtime_.stacks.shared != 0; }

  /// What the kernel and glibc hold.
  const SyncModel& synchronisation() const { return sync_; }
  /// What of an agent's module lies at an address.
  virtual FileAddress file_address(int, const void*) const { return {}; }
  /// Those of the runtime come first.
  std::vector<const void*> callers(int agent) const override;

 protected:
  /// @param processes   agents have memory of their own beside the shared
  /// @param max_memory  bytes that each may allocate in an execution, in whole pages
  explicit FiberMachine(bool processes, std::size_t max_memory = StepRules{}.max_memory);

  /// What the modules of its agents are loaded with.
  Runtime& runtime() { return runtime_; }
  /// The memory whose accesses are steps; beside it, where agents are threads, their heap and the
  /// globals that begin() puts back. The state of now is what reset() goes back to.
  void share(std::span<std::byte> memory, std::span<std::byte> globals = {});
  /// Each agent has the memory that it shares at a place of its own: agent n in view n + 1. Steps,
  /// and all that the machine keeps, name it as in view 0.
  void share_at_own_places(const SharedViews& views) {
    views_ = &views;
    sync_.lend(true);
  }
  /// How an agent has that part of what it shares, where it has it at its own place.
  virtual Lent lent_to(int, const Access&) const { return Lent::yes; }
  /// Agents are processes: the memory that each has to itself beside its stack and its heap, those
  /// of all agents first, by number. From now on an access to another's is a violation.
  void own(std::vector<OwnedRange> ranges);
  /// Agents are threads that share a module: each has the module's thread-local variables for
  /// itself.
  void separate_tls(std::size_t module, std::span<const std::byte> start);
  /// Runs `body` as an agent whose steps are all performed at once: how a segment is initialised.
  /// @return false when it ended in a violation()
  bool run_alone(void (*body)(void*), void* argument);
  /// Takes the state that reset() goes back to.
  void remember();

  /// Puts private memory back (modules) and adds the first agents.
  virtual void begin() = 0;
  /// From now on an exit with a status other than 0 is no violation.
  void let_exits_fail() { exits_may_fail_ = true; }
  /// Whether an agent that is held in a loop that counts, while nobody can go on, rests there in
  /// the end: a channel's reader does. Else it goes round until the limit on steps.
  void let_held_rest(bool on) { held_rest_ = on; }
  Context& context_of(int agent) { return agent_at(agent).now.context; }
  const Context& context_of(int agent) const { return agent_at(agent).now.context; }
  const SyncModel& sync() const { return sync_; }
  /// Where the agent that took a step of this execution was before it, 0 <= step < mark().
  const Context& context_before(int step) const { return undo_log_.at(step).before.context; }
  /// Adds an agent, which is run to its first step once begin() or the step that adds it is over.
  int add_agent(void (*body)(void*), void* argument) {
    return add_agent(body, argument, agents_count_);
  }
  /// The same under a number that another had, who has ended.
  int add_agent(void (*body)(void*), void* argument, int number);
  /// Runs those to their first step. @return false after a violation
  bool start_new_agents();
  /// Off: what it does from now on is not the agents' any more, but an onlooker's.
  void tell_users_apart(bool tells) { sync_.tell_users_apart(tells); }
  /// Takes back add_agent() where no step was taken since.
  void forget_agents_from(int agent) {
    agents_count_ = agent;
    unstarted_ &= first_agents(agent);
  }
  /// Threads only: adds an agent that runs a thread function.
  virtual void add_thread(int number, std::uint64_t function, std::uint64_t argument);
  virtual std::uint64_t thread_result(int) const { return 0; }
  /// As a violation's sentence names an agent.
  virtual std::string name_of(int agent) const;
  /// Of a program whose processes may fork: the memory that each of them has to itself beside its
  /// stack and its heap, as its code has it.
  virtual std::vector<std::span<std::byte>> own_memory(int) { return {}; }
  /// An agent was forked, and is about to begin.
  virtual void begin_forked(int) {}
  /// Private memory of an agent's, its heap apart, that outlives its stack: globals, TLS.
  virtual std::vector<std::span<const std::byte>> globals_of(int agent) const = 0;
  /// Whether nothing but steps writes to the memory that share() was given.
  virtual bool only_steps_write() const { return false; }
  /// Memory that agents share beside what share() was given as `memory`, and their heap.
  virtual std::vector<std::span<const std::byte>> shared_beside() const { return {}; }

 private:
  void plan(const FaultPlan& plan) override { plan_ = plan; }
  const FaultPlan& plan() const override { return plan_; }
  bool all_befell() const override;
  int places_for(FaultKind kind, int agent) const override;
  int values_at(int agent, int at) const override;
  bool chose_for(ChosenFor what) const override { return chose_for_.contains(what); }

  using RunState = AgentSnapshot::RunState;

  struct Agent {
    AgentSnapshot now;
    std::byte* low = nullptr;      ///< of its stack
    std::byte* deepest = nullptr;  ///< the stack has been used down to here
    // Of a forked process (forks.cpp), while it does not run:
    std::vector<std::vector<std::byte>> own;  ///< own_memory(), its own
    std::vector<MovedRange> moved;            ///< where its code has what is its own

    /// From here up the stack is kept and compared. Calls below the deepest announcement get some
    /// room.
    std::byte* used() const { return std::max(deepest - 512, low); }
  };

  Agent& agent_at(int agent) { return *agents_[static_cast<std::size_t>(agent)]; }
  const Agent& agent_at(int agent) const { return *agents_[static_cast<std::size_t>(agent)]; }
  int number_for_thread(const AgentSnapshot& creator);
  void meet_limit(Agent& agent, std::string which);
  void note_joined(AgentSnapshot& agent);
  bool is_given_up(int thread, int by) const;
  Effect broken_off() const { return limit_.empty() ? Effect::violation : Effect::limit; }
  Effect take(Agent& agent, FaultKind befalls, bool by_timeout = false);
  Effect perform_pending(Agent& agent, FaultKind befalls, bool by_timeout);
  void begin_step(Agent& agent, FaultKind befalls, bool by_timeout);
  void chain(Agent& agent, bool may_only_read);
  // A memory model other than sequential consistency (weak_memory.cpp).
  bool is_modelled(const Step& step) const;
  OrdersUsed orders_of(const Context& context) const;
  void note_orders(const Context& context);
  void replace_orders(Context& context) const;
  void find_ways(const Agent& agent, const Step& step);
  ExecutionGraph::Way begin_way(const Agent& agent);
  void show_newest(const Access& access) const;
  void end_way(const ExecutionGraph::Way& way);
  bool has_read_newest(const AgentSnapshot& agent, const Places& places) const;
  bool reads_newest(const Step& step) const;
  std::uint64_t fingerprint() const;
  Agent& prepare(int index, void (*body)(void*), void* argument, bool again = false);
  void resume(Agent& agent);
  void note_depth(Agent& agent);
  void fork_agent(Agent& parent);
  void exchange_with_program(Agent& forked);
  void note_moved(Agent& forked, std::span<const std::span<std::byte>> parts);
  bool run_to_next_step(Agent& agent);
  void meet_fault(Agent& agent);
  const PlannedFault* planned(FaultKind kind, int agent, int at) const;
  bool can_befall(const Agent& agent) const;
  bool may_time_out(const AgentSnapshot& agent) const;
  void befall(Agent& agent);
  bool absorb(Agent& agent);
  void describe(Agent& agent);
  void describe_end(int agent, Step& step) const;
  void add_object_on_stack(Step& step);
  static void publish_stack(Context& context);
  bool gives_up_stack(const Context& context) const;
  bool leaves_on_own_stack(const Step& step) const;
  int owner_of_ended_frame(const Step& step) const;
  bool uses_ended_frame(Agent& agent);
  int owner_of(std::uint64_t address) const;
  void look_from(int agent);
  bool is_there(int agent, std::uint64_t address, std::size_t bytes) const;
  void end_in_memory_fault(Agent& agent, const Access& access, bool frees,
                           Lent lent = Lent::detached);
  void end_in_memory_fault(Agent& agent);
  void tell_block(MemoryFault& fault) const;
  /// Whether the step that comes next touches only what is there for everybody at any time.
  bool touches_memory_of_all() const {
    const SharedRange& all = runtime_.shared[0];
    for (int i = 0; i < executed_.count; ++i) {
      if (executed_.accesses[static_cast<std::size_t>(i)].address - all.base >= all.bytes)
        return false;
    }
    return views_ == nullptr;
  }
  bool uses_what_is_not_there(Agent& agent);
  void note_known_stack(Context& context) const;
  void describe_death(const Context& context, Step& step) const;
  void end(Agent& agent);
  void perform(Agent& agent);
  void note_misuse();
  std::uint64_t perform_while_loading(Context& call);
  void keep(const Agent& agent, Action action);
  void keep_memory(const Step& step);
  Effect settle(Agent& agent, bool only_read);
  Effect wait_at_last_read(Agent& agent, int began);
  void note_step();
  void note_round(SpinLoop& spin, bool only_read) const;
  bool waits_in_round(AgentSnapshot& agent);
  void hold_if_unfair(AgentSnapshot& agent);
  static bool has_deadline(const Context& context);
  bool is_held_back(const AgentSnapshot& agent) const;
  bool can_go_on(const Agent& agent) const;
  bool can_others_go_on(const AgentSnapshot& agent) const;
  int who_is_held() const;
  std::uint64_t digest_of(const Places& places) const;
  std::uint64_t awaited_by(const AgentSnapshot& agent) const;
  void fail(Agent& agent);
  bool passes_audit();

  /// Its agents, for those who join them.
  class Joined : public Threads {
   public:
    explicit Joined(const FiberMachine& machine) : machine_(machine) {}
    bool has_finished(int agent) const override {
      return agent >= 0 && agent < machine_.agents_count_ &&
             machine_.agent_at(agent).now.run_state == RunState::finished;
    }
    std::uint64_t result_of(int agent) const override { return machine_.thread_result(agent); }
    bool is_given_up(int agent, int by) const override { return machine_.is_given_up(agent, by); }
    int next() const override { return machine_.agents_count_; }

   private:
    const FiberMachine& machine_;
  };

  Runtime runtime_;
  const HangWatch watch_;
  FaultPlan plan_;
  std::set<ChosenFor> chose_for_;
  std::map<std::pair<int, int>, int> values_;  ///< by agent and its n-th choice: among how many
  AgentStacks stacks_;
  std::size_t tls_module_ = 0;
  std::span<const std::byte> tls_start_;
  bool processes_;
  SharedMemory shared_;
  const SharedViews* views_ = nullptr;
  std::vector<OwnedRange> owned_;
  std::optional<MemoryFault> memory_fault_;
  std::optional<Audit> audit_;
  bool recognises_waits_ = true;
  std::vector<std::unique_ptr<Agent>> agents_;
  int agents_count_ = 0;
  AgentSet unstarted_ = 0;  ///< new ones, that have not been run yet
  int max_threads_ = StepRules{}.max_threads;
  std::string limit_;
  std::set<std::string> limits_met_;
  const Joined threads_{*this};
  SyncModel sync_;
  UndoLog undo_log_;
  Step executed_;
  std::string violation_;
  bool hangs_ = false;
  bool exits_may_fail_ = false;
  bool held_rest_ = false;
  int fair_rounds_ = StepRules{}.fair_rounds;
  bool throttled_ = false;
  bool reuses_numbers_ = false;
  bool locks_in_rounds_ = false;  ///< agents waited that had held a lock in each round ...
  bool tries_ = false;            ///< ... and a lock was tried, which may tell
  AgentSet unwatched_stacks_ = 0;
  std::unique_ptr<ExecutionGraph> graph_;  ///< null: sequential consistency, without one
  std::vector<ExecutionGraph::Way> ways_;  ///< of the agent that was asked for last
  Access asked_for_;                       ///< by its pending step
  int chosen_way_ = 0;
  OrdersUsed orders_used_ = OrdersUsed::strong;
  OrderTable* orders_ = nullptr;
  /// Who timed out in which state: after which record of the undo log.
  struct TimedOut {
    int record;
    std::uint64_t state;
    int agent;
  };
  std::vector<TimedOut> timed_out_;
  /// How many steps each agent had taken when one was held until their turn (SpinLoop::turns), in
  /// which record of the undo log. Few are, so an agent's standing does not carry it along.
  struct Turns {
    int record;
    std::vector<std::uint16_t> steps;
  };
  std::vector<Turns> turns_;
  std::uint64_t shared_steps_ = 0;
};

}  // namespace minusone
