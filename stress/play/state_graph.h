#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/outcome.h"
#include "protocol/property.h"
#include "protocol/workload.h"
#include "stress/modules/source_lines.h"

namespace minusone {

/// A piece of shared memory that some step writes, and the values that it ever has.
struct Cell {
  std::string name;                 ///< "written", "text[0..15]"
  bool is_number = false;           ///< else values are said to be whose message they are of
  std::vector<std::string> values;  ///< ordered by when they were first seen
};

/// Where one agent may be: what it has done, and what it is about to do.
struct AgentPlace {
  bool finished = false;
  bool dead = false;              ///< then also finished
  SourceLine line;                ///< the innermost in the protocol's own source
  std::string next;               ///< its pending step without values: "takes semaphore full"
  std::vector<std::string> done;  ///< a clause an operation: "took writer 1's message"
};

/// What an execution that ends in a state comes to.
struct Conclusion {
  std::string outcome;  ///< in the fixed form of to_string(Outcome)
  Grade grade = Grade::acceptable;
  std::string why;
  bool is_timed = false;  ///< somebody's deadline is still to come: timeouts are left out
  std::vector<Property>
      broken;  ///< ordered as the oracle names them; legal_state is not among them

  bool operator==(const Conclusion&) const = default;
};

/// All states that the agents of a channel can bring it into, and the moves between them. States
/// are numbered from 0, where every execution begins; what is said of each state lies in flat
/// lists, state by state. A move is an agent's step (its number), or where deaths are allowed its
/// death (its number behind those of all agents' steps).
struct StateGraph {
  static constexpr std::int32_t none = -1;

  std::string protocol, summary, build;
  std::string replayed_as;  ///< what `minusone replay` is given for it
  Workload workload;
  int copy_steps = 2;
  Death death = Death::none;        ///< the agents that one may befall
  std::vector<std::string> agents;  ///< names; writers first
  std::string word;                 ///< the state word's name; empty where there is none
  std::vector<long> legal;          ///< the word's legal values
  int word_cell = none;             ///< the word among the cells; none: nobody ever writes it

  std::vector<Cell> cells;
  std::vector<AgentPlace> places;
  std::vector<std::string> sentences;  ///< what a step does: "reads written = 1"
  std::vector<Conclusion> conclusions;

  std::vector<std::uint32_t> value;  ///< states x cells: into that cell's values
  std::vector<std::uint32_t> place;  ///< states x agents: into places
  std::vector<std::int32_t> next;  ///< states x moves: the state that it leads to; none: the agent
                                   ///< has finished or is blocked; the state itself: it only goes
                                   ///< round a wait loop
  std::vector<std::int32_t> says;  ///< states x moves: into sentences, where there is a move
  std::vector<std::int32_t> conclusion;  ///< states: into conclusions; none: somebody can go on

  /// Ways from the first state to one in which nobody is left that can go on; 0 where wait loops of
  /// several steps make them uncountable.
  double interleavings = 0;

  std::size_t states() const { return conclusion.size(); }
  int moves() const { return static_cast<int>(agents.size()) * (death == Death::none ? 1 : 2); }
  int agent_of(int move) const { return move % static_cast<int>(agents.size()); }
  bool is_death(int move) const { return move >= static_cast<int>(agents.size()); }
  int death_of(int agent) const { return agent + static_cast<int>(agents.size()); }
  /// Into lists of states x moves.
  std::size_t edge(std::int32_t state, int move) const {
    return static_cast<std::size_t>(state) * static_cast<std::size_t>(moves()) +
           static_cast<std::size_t>(move);
  }
  /// Into lists of states x agents.
  std::size_t at(std::int32_t state, int agent) const {
    return static_cast<std::size_t>(state) * agents.size() + static_cast<std::size_t>(agent);
  }
};

/// There are more states than asked for: how many, and what to do.
struct TooManyStates : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct StateGraphLimits {
  std::size_t states = 400'000;
  int copy_steps = 2;
  Death death = Death::none;  ///< one may die in an execution
};

/// Takes every step from every state, once each. Waits need no proof here: a round of a wait loop
/// leads back to a state that was seen. What it finds is exact for the same model as an exhaustive
/// exploration's (sequential consistency, no timeouts, no deaths but one where asked for): the same
/// outcomes.
///
/// @param module  path of a traced module of a channel
/// @throws ModuleRefused   it cannot be explored, or is a whole program
/// @throws TooManyStates
/// @throws WorkIsOver      before all states were found (stress/machine/end_of_work.h)
StateGraph make_state_graph(const std::string& module, const std::string& build,
                            const Workload& workload, const StateGraphLimits& limits = {});

}  // namespace minusone
