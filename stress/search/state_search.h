#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stress/machine/state_space.h"
#include "stress/machine/turn.h"
#include "stress/order/race_detector.h"
#include "stress/order/race_monitor.h"
#include "stress/search/adjacent_races.h"
#include "stress/search/search.h"
#include "stress/search/state_table.h"

namespace minusone {

/// Expands each state once, depth first, and hands out executions that lead to what there is to
/// judge: one to each way to end, one for each step that fails, one for each step that breaks what
/// no later state shows, and one for each two places in the code that race. What ends is a set of
/// states that lead to each other and nowhere else (found as in Tarjan, "Depth-First Search and
/// Linear Graph Algorithms", 1972): every agent has finished or waits, in a call or in a loop, and
/// nobody will ever go on.
///
/// States are told apart by fingerprints (StateSpace). An execution that is handed out is taken
/// again from the start as every schedule is, with waits recognised: rounds of wait loops that came
/// to nothing are steps of the search, and none of the execution's.
///
/// Data races: two accesses that are next at once are told. Where that may not be all of them
/// (AdjacentRaces::is_exact), all is done once more with happens-before as a part of each state
/// (RaceMonitor), for the races alone.
///
/// Deadlines pass where nobody can go on: of those who wait with one the first gives up, and where
/// a way leads back from there the next.
class StateSearch : public Search {
 public:
  /// @param may_die  one of these agents, in one execution; all is looked at without a death first.
  ///                 Empty: nobody
  /// @pre machine.states() != nullptr, and nothing is planned to befall its agents
  StateSearch(Machine& machine, SearchLimits limits, std::function<bool(int agent)> may_die = {});
  ~StateSearch() override;

  SearchCounts run(const Visitor& visitor) override;
  const SearchCounts& counts() const override { return counts_; }
  Assurance assurance() const override { return Assurance::complete; }
  std::vector<std::string> limits() const override;
  std::optional<StateCounts> states() const override;
  std::string races_not_judged() const override;

 private:
  /// A state on the path.
  struct Frame {
    std::uint32_t state = 0;
    std::uint32_t low = 0;    ///< the first state that those behind it are known to lead back to
    int mark = 0;             ///< of the machine, in this state
    AgentSet ready = 0;       ///< agents that can take their step
    AgentSet left = 0;        ///< of these, not tried yet
    AgentSet mortal = 0;      ///< agents whose death is not tried yet
    bool died = false;        ///< somebody has, on the way here
    AgentSet idle = 0;        ///< agents that have taken no step since a deadline passed
    bool rests = false;       ///< nobody can go on from those behind it but by a deadline
    AgentSet late = 0;        ///< then: agents whose deadline has not been let pass yet
    bool comes_back = false;  ///< behind the step that was tried last a way leads back here
    bool leaves = false;  ///< a step, no death, leads from those behind it to where none leads back
    int agent = -1;       ///< whose step is tried ...
    int kind = step_of;   ///< ... or its death, or its deadline
    bool changes_all = false;  ///< and changes other agents' own parts
    Fingerprint shared;
    Fingerprint own;                   ///< the agent's part before that step
    int order = RaceMonitor::nothing;  ///< what happens-before needs of the way here
  };
  /// What is told of one step from the last state on the path.
  struct Taken {
    bool fails = false;
    bool alarms = false;
    std::vector<int> racing;  ///< agents whose next access races with it
    bool races = false;       ///< with an earlier step
    int order = RaceMonitor::nothing;

    bool is_told() const { return fails || alarms || races || !racing.empty(); }
  };

  bool expand_anew(const Visitor& visitor);
  bool expand_all(const Visitor& visitor);
  bool expand(const Visitor& visitor);
  void look_for_races(Taken& taken);
  bool take(const Visitor& visitor);
  bool reach(Taken& taken);
  bool leave(const Visitor& visitor);
  bool lets_deadline_pass();
  void enter(std::uint32_t state, const Fingerprint& shared, int order, AgentSet idle);
  Fingerprint fingerprint(const Fingerprint& shared, int order, AgentSet idle) const;
  AgentSet idle_behind(const Frame& frame) const;
  void digest_all();
  void take_back();
  void stand_at_end_of_path();

  bool tell(const Taken& taken, std::vector<int> turns, const Visitor& visitor);
  bool tell_race(const std::vector<int>& turns, int other, const Visitor& visitor);
  bool tell_order(const std::vector<int>& turns, const Visitor& visitor);
  bool tell_end(const Visitor& visitor);
  bool hand_out(End end, bool counts_cut, const Visitor& visitor);
  std::vector<int> path() const;
  bool take_again(std::vector<int> turns, std::size_t behind_path);
  std::size_t take_turns(const std::vector<int>& turns);
  bool take_turn(int turn);
  bool let_deadline_pass(int agent);
  bool take_step(int agent);
  bool leave_out_round(std::vector<int>& turns, std::size_t at, std::size_t behind_path);
  bool leads_here(const std::vector<int>& turns, std::size_t behind_path);
  bool is_here() const;
  std::size_t bytes() const;
  Effect perform(int turn);
  FaultPlan plan_of(const std::vector<int>& turns) const;
  std::optional<End> go_on_to_end();

  /// A turn is an agent's step, its death or that its deadline passes: its number behind these.
  static constexpr int step_of = 0, death_of = max_agents, deadline_of = 2 * max_agents;

  Machine& machine_;
  StateSpace& space_;
  const SearchLimits limits_;
  const std::function<bool(int)> may_die_;
  bool with_deaths_ = false;
  SearchCounts counts_;
  StateTable table_;
  std::vector<Frame> path_;
  std::vector<Fingerprint> own_;     ///< by agent: its part in the state of now
  std::vector<std::uint32_t> open_;  ///< Tarjan's stack
  std::vector<bool> is_open_;        ///< by state: whether it stands on it
  AdjacentRaces races_;
  AccessMap accesses_;
  std::optional<RaceMonitor> order_;  ///< while happens-before is a part of states
  std::optional<StateCounts> plain_;  ///< what the search without it came to
  bool order_is_cut_ = false;         ///< the one with it has left a state out, for its depth
  bool order_is_known_ = false;       ///< it is over, and has left none out
  RaceDetector detector_;
  std::set<std::pair<const void*, int>> alarmed_;  ///< steps, by place and agent, that were told
  std::vector<Step> steps_;                        ///< of the execution that is handed out ...
  Effect effect_ = Effect::stepped;                ///< ... and what the last of them came to
  std::uint64_t not_taken_again_ = 0;  ///< ends and failures to which no schedule was found
  std::uint64_t races_not_shown_ = 0;
  bool is_full_ = false;  ///< there was no room for another state
};

}  // namespace minusone
