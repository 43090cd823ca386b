#pragma once

#include <array>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "stress/machine/max_agents.h"
#include "stress/machine/turn.h"
#include "stress/order/vector_clock.h"
#include "stress/search/search.h"

namespace minusone {

/// Visits one execution of each Mazurkiewicz trace under sequential consistency: dynamic partial
/// order reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson, Sagonas, "Optimal
/// Dynamic Partial Order Reduction", POPL 2014, algorithm 1), by running again from the start.
///
/// Differs from the paper:
/// - Agents may block. A race whose later step cannot come first because the earlier one enables it
///   (unlock and lock) is not reversed; the search looks through it for the race that it hides
///   (lock and lock). What an agent waits for is race-analysed when it blocks, as if it were
///   performed.
/// - Agents are created by others. Before that an agent is not there, and whoever creates it is
///   tried earlier for a race of its steps.
/// - A round of a wait loop without effect is no step (see Machine::step): an agent that is tried
///   and has none counts as disabled in that state. Where that has happened once it is tried
///   beforehand, so that the sets of enabled agents are right.
/// - Whether two steps depend is told by what they did, not by what they announced (a failed
///   compare-and-swap only reads); what sleeps keeps the step that it was seen to take. Where a
///   step forwent something (a FUTEX_WAIT whose word had changed did not go into the queue), it has
///   no race with who touches that, yet would have had one without what came before it: both are
///   tried before that (reverse_forgone).
/// - Under a memory model (Machine::ways()) a step that reads is taken once for each write that it
///   may read, one that writes once for each of its places in modification order; and two accesses
///   come in an order only where one reads the other's write. So the one race is that of a read
///   with a write that came too late for it: that is tried earlier, and what then sleeps, the read,
///   is awake for the writes that are new. (The roles of revisits in Kokologiannakis et al., "Truly
///   Stateless, Optimal Dynamic Partial Order Reduction", POPL 2022, are those of race reversals
///   here.) It visits each execution graph once.
/// Memory is linear in the length of one execution.
class Dpor : public Search {
 public:
  Dpor(Machine& machine, SearchLimits limits);
  ~Dpor() override;

  /// Runs until nothing is left, a limit is reached, or `visitor` says stop.
  SearchCounts run(const Visitor& visitor) override;

  /// Knuth's estimate of how many executions there are ("Estimating the Efficiency of Backtrack
  /// Programs", 1975), refined as the search runs; 0 before the first.
  double estimate() const override;
  const SearchCounts& counts() const override { return counts_; }
  Assurance assurance() const override { return Assurance::complete; }

 private:
  /// A state on the current path, and the step taken from it. Slim: races are looked for along
  /// the whole path.
  struct Frame {
    AgentSet enabled = 0;    ///< agents that can take a step with an effect
    AgentSet backtrack = 0;  ///< agents to be tried from here
    AgentSet done = 0;       ///< of these, explored with the step they took
    AgentSet sleeping = 0;   ///< agents whose step from here is explored elsewhere
    AgentSet partly = 0;     ///< agents for which that is so of the writes in since_
    int agent = -1;          ///< who took the step
    int previous = -1;       ///< the frame of its step before, -1: none
    int mark = 0;            ///< of the machine, in this state
    int agents = 0;          ///< there are in this state
    /// Of the ways in which the agent's step may be performed (Machine::ways()): which was taken,
    /// and how many there are.
    int way = 0, ways = 1;
    /// The agent waits where it reads what is newest, and need not read anything else.
    bool may_wait = false;
    std::uint16_t nth = 0;  ///< as the n-th of its steps, from 1
    VectorClock clock{};    ///< of the step
  };

  bool run_once(std::size_t prefix, const Visitor& visitor);
  void go_to(std::size_t depth);
  void restore(std::size_t depth);
  void enter(std::size_t depth);
  bool has_effect(std::size_t depth, int agent);
  static bool changes_ways(const Step& step, const Step& others);
  bool wakes_to_new_write(std::size_t depth, int agent);
  bool sleeps_for_some(std::size_t depth, int agent);
  int next_way(std::size_t depth, int agent, int from);
  int choose(const Frame& frame, std::size_t depth) const;
  End go_on(std::size_t& depth, int next);
  Turn rest(std::size_t depth);
  AgentSet asleep_at_rest(std::size_t depth);
  bool waits_at_newest(std::size_t depth, int agent);
  void take(std::size_t depth, int agent);
  void sleep_on(std::size_t depth);
  VectorClock analyse(std::size_t length, int agent, const Step& step);
  static bool reads_from(const Step& step, std::size_t earlier);
  bool could_read(std::size_t earlier, const Step& step) const;
  void reverse_forgone(std::size_t length, int agent, const Step& step, const VectorClock& clock);
  void reverse(std::size_t at, std::size_t length, int agent, const Step& step);
  bool others_may_enable(std::size_t at, std::size_t length, const Step& step) const;
  AgentSet initials(std::size_t at, std::size_t length, int agent, const Step& step);
  bool before(std::size_t earlier, const VectorClock& clock) const {
    return frames_[earlier].nth <= clock[frames_[earlier].agent];
  }
  const VectorClock& known(int agent) const {
    const int last = last_[static_cast<std::size_t>(agent)];
    return last == -1 ? born_[static_cast<std::size_t>(agent)]
                      : frames_[static_cast<std::size_t>(last)].clock;
  }
  Frame& frame(std::size_t depth);
  Step& asleep(std::size_t depth, int agent) { return asleep_[slot(depth, agent)]; }
  std::size_t slot(std::size_t depth, int agent) const {
    return depth * static_cast<std::size_t>(row_) + static_cast<std::size_t>(agent);
  }
  /// Of an agent that sleeps partly: it is awake for the writes of this step and later ones.
  int slept(std::size_t depth, int agent) const { return since_[slot(depth, agent)]; }
  void make_room_for(int agents);
  void note_created(std::size_t depth);
  void look_at_all(std::size_t depth);

  Machine& machine_;
  SearchLimits limits_;
  SearchCounts counts_;
  std::vector<Frame> frames_;  ///< the path, and room for longer ones
  std::size_t path_ = 0;       ///< states on it
  std::vector<Step> steps_;    ///< taken from frames_, one each
  std::vector<Step> asleep_;   ///< by frame, then agent: steps of those done or sleeping
  std::vector<int> since_;     ///< likewise: of those who sleep partly, since which step
  int row_ = 16;               ///< agents that a frame has room for there
  std::unordered_set<const void*> waits_;  ///< where rounds without effect were seen to end
  std::vector<std::size_t> forwent_;       ///< frames of the path whose steps forwent something
  std::vector<std::uint32_t> sequence_;    ///< scratch of initials()
  std::array<VectorClock, max_agents> born_{};  ///< by agent: the clock of the step that created it
  std::array<int, max_agents> last_{};          ///< by agent: the frame of its last step, -1: none
  /// What an agent was known by before a later thread had its number, by the frame that created it.
  struct Reborn {
    std::size_t frame;
    int agent;
    int last;
    VectorClock born;
  };
  std::vector<Reborn> reborn_;
  std::size_t taken_ = 0;  ///< steps of the path that the machine has taken
  double estimate_ = 0;
  std::uint64_t probes_ = 0;
};

}  // namespace minusone
