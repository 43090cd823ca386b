#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "protocol/memory_model.h"
#include "stress/machine/step.h"
#include "stress/order/happens_before.h"

namespace minusone {

/// An execution under a memory model: its events, one for each step; for each place in memory its
/// modification order; for each read the write that it reads. It says in which ways the next access
/// may be performed, so that the whole stays consistent:
///
/// - rc11: coherence by happens-before (order/happens_before.h), atomicity, and an acyclic partial
///   order of what is seq_cst (Lahav et al., PLDI 2017, fig. 7; a read-modify-write is one event).
///   A release sequence goes on through read-modify-writes alone, as in C++20 (P0982). Plain
///   accesses are relaxed ones: where that makes a difference there is a data race.
/// - tso: no cycle of modification order, from-reads, reads-from between agents and program order,
///   but for a store before a later load; fences, read-modify-writes, what is seq_cst and calls
///   keep that too (Owens, Sarkar, Sewell, "A Better x86 Memory Model: x86-TSO", TPHOLs 2009;
///   Alglave, Maranget, Tautschnig, "Herding Cats", TOPLAS 2014).
/// - sc: no cycle of these with all of program order.
///
/// All three are closed under taking the last event away, and let each event be added as the
/// newest; so events may be added in any order that follows program order and reads-from.
///
/// A place is what one access touches, of up to 16 bytes. Ranges, and accesses that lie across
/// places, are done at once on what is newest everywhere: exact where there is no race. What is no
/// access to memory (calls) is ordered as it was performed.
class ExecutionGraph {
 public:
  explicit ExecutionGraph(MemoryModel model) : model_(model) {}

  /// An access that is to be performed.
  struct Request {
    const Step& step;  ///< its first access is the one
    /// Of a compare-and-swap: what it expects, else it only reads, by this order.
    const std::byte* expected = nullptr;
    std::uint8_t failure_order = 0;
  };
  /// A way to perform it: positions in the place's modification order, of which 0 is what was there
  /// at first.
  struct Way {
    int read_at = none;   ///< of the write that it reads
    int write_at = none;  ///< that its own write gets; those from there on move up
    static constexpr int none = -1;
  };

  MemoryModel model() const { return model_; }

  /// Forgets everything.
  void restart();
  /// Events so far: each step adds one.
  int size() const { return size_; }
  /// Takes back those from `size` on.
  void cut(int size);

  /// Whether an access is one to a place: not across several, and not too long.
  bool is_place(const Access& access) const;
  /// An access is about to be performed: keeps what lies in memory there, for a new place.
  void look_at(const Access& access);
  /// All ways, the newest first. @pre is_place(request.step.accesses[0])
  void ways(const Request& request, std::vector<Way>& all);
  /// What a way reads. @pre it reads
  std::span<const std::byte> value_of(const Access& access, const Way& way) const;
  /// The event whose write stands at a position; Step::first_value: none.
  int writer(const Access& access, int position) const;
  /// Of the newest write.
  int newest(const Access& access) const;
  /// Of the write that was added last, wherever it stands in modification order.
  int last_added(const Access& access) const;
  /// What lies in memory, where others than who performs an access look: the newest value.
  /// @pre the place is known
  std::span<const std::byte> newest_value(const Access& access) const;
  bool knows(const Access& access) const { return find(access) != nullptr; }
  /// Whether the agent has read or written the newest value there.
  bool has_seen_newest(int agent, const Access& access) const;

  /// The step was performed, in that way where it is one to a place (behind look_at()): memory has
  /// what it wrote.
  /// Fills in what of the step the model says (Step::reads_from).
  void add(Step& step, const Way& way);
  /// Its agent created threads after add(), which know what it knows.
  void note_created(AgentSet created);

  /// Whether something was done at once that a race could tell apart.
  bool simplified() const { return simplified_; }

 private:
  struct Message {
    int event = Step::first_value;
    std::array<std::byte, 16> value{};
    VectorClock given;  ///< to who acquires it
  };
  struct Reader {
    int event;
    int writer;
  };
  struct Place {
    std::uint64_t address = 0;
    std::uint32_t bytes = 0;
    bool alive = false;
    std::vector<Message> writes;  ///< in modification order, room for more behind them
    std::vector<Reader> readers;  ///< in the order added

    int position(int event) const;
  };
  struct Event {
    Step step;
    int agent = 0;
    std::uint16_t nth = 0;  ///< of its agent's, from 1
    int previous = -1;      ///< of its agent, or who created that
    int next = -1;          ///< of its agent
    int place = -1;         ///< of one to a place
    bool reads = false, writes = false;
    int reads_from = Step::first_value;
    bool made_place = false;
    bool seq_cst = false;    ///< an access or a fence
    bool strong = false;     ///< under TSO program order across it is kept
    VectorClock clock;       ///< what happens before its agent's next event
    Knowledge before;        ///< its agent's
    std::vector<int> later;  ///< events that were performed later because of a call's object
    /// Of one that lies across places: which, and whether it wrote there.
    std::vector<std::pair<int, bool>> across;
    /// Agents, and what those who had their numbers before did last, and knew.
    struct Created {
      int agent;
      int last;
      Knowledge before;
    };
    std::vector<Created> created;
    std::vector<std::pair<std::size_t, VectorClock>> released;  ///< objects' clocks before
  };

  const Place* find(const Access& access) const;
  int place_of(const Access& access, Event& event);
  template <class Visit>
  void for_each_overlapping(const Access& access, Visit visit) const;
  bool comes_before(int event, const Knowledge& agent) const;
  bool knows_event(const Knowledge& agent, int of_agent, int event) const;
  int floor(const Place& place, const Step& step) const;
  bool is_updated(const Place& place, int position) const;
  Event& begin_event(const Step& step, int agent);
  void link(Event& event);
  void perform(Event& event, const Way& way);
  void perform_across(Event& event);
  VectorClock& released(std::uint64_t address, Event& event);
  void order_calls(Event& event, std::size_t from);
  bool try_way(const Request& request, const Way& way);
  bool is_consistent() const;
  template <class Visit>
  void for_each_successor(int event, Visit visit) const;
  bool is_on_cycle(int event) const;
  bool kept_in_order(const Event& earlier, const Event& later) const;
  // The seq_cst part of RC11 (psc.cpp).
  bool psc_is_acyclic() const;
  bool psc(int a, int b) const;
  bool scb(int x, int y) const;
  bool eco(int x, int y) const;
  bool happens_before(int a, int b) const;
  int first_elsewhere(int event, int step) const;

  const Event& at(int event) const { return events_[static_cast<std::size_t>(event)]; }
  Event& at(int event) { return events_[static_cast<std::size_t>(event)]; }

  const MemoryModel model_;
  std::vector<Event> events_;  ///< room; the first size_ count
  int size_ = 0;
  std::vector<Place> places_;
  std::map<std::uint64_t, int> by_address_;  ///< places that were ever made
  std::array<Knowledge, max_agents> now_;
  std::array<int, max_agents> last_;  ///< event of each agent, or of who created it; -1
  struct Released {
    std::uint64_t address;
    VectorClock clock;
  };
  std::vector<Released> released_;
  std::vector<int> seq_cst_;           ///< events
  std::array<std::byte, 16> first_{};  ///< what lay there before the access that comes next
  bool simplified_ = false;
  mutable std::vector<std::uint8_t> visited_;
  mutable std::vector<int> stack_;
};

}  // namespace minusone
