#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stress/explore/explore.h"
#include "stress/model/agreement.h"
#include "stress/model/model_source.h"
#include "stress/model/real_code.h"
#include "stress/modules/module.h"

namespace minusone {

/// What the model can tell of, and the pattern of the ends that break it (Verifier::seek).
struct Judged {
  Property property;
  const char* sought;
};
inline constexpr Judged judged_by_model[] = {
    {Property::legal_state, "* * * * * * + *"},    {Property::no_loss, "* + * * * * * *"},
    {Property::no_duplicate, "* * + * * * * *"},   {Property::no_tear, "* * * + * * * *"},
    {Property::no_reorder, "* * * * + * * *"},     {Property::no_deadlock, "* * * * * + * 0"},
    {Property::survives_death, "* * * * * + * +"},
};

inline constexpr const char* any_end = "* * * * * * * *";

/// Whether an end of the model breaks a property that the model can tell of.
bool breaks(const ModelEnd& end, Property property);
bool any_breaks(const std::set<ModelEnd>& ends, Property property);
/// The pattern of the ends that come to an outcome.
std::string sought(const Outcome& outcome);

/// Everything that is needed to hold one protocol's model against its code, and what was found so
/// far. Which size and claim is looked at stands in agreement.cpp, how outcomes are compared in
/// compare_outcomes.cpp, how the code takes the model's trails in take_trails.cpp, and what the
/// protocol claims in compare_claims.cpp.
class Conformance {
 public:
  Conformance(const std::string& protocol, const ConformOptions& options)
      : options_(options),
        name_(protocol),
        model_(find_model(protocol)),
        native_(Module::load(protocol, ModuleKind::native)),
        widened_(Module::load(protocol, ModuleKind::widened)),
        traced_(find_module(protocol, ModuleKind::traced)),
        optimized_(find_module(protocol, ModuleKind::optimized)) {
    report_.protocol = native_.protocol().name;
    report_.head = model_.head;
    report_.source = model_.source;
  }

  ConformReport run();

 private:
  void check_size(const ModelSize& size);
  void compare_with_explored(const ModelSize& size, SizeReport& row);
  void compare_with_native(const ModelSize& size, SizeReport& row);
  void take_walks(RealCode& code, SizeReport& row);
  bool follow(const ModelTrail& trail, RealCode& code, SizeReport& row);
  void reach_the_rest(RealCode& code, SizeReport& row);
  const Verifier& verifier(const ModelSize& size, Verifier::Order order);
  void check_liveness_of_all();
  void check_sizes();
  void check_claims();
  void show_break(const Claim& claim, const Judged& judged, const ModelSize& size);

  std::optional<ModelTrail> draw(const ModelSize& size, const std::string& what, unsigned seed) {
    return verifier(size, Verifier::Order::random).seek(size, what, seed);
  }
  std::optional<ModelTrail> shortest(const ModelSize& size, const std::string& what) {
    return verifier(size, Verifier::Order::breadth_first).seek(size, what);
  }

  const Protocol& protocol() const { return native_.protocol(); }
  bool interrupted() const {
    return options_.verifier.interrupted != nullptr && options_.verifier.interrupted->load();
  }
  std::string word_name() const { return protocol().word.name; }
  bool keeps(Property property) const;
  bool fits(const ModelSize& size) const;
  bool is_spared(const ModelSize& size) const;
  ExploreOptions exploration(const ModelSize& size, bool optimized) const;
  std::string schedule_of(const ModelSize& size, const ModelTrail& trail) const {
    return to_string(minusone::schedule_of(trail, size, traced_.build_id));
  }
  std::string explored_way_to(const ModelSize& size, const std::string& outcome) const;
  std::string misfit(const ModelTrail& trail, const RealCode::Retaken& retaken) const;
  void disagree(std::string what, std::string schedule = {}) {
    report_.disagreements.push_back({std::move(what), std::move(schedule)});
  }

  const ConformOptions& options_;
  const std::string name_;
  const ModelSource model_;
  const Module native_;
  const Module widened_;
  const ModuleFile traced_;
  const ModuleFile optimized_;
  ConformReport report_;
  std::vector<ModelSize> sizes_;
  std::map<std::pair<ModelSize, Verifier::Order>, std::unique_ptr<Verifier>> verifiers_;
  std::vector<ModelSize> too_large_;  ///< to be explored whole
};

}  // namespace minusone
