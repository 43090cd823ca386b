#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/history.h"
#include "protocol/workload.h"
#include "stress/modules/traced_module.h"
#include "stress/processes/process_machine.h"
#include "stress/subjects/channel_agent.h"
#include "stress/subjects/observable.h"

namespace minusone {

/// Writers and readers of one channel as real processes in lock step, writers first.
class ChannelProcesses : public ProcessMachine, public Observable {
 public:
  /// @param module  path of a traced module
  /// @throws ModuleRefused see check_module(); agents are threads, or too many; init() failed
  ChannelProcesses(const std::string& module, const Workload& workload,
                   const Settings& settings = {});
  ~ChannelProcesses() override;

  const Protocol& protocol() const { return modules_.front()->protocol(); }
  /// As ChannelMachine's, a dead agent's operation ending `dead`.
  History history() const;
  /// The state word as it is now, where the protocol has one.
  std::optional<int> word() const;
  std::span<const std::byte> segment() const { return memory().first(protocol().bytes); }
  const TracedModule& module_of(int agent) const override {
    return *modules_[static_cast<std::size_t>(agent) + 1];
  }
  std::optional<std::uint64_t> shared_offset(std::uint64_t address) const override {
    return offset_in(segment(), address);
  }
  Observation observe() const override {
    return {.history = history(), .word = word(), .printed = {}, .exit_statuses = {}};
  }

 protected:
  void restart(int agent) override;
  void taking(int agent) override;
  void took(int agent) override;

 private:
  /// An agent's operations where the controller sees them.
  struct Shown {
    std::uint32_t execution;
    int current;
  };
  using Modules = std::vector<std::unique_ptr<TracedModule>>;

  static Modules load(const std::string& module, const Workload& workload);
  ChannelProcesses(Modules modules, const std::string& module, const Workload& workload,
                   const Settings& settings);
  Shown& shown(int agent) const;
  Operation* operations(int agent) const;
  bool is_shown(int agent) const;

  ChannelAgent& channel_agent(int agent) { return agents_[static_cast<std::size_t>(agent)]; }

  Workload workload_;
  Modules modules_;  ///< the first initialises; one per agent
  std::vector<ChannelAgent> agents_;
  std::size_t board_bytes_;
  std::byte* board_;  ///< shared with the agents: what is shown of each, and its operations
};

}  // namespace minusone
