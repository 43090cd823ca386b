#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/history.h"
#include "stress/modules/traced_module.h"

namespace minusone {

/// What an execution has come to so far, as far as it can be seen from outside.
struct Observation {
  // Of a channel:
  History history;
  std::optional<int> word;
  // Of whole programs, by agent:
  std::vector<std::vector<std::string>> printed;
  std::vector<int> exit_statuses;
};

/// What agents on fibers and agents in processes show alike, so that the two can be compared.
class Observable {
 public:
  virtual ~Observable() = default;

  /// The copy of the module that an agent runs.
  virtual const TracedModule& module_of(int agent) const = 0;
  /// Where an address lies in what the agents share; nothing: it does not.
  virtual std::optional<std::uint64_t> shared_offset(std::uint64_t address) const = 0;
  virtual Observation observe() const = 0;
};

/// @param segment  what the agents share
inline std::optional<std::uint64_t> offset_in(std::span<const std::byte> segment,
                                              std::uint64_t address) {
  const auto offset = address - reinterpret_cast<std::uint64_t>(segment.data());
  return offset < segment.size() ? std::optional(offset) : std::nullopt;
}

/// Of agents that are whole programs.
template <class Machine>
Observation observe_programs(const Machine& machine) {
  Observation seen;
  for (int agent = 0; agent < machine.agents(); ++agent) {
    const auto printed = machine.printed(agent);
    seen.printed.emplace_back(printed.begin(), printed.end());
    seen.exit_statuses.push_back(machine.exit_status(agent));
  }
  return seen;
}

}  // namespace minusone
