#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/verdict.h"
#include "stress/explore/explore.h"
#include "stress/weaken/order_places.h"

namespace minusone {

/// What the orders must suffice for.
struct OrdersWorkload {
  std::string name;                         ///< "2+1", "1+1 x3"; of a program nothing
  std::string options;                      ///< of `explore`, behind what is explored
  Workload workload;                        ///< of a channel
  Verdict verdict = Verdict::inconclusive;  ///< with the orders as written
  bool is_complete = false;                 ///< every execution was looked at
  std::vector<std::string> limits;          ///< why not
  std::uint64_t executions = 0;
};

/// Which orders stand where, in place of those written: by index of the place.
using OrderChoice = std::map<std::size_t, int>;

/// One choice of orders, explored.
struct OrderTrial {
  OrderChoice choice;
  std::vector<std::string> changes;         ///< the same as --order takes it, sorted
  Verdict verdict = Verdict::inconclusive;  ///< holds: in all workloads that are looked at
  std::string workload;                     ///< where it is violated, or was not decided
  std::optional<Property> broken;           ///< the one that tells most
  std::size_t steps = 0;                    ///< of the execution that breaks it
  std::string schedule;
};

/// One place, by itself.
struct OrderFinding {
  OrderPlace place;
  std::vector<OrderTrial> trials;  ///< other orders there, the rest as written; weakest first
  /// The weakest with which all holds; none: it is needed as written, or nothing is known.
  std::vector<int> weakest;
  bool undecided = false;  ///< of a weaker one than these it is not known
};

/// Which memory orders a source needs.
struct OrdersReport {
  std::string source;  ///< as the command names it
  std::string build;
  std::vector<OrdersWorkload> workloads;  ///< ordered by size; those that were not reached too
  Verdict as_written = Verdict::inconclusive;
  std::vector<OrderFinding> places;  ///< in the order of the source
  /// Where it holds as written: the weakest orders that hold together, none of which can be
  /// weakened any more.
  std::optional<OrderTrial> together;
  bool together_undecided = false;  ///< some might be weaker
  // Where it is violated as written:
  OrderTrial written;  ///< how
  /// With every order as strong as it gets.
  std::optional<OrderTrial> strongest;
  /// Single changes that mend it, the weakest at each place; where there are none, the fewest
  /// together, none of which can be left out or weakened.
  std::vector<OrderTrial> mended;
  std::vector<std::string> limits;  ///< what was not reached
  std::vector<std::string> notes;
  double seconds = 0;
};

struct OrderSearchOptions {
  std::string source;  ///< OrdersReport::source
  std::string module;  ///< path of a traced one
  ExploreOptions explore;
  std::vector<OrdersWorkload> workloads;
  /// The id that a schedule carries whose orders are changed so.
  std::function<std::string(const std::vector<std::string>& changes)> build;
  std::chrono::milliseconds time_limit{std::chrono::minutes(2)};
  std::function<void(const std::string& what)> progress;  ///< told what is tried now; may be null
};

/// Weakens the orders of a source under RC11, one place at a time and then together, as in VSync
/// (Oberhauser et al., "VSync: Push-Button Verification and Optimization for Synchronization
/// Primitives on Weak Memory Models", ASPLOS 2021); those of a source that is violated it makes
/// stronger. A violated choice ends soon after its first violation. One that holds was explored
/// whole: what is weaker allows more executions under RC11, so that whatever orders more holds too,
/// and what orders less than one that is violated is violated. Differs from the paper: orders are
/// put in place of the announced ones, the source stays as it is; and what is weakened together is
/// minimal, not the best of several.
/// @throws ModuleRefused, NotModelled  as explore()
OrdersReport find_orders(const OrderSearchOptions& options);

}  // namespace minusone
