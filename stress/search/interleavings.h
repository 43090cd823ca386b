#pragma once

#include <vector>

#include "stress/search/search.h"

namespace minusone {

/// Visits every interleaving in which no more than so many agents are preempted: interrupted where
/// they could have gone on (Musuvathi, Qadeer, "Iterative Context Bounding for Systematic Testing
/// of Multithreaded Programs", PLDI 2007). Without reduction, because a reduction under a bound
/// would have to know which of the equal ones has the fewest preemptions.
class Interleavings : public Search {
 public:
  Interleavings(Machine& machine, SearchLimits limits, int preemptions);

  SearchCounts run(const Visitor& visitor) override;
  const SearchCounts& counts() const override { return counts_; }
  Assurance assurance() const override {
    return refused_ ? Assurance::bounded : Assurance::complete;
  }
  std::vector<std::string> limits() const override;

 private:
  /// A state on the path.
  struct Choice {
    AgentSet left = 0;  ///< agents still to be tried
    int mark = 0;
    int agent = -1;          ///< who goes on
    int interrupted = -1;    ///< who would be preempted if somebody else did
    int preemptions = 0;     ///< on the way here
    bool times_out = false;  ///< nobody could go on but by a deadline
  };

  bool enter();
  End run_once();
  Effect go_on(const Choice& choice);
  void restore();

  Machine& machine_;
  SearchLimits limits_;
  const int preemptions_;
  bool refused_ = false;  ///< a schedule was left out
  SearchCounts counts_;
  std::vector<Choice> path_;
  std::vector<Step> steps_;
};

}  // namespace minusone
