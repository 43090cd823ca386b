#pragma once

#include <optional>
#include <string>
#include <utility>

#include "stress/modules/source_layout.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// What is explored of agents that meet in one segment: how its places are called, which is the
/// same whatever the agents do there.
/// @tparam SegmentMachine  has a segment(), offset_of() an address in it, and module_of() an agent
template <class SegmentMachine>
class SegmentSubject : public Subject {
 public:
  Machine& machine() override { return machine_; }
  const Machine& machine() const override { return machine_; }
  std::string place(const Access& access) const override {
    const auto address = object_at(access.address);
    return address == 0 ? machine_.synchronisation().name_of(access.address)
                        : layout_.name(machine_.offset_of(address), access.bytes);
  }
  std::string pointer(std::uint64_t value) const override {
    const bool is_told =
        machine_.offset_of(value) < machine_.segment().size() || is_kernel_object(value);
    return is_told ? pointer_to(place({value, 1})) : "";
  }
  const TracedModule& module_of(int agent) const override { return machine_.module_of(agent); }
  std::optional<std::uint64_t> shared_offset(std::uint64_t address) const override {
    return offset_in(machine_.segment(), address);
  }

 protected:
  /// @param described  of the machine, what its module says of the segment
  /// @param work       what the agents do, as the machine takes it
  template <class Described, class Work>
  SegmentSubject(const std::string& module, const Work& work, const StepRules& rules,
                 Described described)
      : machine_(module, work, rules.max_memory), layout_(module, (machine_.*described)()) {
    machine_.set_rules(rules);
  }

  SegmentMachine machine_;

 private:
  const SourceLayout layout_;
};

}  // namespace minusone
