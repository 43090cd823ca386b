#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/history.h"
#include "protocol/workload.h"
#include "stress/check/history_monitor.h"
#include "stress/fibers/fiber_machine.h"
#include "stress/modules/traced_module.h"
#include "stress/subjects/channel_agent.h"

namespace minusone {

/// Writers and readers of one channel, writers first.
class ChannelMachine : public FiberMachine {
 public:
  /// @param module  path of a traced module
  /// @throws ModuleRefused see check_module(); or init() failed
  ChannelMachine(const std::string& module, const Workload& workload,
                 std::size_t max_memory = StepRules{}.max_memory);

  void reset() override;
  bool rewind(int mark) override;
  Effect step(int agent) override;
  Effect time_out(int agent) override;
  Effect kill(int agent) override;
  /// With what the operations came to, as far as judge_channel() goes by it.
  Fingerprint state_fingerprint() const override;
  Fingerprint agent_fingerprint(int agent) const override;

  // For a search over states (state_space.h).
  void merges_states(bool on) override;
  Fingerprint own_part(int agent) const override;
  std::uint64_t past() const override { return static_cast<std::uint64_t>(past_); }
  bool alarms() const override { return writes_illegal_word(executed()); }

  /// Whether the step left a value in the state word that is not among the legal ones.
  bool writes_illegal_word(const Step& step) const;
  /// The description, by the copy of the module that initialised the segment.
  const Protocol& protocol() const { return modules_.front()->protocol(); }
  /// The execution's operations so far, ordered by agent, then by call; what an agent that has not
  /// finished is about to begin counts as called.
  History history() const;
  /// At an execution's end: a fresh reader takes what still lies in the channel. Its operations
  /// stand in history() from then on, as agent drainer().
  void drain();
  std::uint16_t drainer() const {
    return static_cast<std::uint16_t>(workload_.writers + workload_.readers);
  }
  /// Whether the agent has taken a step of the operation that it is in, or died in.
  bool has_begun(int agent) const;
  /// The state word as it is now, where the protocol has one.
  std::optional<int> word() const;
  /// The segment as it is now.
  std::span<const std::byte> segment() const { return segment_->bytes(); }
  /// The copy of the module that the agent runs, for symbols.
  const TracedModule& module_of(int agent) const;
  FileAddress file_address(int agent, const void* at) const override {
    return module_of(agent).locate(at);
  }
  /// Bytes of shared memory, and their name for people: offset from the segment's start.
  std::size_t offset_of(std::uint64_t address) const;

 protected:
  void begin() override;
  std::vector<std::span<const std::byte>> globals_of(int agent) const override;
  std::vector<std::span<const std::byte>> shared_beside() const override;
  bool only_steps_write() const override { return true; }
  std::string name_of(int agent) const override { return name_of_agent(agent, workload_.writers); }

 private:
  /// What an agent's operations were before a step; all behind the current one were untouched.
  struct Progress {
    int agent;
    int current;
    Operation operation;
    std::uint64_t clock;
    int past;
  };

  template <class Go>
  Effect noted(int agent, bool dies, const Go& go);

  Workload workload_;
  std::vector<std::unique_ptr<TracedModule>> modules_;  ///< the first initialises; one per agent
  std::unique_ptr<SharedArena> segment_;
  std::vector<ChannelAgent> channel_agents_;  ///< the drainer last
  std::vector<Progress> progress_;            ///< by step
  std::uint64_t clock_ = 0;
  std::unique_ptr<HistoryMonitor> monitor_;  ///< since states were merged first
  bool monitors_ = false;
  int past_ = HistoryMonitor::nothing;
};

}  // namespace minusone
