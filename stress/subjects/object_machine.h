#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stress/check/object_history.h"
#include "stress/fibers/fiber_machine.h"
#include "stress/modules/traced_module.h"
#include "stress/subjects/object_agent.h"
#include "stress/subjects/scenario.h"

namespace minusone {

/// Agents, each a process, that run a scenario's operations on one object in a segment. Its states
/// are not made for being known again: no search over states.
class ObjectMachine : public FiberMachine {
 public:
  /// @param module  path of a traced module
  /// @throws ModuleRefused  see check_module(); or init() failed
  ObjectMachine(const std::string& module, const Scenario& scenario,
                std::size_t max_memory = StepRules{}.max_memory);

  void reset() override;
  bool rewind(int mark) override;
  Effect step(int agent) override;
  Effect time_out(int agent) override;
  Effect kill(int agent) override;

  const ObjectDescription& object() const { return modules_.front()->object(); }
  /// By step of the execution so far, which call it belongs to, by its place in the scenario, agent
  /// by agent; -1: none, its agent is through. A round of a wait loop is no step.
  std::vector<int> call_of_each_step() const;
  /// How far each of the scenario's calls has come, in that order: what ended, died, or has taken a
  /// step. Of those that have taken none there is nothing, for they can have had no effect.
  /// @param waiting  with those in which an agent waits before their first step
  std::vector<std::optional<ObjectCall>> calls(bool waiting = false) const;
  std::span<const std::byte> segment() const { return segment_->bytes(); }
  const TracedModule& module_of(int agent) const {
    return *modules_[static_cast<std::size_t>(agent) + 1];
  }
  FileAddress file_address(int agent, const void* at) const override {
    return module_of(agent).locate(at);
  }
  std::size_t offset_of(std::uint64_t address) const {
    return address - reinterpret_cast<std::uint64_t>(segment_->bytes().data());
  }

 protected:
  void begin() override;
  std::vector<std::span<const std::byte>> globals_of(int agent) const override {
    return {module_of(agent).data(), module_of(agent).tls()};
  }
  bool only_steps_write() const override { return true; }
  std::string name_of(int agent) const override;

 private:
  /// What an agent had come to before it was let take a step.
  struct Before {
    std::size_t agent;
    std::size_t current;
    bool has_begun;
    bool was_step;  ///< and no round of a wait loop, which was undone
  };

  template <class Go>
  Effect noted(int agent, const Go& go);

  const Scenario scenario_;
  std::vector<std::unique_ptr<TracedModule>> modules_;  ///< the first initialises; one per agent
  std::unique_ptr<SharedArena> segment_;
  std::vector<ObjectAgent> object_agents_;
  std::vector<std::size_t> first_call_;  ///< of each agent, and one more
  std::vector<Before> before_;           ///< by what rewind() counts
};

/// "agent 1".
std::string name_of_object_agent(int agent);

}  // namespace minusone
