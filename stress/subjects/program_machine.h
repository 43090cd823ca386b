#pragma once

#include <array>
#include <memory>
#include <string>

#include "stress/fibers/fiber_machine.h"
#include "stress/modules/traced_module.h"
#include "stress/subjects/loaded_programs.h"
#include "stress/subjects/program_agent.h"

namespace minusone {

/// A whole threaded program: main() is agent 0, each thread that it creates another. Globals and
/// the heap are shared, thread-local variables are each thread's own. A stack is its thread's own
/// until another thread uses it: that is Effect::unwatched, and all accesses to it are steps once
/// StepRules::shared_stacks says so. That is exact: in a search that ends without it, no execution
/// has an access to another's stack that was not a step, so what was left out only its owner can
/// see.
class ProgramMachine : public FiberMachine {
 public:
  /// @param module  path of a traced module made of a program
  /// @throws ModuleRefused see check_module(); or it has no main()
  /// @param arguments  of its main(), behind its name
  explicit ProgramMachine(const std::string& module,
                          std::size_t max_memory = StepRules{}.max_memory,
                          const std::vector<std::string>& arguments = {});

  const TracedModule& module() const { return module_; }
  FileAddress file_address(int, const void* at) const override { return module_.locate(at); }

 protected:
  void begin() override;
  std::vector<std::span<const std::byte>> globals_of(int agent) const override;
  std::vector<std::span<const std::byte>> shared_beside() const override {
    return {module_.load_heap()};
  }
  void add_thread(int number, std::uint64_t function, std::uint64_t argument) override;
  std::uint64_t thread_result(int agent) const override;

 private:
  TracedModule module_;
  const ArgumentList arguments_;
  std::array<ProgramThread, max_agents> threads_{};
};

}  // namespace minusone
