#include "stress/explore/schedule_so_far.h"

#include "stress/machine/machine.h"
#include "stress/machine/max_agents.h"

namespace minusone {
namespace {

std::string start_of(Schedule of) {
  of.agents.clear();
  of.faults.clear();
  of.is_position = false;
  return to_string(of);
}

}  // namespace

ScheduleSoFar::ScheduleSoFar(const Machine& machine, const Schedule& of)
    : machine_(machine), start_(start_of(of)), under_way_(tell, this) {
  for (int agent = 0; agent < max_agents; ++agent) names_.push_back(short_name(agent, of));
}

void ScheduleSoFar::tell(const void* self, BareText& out) noexcept {
  const auto& so_far = *static_cast<const ScheduleSoFar*>(self);
  const Machine& machine = so_far.machine_;
  const auto name = [&](int agent) -> std::string_view {
    return agent < 0 ? "?" : std::string_view(so_far.names_[static_cast<std::size_t>(agent)]);
  };
  out << "  schedule so far: " << so_far.start_;
  std::string_view between;
  for (const PlannedFault& fault : machine.faults().plan()) {
    out << between << name(fault.agent) << "-" << name_of(fault.kind) << "-"
        << static_cast<std::uint64_t>(fault.at);
    between = "+";
  }
  if (!between.empty()) out << ":";
  between = "";
  for (int step = 0; step < machine.mark();) {
    const int agent = machine.agent_of(step);
    std::uint64_t turns = 0;
    for (; step < machine.mark() && machine.agent_of(step) == agent; ++step) ++turns;
    out << between << name(agent);
    if (turns > 1) out << "x" << turns;
    between = ".";
  }
  out << "+\n";
}

}  // namespace minusone
