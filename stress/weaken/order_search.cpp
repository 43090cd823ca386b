#include "stress/weaken/order_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "stress/report/findings.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

class OrderSearch {
 public:
  explicit OrderSearch(const OrderSearchOptions& options) : options_(options) {
    report_.source = options.source;
    report_.build = options.build({});
    report_.workloads = options.workloads;
  }

  OrdersReport run() {
    explore_as_written();
    if (report_.as_written == Verdict::holds) {
      for (std::size_t i = 0; i < places_->places().size(); ++i) weaken(i);
      weaken_together();
    } else if (report_.as_written == Verdict::violated) {
      mend();
    }
    note_limits();
    std::ranges::sort(report_.places, {}, &OrderFinding::place);
    report_.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    return std::move(report_);
  }

 private:
  std::chrono::milliseconds left() const {
    const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    return std::max(options_.time_limit - used, std::chrono::milliseconds(0));
  }
  bool is_over() const {
    const auto* const flag = options_.explore.interrupted;
    return left().count() == 0 || (flag != nullptr && flag->load());
  }

  Result explored(const Workload& workload, const std::string& build,
                  std::chrono::milliseconds most) const {
    ExploreOptions options = options_.explore;
    options.workload = workload;
    options.memory = MemoryModel::rc11;
    options.orders = places_;
    options.until_violated = true;
    options.shrinks = false;
    options.time_limit = std::min(most, left());
    auto first = explore(options_.module, build, options);
    if (first.verdict != Verdict::violated) return first;
    // Among a few more there may be one that is easier to follow, or tells more than a race.
    options.until_violated = false;
    options.executions = 300;
    auto telling = explore(options_.module, build, options);
    return telling.verdict == Verdict::violated ? telling : first;
  }

  static void note(OrderTrial& trial, const Result& result) {
    trial.verdict = Verdict::violated;
    const auto found = findings(result);
    if (found.empty()) return;
    const PropertyResult& property = *found.front().front();
    trial.broken = property.property;
    trial.steps = property.steps.size();
    trial.schedule = property.schedule;
  }

  /// What takes more of the time than its share is left out: nothing could be tried with it.
  void explore_as_written() {
    report_.written.verdict = report_.as_written = Verdict::holds;
    const auto share = options_.time_limit / 6;
    bool reached = false;
    for (OrdersWorkload& workload : report_.workloads) {
      if (is_over()) break;
      tell("as written", workload);
      const auto result = explored(workload.workload, report_.build, share);
      workload.verdict = result.verdict;
      workload.is_complete = result.assurance == Assurance::complete;
      workload.limits = result.limits;
      workload.executions = result.executions.all();
      if (result.verdict == Verdict::violated) {
        note(report_.written, result);
        report_.written.workload = workload.name;
        report_.as_written = Verdict::violated;
        return;
      }
      reached |= result.verdict == Verdict::holds;
    }
    if (!reached) report_.written.verdict = report_.as_written = Verdict::inconclusive;
  }

  /// What bounds one choice that holds bounds what is said of the workload.
  static void note_bounds(OrdersWorkload& workload, const Result& result) {
    workload.is_complete &= result.assurance == Assurance::complete;
    for (const auto& limit : result.limits) {
      if (std::ranges::find(workload.limits, limit) == workload.limits.end())
        workload.limits.push_back(limit);
    }
  }

  void put(const OrderChoice& choice, bool rest_strongest) {
    rest_strongest ? places_->set_strongest() : places_->set_as_written();
    for (const auto& [place, order] : choice) places_->set_order(place, order);
  }

  /// Those places whose order is another than the one written.
  std::vector<std::string> changes() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < places_->places().size(); ++i) {
      if (places_->order_at(i) != places_->places()[i].written)
        all.push_back(to_string(places_->change_at(i)));
    }
    std::ranges::sort(all);
    return all;
  }

  /// Explores a choice under each workload that was reached, up to the first that it fails.
  /// @param rest_strongest  the other places have the strongest orders that there are
  OrderTrial attempt(const OrderChoice& choice, bool rest_strongest = false) {
    put(choice, rest_strongest);
    OrderTrial trial{.choice = choice, .changes = changes(), .verdict = Verdict::holds};
    for (OrdersWorkload& workload : report_.workloads) {
      if (workload.verdict == Verdict::inconclusive && report_.as_written == Verdict::holds)
        continue;
      trial.workload = workload.name;
      tell(trial.changes.empty() ? "" : trial.changes.front(), workload);
      const auto result = is_over() ? Result{} : explored(workload.workload, "", left());
      if (result.verdict == Verdict::holds) {
        note_bounds(workload, result);
        continue;
      }
      trial.verdict = result.verdict;
      if (result.verdict != Verdict::violated) return trial;
      trial.changes = changes();  // places that were met on the way are strong too
      note(trial, result);
      with_build(trial);
      return trial;
    }
    trial.changes = changes();
    trial.workload.clear();
    return trial;
  }

  /// Which changes its schedule belongs to.
  void with_build(OrderTrial& trial) const {
    trial.schedule = options_.build(trial.changes) + trial.schedule;
  }

  void tell(const std::string& what, const OrdersWorkload& workload) const {
    if (options_.progress) options_.progress(fmt::format("{}  {}", workload.name, what));
  }

  /// Tries the weaker orders of one place, the weakest first: of what orders more than one that
  /// holds nothing is left to find out.
  void weaken(std::size_t index) {
    OrderFinding finding{.place = places_->places()[index], .trials = {}, .weakest = {}};
    for (const int order : orders_of(finding.place.use)) {
      const auto suffices = [&](int weak) { return is_at_most(weak, order); };
      if (!is_weaker(order, finding.place.written)) continue;
      if (std::ranges::any_of(finding.weakest, suffices)) continue;
      auto trial = attempt({{index, order}});
      if (trial.verdict == Verdict::holds) finding.weakest.push_back(order);
      finding.undecided |= trial.verdict == Verdict::inconclusive;
      finding.trials.push_back(std::move(trial));
    }
    report_.places.push_back(std::move(finding));
  }

  /// First all that are weakest by themselves at once, which no other choice goes below; then one
  /// place after the other.
  void weaken_together() {
    OrderChoice weakest;
    for (std::size_t i = 0; i < report_.places.size(); ++i) {
      if (!report_.places[i].weakest.empty()) weakest[i] = report_.places[i].weakest.front();
      report_.together_undecided |= report_.places[i].undecided;
    }
    report_.together = weakest.empty() ? OrderTrial{.verdict = Verdict::holds} : attempt(weakest);
    if (report_.together->verdict == Verdict::holds) return;
    OrderTrial best{.verdict = Verdict::holds};
    for (const auto& [index, order] : weakest) {
      const OrderFinding& finding = report_.places[index];
      for (const int next : orders_of(finding.place.use)) {
        const auto suffices = [&](int weak) { return is_at_most(weak, next); };
        if (!is_weaker(next, finding.place.written) ||
            std::ranges::none_of(finding.weakest, suffices))
          continue;
        auto choice = best.choice;
        choice[index] = next;
        auto trial = attempt(choice);
        report_.together_undecided |= trial.verdict == Verdict::inconclusive;
        if (trial.verdict != Verdict::holds) continue;
        best = std::move(trial);
        break;
      }
    }
    report_.together = std::move(best);
  }

  /// With every order as strong as it gets, at single places, then at as few as there are.
  void mend() {
    report_.strongest = attempt({}, true);
    for (const OrderPlace& place : places_->places())
      report_.places.push_back({.place = place, .trials = {}, .weakest = {}});
    if (report_.strongest->verdict != Verdict::holds) return;
    for (std::size_t i = 0; i < report_.places.size(); ++i) strengthen(i);
    if (report_.mended.empty()) strengthen_together();
  }

  void strengthen(std::size_t index) {
    OrderFinding& finding = report_.places[index];
    for (const int order : orders_of(finding.place.use)) {
      const auto suffices = [&](int weak) { return is_at_most(weak, order); };
      if (!is_weaker(finding.place.written, order) ||
          std::ranges::any_of(finding.weakest, suffices))
        continue;
      auto trial = attempt({{index, order}});
      finding.undecided |= trial.verdict == Verdict::inconclusive;
      if (trial.verdict == Verdict::holds) {
        finding.weakest.push_back(order);
        report_.mended.push_back(trial);
      }
      finding.trials.push_back(std::move(trial));
    }
  }

  void strengthen_together() {
    OrderTrial best = *report_.strongest;
    for (std::size_t i = 0; i < report_.places.size(); ++i) {
      const OrderPlace& place = report_.places[i].place;
      for (const int order : orders_of(place.use)) {
        if (!is_at_most(place.written, order) || order == __ATOMIC_SEQ_CST) continue;
        auto choice = best.choice;
        choice[i] = order;
        auto trial = attempt(choice, true);
        report_.together_undecided |= trial.verdict == Verdict::inconclusive;
        if (trial.verdict != Verdict::holds) continue;
        best = std::move(trial);
        break;
      }
    }
    report_.mended.push_back(std::move(best));
  }

  void note_limits() {
    for (const OrdersWorkload& workload : report_.workloads) {
      const bool is_of_interest = report_.as_written != Verdict::violated;
      if (workload.verdict == Verdict::inconclusive && is_of_interest)
        report_.limits.push_back(fmt::format("{} was not reached", workload.name));
    }
    const bool undecided =
        report_.together_undecided ||
        std::ranges::any_of(report_.places, [](const auto& place) { return place.undecided; });
    if (places_->left_library()) {
      report_.notes.push_back(
          "what the standard library does for itself, behind other calls than those of "
          "std::atomic, "
          "keeps its orders");
    }
    if (undecided) report_.limits.push_back("the time limit came before all was tried");
  }

  const OrderSearchOptions& options_;
  const std::shared_ptr<OrderPlaces> places_ = std::make_shared<OrderPlaces>();
  const Clock::time_point began_ = Clock::now();
  OrdersReport report_;
};

}  // namespace

OrdersReport find_orders(const OrderSearchOptions& options) { return OrderSearch(options).run(); }

}  // namespace minusone
