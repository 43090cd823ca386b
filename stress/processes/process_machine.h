#pragma once

#include <sched.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/run_log.h"
#include "protocol/segment.h"
#include "stress/fibers/fiber_machine.h"
#include "stress/machine/machine.h"
#include "stress/modules/traced_module.h"
#include "stress/processes/control_page.h"
#include "stress/sync/sync_model.h"

namespace minusone {

/// Agents as real processes on a real segment, in lock step: the traced code runs in its process on
/// a fiber, announces each step as it does under FiberMachine, and the process sleeps on a futex
/// until it has the turn. Whoever has the turn performs the step for real: the access to the
/// segment, the call to the kernel or to glibc (stress/sync/real.h). All share one CPU, nobody
/// spins, and nothing has a timeout, so a debugger may hold a process for as long as it likes.
///
/// The controller keeps a SyncModel beside the real objects: it tells who could go on, has the
/// queues of those who sleep, and each real answer is compared with its own.
///
/// Differs from FiberMachine: steps are not taken back, and a round of a wait loop is a step like
/// others. What a run leaves on SIGKILL: no process (PR_SET_PDEATHSIG), no segment (its name is
/// removed at once); System V sets stand in the run log.
class ProcessMachine : public Machine {
 public:
  struct Settings {
    SegmentKind segment = SegmentKind::memfd;
    int copy_steps = 2;
    bool debuggable = false;            ///< lets any process of this user attach to the agents'
    std::optional<GlibcVersion> glibc;  ///< as StepRules has it
  };

  ~ProcessMachine() override;  ///< SIGKILL to the agents, and waitpid

  void reset() override;
  int mark() const override { return static_cast<int>(steps_.size()); }
  bool rewind(int mark) override { return mark == this->mark(); }
  int agents() const override { return agents_; }
  /// @return finished also where its process was killed
  AgentState state(int agent) const override;
  const Step& pending(int agent) const override;
  Effect step(int agent) override;
  const Step& executed() const override { return steps_.back(); }
  bool is_stale(int) const override { return false; }
  const std::string& violation() const override { return violation_; }

  /// Lets the agents take their turns, each process handing on to the next: the controller wakes
  /// only where it has a part in a step. @return whether all turns were taken; else stopped()
  bool run(std::span<const int> turns);
  /// Starts an execution as reset() does, but leaves each agent to come to its first step when it
  /// first has the turn. Only run() may follow.
  void start_lazily();
  /// Why run() came no further, one clause: "agent 2 waits".
  const std::string& stopped() const { return stopped_; }
  /// The execution's steps so far.
  std::span<const Step> steps() const { return steps_; }
  /// Where the kernel or glibc answered otherwise than the model: one sentence; empty: nowhere.
  const std::string& difference() const { return difference_; }

  /// SIGKILL, and waitpid before it returns: what the kernel cleans up is cleaned up. A step.
  void kill(int agent);
  /// Its pending call is interrupted, gives up or wakes for no reason: with what the model says
  /// that it then returns. @pre it waits, and the kind concerns it
  bool befall(int agent, FaultKind kind);
  pid_t process(int agent) const { return member(agent).process; }
  /// The copy of the module that the agent runs, for symbols; at the same address in its process.
  virtual const TracedModule& module_of(int agent) const = 0;
  /// The process stops itself (SIGSTOP) on its agent's stack before the execution's step `index`
  /// (from 0) and goes on with the schedule once it is continued.
  void stop_before(std::optional<std::size_t> index) { stops_at_ = index; }
  /// Lets an agent's process exit; reset() starts it anew. @return as of waitpid(2)
  int let_exit(int agent);

 protected:
  /// @param alignment  of the first of these bytes; a page at most
  ProcessMachine(std::size_t bytes, const Settings& settings, std::size_t alignment = 64);

  std::span<std::byte> memory() const { return memory_; }
  ControlPage& page() const { return *page_; }

  /// Adds an agent whose process is forked by initialise(). `body` runs on its fiber.
  void add_agent(void (*body)(void*), void* argument);
  /// Runs a body in a process of its own to its end, takes the segment that it leaves as every
  /// execution's start, and starts the agents. @return why it failed; empty: it did not
  std::string initialise(void (*body)(void*), void* argument);

  // In the agent's process:
  /// Puts its private memory back to the start of an execution.
  virtual void restart(int agent) = 0;
  /// The same of what its fiber carries along, once all else of that stands.
  virtual void set_up(int, Context&) {}
  /// It has come to its next step, or to its first.
  virtual void announcing(int, const Context&) {}
  /// It is about to take a step, and has arrived at the next.
  virtual void taking(int) {}
  virtual void took(int) {}

 private:
  struct Member {
    void (*body)(void*) = nullptr;
    void* argument = nullptr;
    std::vector<std::byte> heap;
    Context context;
    std::byte* deepest = nullptr;  ///< the stack has been used down to here
    std::uint32_t execution = 0;   ///< that it is in
    pid_t process = -1;            ///< -1: it has ended
    int life = -1;                 ///< a byte: the turn is back; hang-up: the process has ended
    int status = 0;                ///< of waitpid(2), once it has ended
  };
  /// Runs this thread, and what it forks, on one CPU.
  class OnOneCpu {
   public:
    OnOneCpu();
    ~OnOneCpu();

   private:
    cpu_set_t before_;
  };

  Member& member(int i) { return *members_[static_cast<std::size_t>(i)]; }
  const Member& member(int i) const { return *members_[static_cast<std::size_t>(i)]; }
  bool lives(int i) const { return member(i).process != -1; }
  RealObjects* real_objects_of(Action action) const {
    return real_objects_[family_of(action)].get();
  }

  // The controller's part (process_machine.cpp).
  void fork_member(int i);
  void note_end(int i);
  void begin();
  Reply let_go();
  void wait_for_reply();
  bool take_batch(std::span<const int> turns);
  bool resolve(Reply reply, int agent);
  bool answer(int agent);
  bool answer_exit(int agent);
  bool agrees(int agent, std::int64_t real);
  void catch_up();
  void compare(const TakenStep& taken);
  Context context_of(const AnnouncedCall& call, int agent, bool is_asked = false) const;
  bool exit_is_step(int agent) const;
  void stop(int agent, const char* why);

  // The agent's part (process_agent.cpp).
  [[noreturn]] void serve(int me, pid_t controller_process, int life) noexcept;
  int take_turns(int me);
  bool take_step(int me);
  bool is_misused();
  bool end_by_misuse(int agent);
  bool perform(Member& self, TakenStep& taken);
  void start_anew(int me);
  void run_to_next(int me);
  void announce(int me);
  bool carry(int me);
  void stop_for_debugger(Member& self);

  const Settings settings_;
  Runtime runtime_;  ///< in each agent's process: its hooks'
  const OnOneCpu here_;
  RunLog log_;
  Segment segment_;
  const std::span<std::byte> memory_;  ///< of it, what agents share
  AgentStacks stacks_;
  ControlPage* page_;
  std::vector<std::unique_ptr<RealObjects>> real_objects_;  ///< by family; null: it keeps none
  std::vector<std::unique_ptr<Member>> members_;            ///< agents, then who initialises
  int agents_ = 0;
  SyncModel sync_;
  std::vector<std::byte> start_;
  std::vector<Step> steps_;
  std::uint32_t caught_up_ = 0;  ///< of the page's steps
  std::int64_t answer_ = 0;
  std::optional<std::size_t> stops_at_;
  std::string violation_, stopped_, difference_;
};

}  // namespace minusone
