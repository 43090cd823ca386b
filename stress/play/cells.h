#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <vector>

#include "stress/machine/step.h"
#include "stress/play/state_graph.h"
#include "stress/subjects/subject.h"
#include "stress/sync/sync_model.h"

namespace minusone {

class ChannelMachine;

/// Keeps, state by state, the shared memory that steps write, and cuts it into cells at the end:
/// what a state was before a later step first wrote a byte is what that byte was at the start. And
/// what the kernel and glibc hold: semaphores' values, mutexes' owners, who sleeps.
class CellRecorder {
 public:
  /// @param machine  in its first state; like the subject that it is of it outlives the recorder
  CellRecorder(const ChannelMachine& machine, const Subject& subject);

  /// A step was taken.
  void note(const Step& step);
  /// Memory holds another state now.
  void keep();
  /// Fills in the graph's cells, their values, and which of them is the word.
  void put_into(StateGraph& graph) const;

 private:
  struct Range {
    std::size_t offset;
    std::size_t bytes;
  };
  /// Where a state's bytes lie: those of the first `ranges` ranges.
  struct Kept {
    std::size_t at;
    std::size_t ranges;
  };

  /// One of the kernel's or glibc's.
  struct Object {
    std::uint64_t key;
    const ObjectKind* kind;
    int home;
    std::string name;
    std::vector<std::string> values;  ///< the first: as nobody has used it yet
  };

  void add_written(std::size_t offset, std::size_t bytes);
  void keep_objects();
  std::size_t index_of(const KernelObject& object);
  void put_memory(StateGraph& graph, const Range& range, std::size_t cell) const;
  std::vector<Range> cut() const;
  void read(std::size_t state, const Range& cell, std::byte* into) const;

  const ChannelMachine& machine_;
  const Subject& subject_;
  std::vector<std::byte> start_;
  std::vector<Range> written_;    ///< disjoint, ordered by when they were first written
  std::set<std::size_t> bounds_;  ///< where some access begins or ends
  std::set<std::pair<std::size_t, std::size_t>>
      numbers_;  ///< offset and bytes of accesses of a word
  std::vector<std::byte> bytes_;
  std::vector<Kept> kept_;
  std::vector<Object> objects_;
  std::vector<std::vector<std::uint16_t>> objects_values_;  ///< by state, of the objects known then
};

}  // namespace minusone
