#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "stress/explore/allowed_races.h"
#include "stress/explore/counterexample.h"
#include "stress/explore/narrator.h"
#include "stress/order/race_detector.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// Judges executions as they come, and keeps of them what a result tells.
class ResultCollector {
 public:
  /// @param blank     a schedule of this module and workload, of no steps
  /// @param explains  counts steps by where they stand in the source
  /// @param allowed   races that break nothing
  ResultCollector(Subject& subject, const std::string& module, Schedule blank, bool explains,
                  AllowedRaces allowed)
      : subject_(subject),
        narrator_(subject, module),
        blank_(std::move(blank)),
        explains_(explains),
        allowed_(std::move(allowed)) {}

  void add(const Execution& execution);

  /// The executions' counts, outcomes and races; each property with how often it was broken.
  void put_into(Result& result) const;
  /// Whether any agent touched what agents share. If none ever did, nothing was explored.
  bool touched_shared() const { return touched_shared_; }
  /// Whether any execution ended by itself: by no limit, and with nobody left whose loop might have
  /// gone on or whose assumption does not hold.
  bool came_to_an_end() const { return came_to_an_end_; }
  /// Executions that were cut where a limit of the machine's was met (Machine::limits_met).
  std::uint64_t cut_at_limits() const { return cut_at_limits_; }
  /// A line for each place in the source that a step was taken at.
  std::vector<std::string> steps_by_place() const;
  /// By broken property: the execution that is easiest to follow.
  struct Shortest {
    Schedule arranged;  ///< with few context switches
    Schedule taken;     ///< as the search took it
  };
  const std::map<Property, Shortest>& shortest() const { return shortest_; }
  /// By place at which an agent died: what came of it, and of the executions that break something
  /// the one that is easiest to follow. Schedules and who waits are not told yet.
  std::vector<std::pair<DeathPoint, std::optional<Shortest>>> deaths() const;
  /// The first execution in which an agent starved as far as the workload goes: who, and how.
  const std::optional<std::pair<std::string, Schedule>>& starvation() const { return starvation_; }

 private:
  /// Agent, steps of its own, where it stood.
  using DeathPlace = std::tuple<int, int, const void*>;
  struct Deaths {
    Step last;  ///< of the agent's own steps, where it had taken any
    Step died;
    std::uint64_t executions = 0;
    std::uint64_t violating = 0;
    std::set<Property> broken;
    std::optional<Shortest> shortest;
  };

  std::uint64_t& unbroken(End end, bool held);
  bool ends_by_itself(const Execution& execution) const;
  void look_for_shared(const Execution& execution);
  bool races(const Execution& execution);
  std::size_t note_race(const Step& first, const Step& second);
  Schedule schedule_of(const Execution& execution) const;
  static Schedule arranged(Schedule schedule, const Execution& execution);
  Deaths* note_death(const Execution& execution);
  void note(Property property, const Execution& execution);
  std::optional<Shortest> shorter_than(const Shortest* known, const Execution& execution) const;

  Subject& subject_;
  RaceDetector detector_;
  Narrator narrator_;
  const Schedule blank_;
  const bool explains_;
  bool touched_shared_ = false;
  bool came_to_an_end_ = false;
  std::uint64_t cut_at_limits_ = 0;
  ExecutionCounts counts_;
  std::map<Property, std::uint64_t> broken_;
  std::map<Property, Shortest> shortest_;
  std::map<DeathPlace, Deaths> deaths_;
  std::set<Property> broken_in_life_;  ///< by executions in which nobody dies
  std::optional<std::pair<std::string, Schedule>> starvation_;
  struct KnownRace {
    Race race;
    bool allowed;
    std::uint64_t executions = 0;
    std::uint64_t last = 0;  ///< the execution that was counted last
  };
  AllowedRaces allowed_;
  std::uint64_t judged_ = 0;                                           ///< executions
  std::map<std::pair<const void*, const void*>, std::size_t> racing_;  ///< into races_
  std::vector<KnownRace> races_;
  struct Place {
    Step step;
    std::uint64_t count = 0;
  };
  std::unordered_map<const void*, Place> places_;
};

}  // namespace minusone
