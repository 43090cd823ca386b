#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/glibc.h"
#include "stress/machine/fingerprint.h"
#include "stress/sync/family.h"
#include "stress/sync/objects.h"

namespace minusone {

/// What a machine tells of its agents to those who join them.
class Threads {
 public:
  virtual bool has_finished(int agent) const = 0;
  /// @pre has_finished(agent)
  virtual std::uint64_t result_of(int agent) const = 0;
  /// Nobody may join it any more: somebody has, or it or `by` has detached it.
  virtual bool is_given_up(int agent, int by) const = 0;
  /// The number that the next agent has.
  virtual int next() const = 0;

 protected:
  ~Threads() = default;
};

/// The kernel's and glibc's synchronisation as functions of a state: the objects that the families
/// (family.h) keep, and the families' calls on them. Who comes first is woken first; timeouts do
/// not fire, except of deadlines that lie in the past.
class SyncModel {
 public:
  /// Agents are processes: what is private to a process is another one in each of them.
  void set_processes(bool processes) { processes_ = processes; }
  bool processes() const { return processes_; }
  /// Whose objects these are: of the glibc that runs, unless said.
  void set_glibc(const GlibcVersion& version) { glibc_ = version; }
  /// Asked for where versions differ, which is told of what comes of it (depends_on_glibc()).
  const GlibcVersion& glibc() const {
    depends_on_glibc_ = true;
    return glibc_;
  }
  bool depends_on_glibc() const { return depends_on_glibc_; }
  /// Memory that the kernel lends: zeroed, and shared by agents.
  void set_room(std::span<std::byte> room) { room_ = room; }
  std::span<std::byte> room() const { return room_; }
  /// Off: that is other memory, which agents share from the start, and the kernel has none to lend.
  void lend(bool lends) { lends_ = lends; }
  bool lends() const { return lends_; }
  /// The piece of it that an address lies in; nothing: in none.
  std::optional<std::span<const std::byte>> lent_at(std::uint64_t address) const;
  /// Of an agent, the call that it has announced and not made yet; false: none. Not set: nobody is
  /// known to sleep.
  using Announced = std::function<bool(int agent, Context& call)>;
  void set_announced(Announced announced) { announced_ = std::move(announced); }
  const Announced& announced() const { return announced_; }
  /// How the agent has those bytes, of which it may have whole pages only.
  Lent lent_to(int agent, std::uint64_t address, std::size_t bytes, bool writes) const;
  /// Where in the room no object lies, and none behind: whole pages.
  std::uint64_t top_of_room() const;
  /// Null, unless set: no agent can be joined.
  void set_threads(const Threads* threads) { threads_ = threads; }
  const Threads* threads() const { return threads_; }

  /// Whether the agent's announced call can be performed now. True for all that never blocks.
  bool enabled(const Context& agent) const { return call_of(agent.action()).enabled(*this, agent); }
  /// Objects are what their own bytes say: those are read, and written as the library would. Off:
  /// the bytes are others', and an object that nobody has initialised is as good as new.
  void follow_bytes(bool follows) { follows_bytes_ = follows; }
  bool follows_bytes() const { return follows_bytes_; }
  /// Off: whoever uses an object that is private to a process is of no interest.
  void tell_users_apart(bool tells) { tells_users_apart_ = tells; }
  bool tells_users_apart() const { return tells_users_apart_ && processes_; }
  bool is_in_room(std::uint64_t address) const {
    return address - reinterpret_cast<std::uint64_t>(room_.data()) < room_.size();
  }

  /// Performs the call, as its row says. @pre enabled(agent)
  std::int64_t perform(Context& agent) {
    woken_ = 0;
    misuse_.reset();
    return call_of(agent.action()).perform(*this, agent);
  }
  /// The set of agents that the last call of perform() woke from a queue.
  AgentBits woken() const { return woken_; }
  /// Of the last call of perform() or give_up(): that it must not be made.
  const std::optional<Misuse>& misuse() const { return misuse_; }
  /// Whether the call, which waits, could be interrupted, give up or wake for no reason now.
  bool can_give_up(const Context& agent) const;
  /// It does. @return what the rest of the call came to (Queue::leave); 0: nothing to tell
  std::int64_t give_up(const Context& agent);

  /// What the agent's exit would change for others.
  UndoneByEnd undone_by_end(int agent) const;
  /// @param status  as wait(2) tells it
  void agent_ends(int agent, std::int32_t status = 0);
  /// Of the agent that ends, for Family::ends.
  std::int32_t ending_status() const { return ending_status_; }
  /// The same, and what the death of one who waits leaves of its queue.
  void agent_dies(const Context& agent);

  /// The name of an object of the kernel's that lies in no memory (is_kernel_object); empty: none.
  std::string name_of(std::uint64_t address) const;

  /// Differs between states that differ in more than the order of queues, as far as a hash can
  /// tell.
  std::uint64_t fingerprint() const;
  /// The state of the object at an address; equal states have equal digests.
  std::uint64_t digest_of(std::uint64_t address) const;
  /// Adds the state of now; objects that are as if nobody had ever used them add nothing.
  void add_to(Digest& digest) const;
  /// Calls `visit(object, tail)` for each object that somebody has used.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const KernelObject& object : now_.objects) visit(object, tail(object));
  }

  /// Executions start as it is now.
  void remember();
  void restart() {
    now_ = start_;
    saved_.clear();
    misuse_.reset();
  }
  /// Saves the state of now on top of those saved before; and goes back to the last one saved.
  void push();
  void pop();

  // For the families: objects of theirs, by key, in the order of their first use. A reference lives
  // until the next object is made.

  /// Null where nobody has used it yet.
  template <ObjectState State>
  const State* find(std::uint64_t key, int home = -1) const {
    const KernelObject* const found = find_object(&State::kind, key, home);
    return found == nullptr ? nullptr : &found->template as<State>();
  }
  template <ObjectState State>
  State& object(std::uint64_t key, int home = -1) {
    if (const State* const known = find<State>(key, home)) return const_cast<State&>(*known);
    return now_.objects.emplace_back(fresh_object<State>(key, home)).template as<State>();
  }
  /// Calls `visit(key, state)` for each until it returns true.
  template <ObjectState State, class Visit>
  void each(Visit visit) {
    for (KernelObject& object : now_.objects) {
      if (object.kind == &State::kind && visit(object.key, object.template as<State>())) return;
    }
  }
  template <ObjectState State, class Visit>
  void each(Visit visit) const {
    for (const KernelObject& object : now_.objects) {
      if (object.kind == &State::kind && visit(object.key, object.template as<State>())) return;
    }
  }
  /// What an object's bytes are now. Nothing: they are others'
  template <InBytes State>
  std::optional<typename State::Bytes> bytes_of(std::uint64_t address) const {
    return has_bytes(address) ? std::optional(bytes_at<State>(address)) : std::nullopt;
  }
  /// An object as it stands: what was kept of it, or what its bytes say where they are not as it
  /// was left.
  template <InBytes State>
  State in_bytes(std::uint64_t address) const {
    const State* const kept = find<State>(address);
    if (!has_bytes(address)) return kept == nullptr ? unseen<State>(address) : *kept;
    const auto bytes = bytes_at<State>(address);
    return kept != nullptr && bytes == kept->bytes() ? *kept : State::of(bytes);
  }
  /// The same, to be changed; leave_bytes() comes behind that.
  template <InBytes State>
  State& object_in_bytes(std::uint64_t address) {
    if (!has_bytes(address) && find<State>(address) == nullptr)
      return object<State>(address) = unseen<State>(address);
    State& state = object<State>(address);
    if (!has_bytes(address)) return state;
    const auto bytes = bytes_at<State>(address);
    if (bytes == state.bytes()) return state;
    State now = State::of(bytes);
    if constexpr (requires { now.follows(state); }) now.follows(state);
    return state = now;
  }
  template <InBytes State>
  void leave_bytes(std::uint64_t address, const State& state) {
    if (!has_bytes(address)) return;
    const auto bytes = state.bytes();
    std::memcpy(reinterpret_cast<void*>(address), &bytes, sizeof bytes);
  }
  /// The call that is performed must not be made. @return for the call
  std::int64_t misused(Misuse misuse) {
    misuse_ = std::move(misuse);
    return -EINVAL;
  }

  std::int64_t not_modelled(std::string what) {
    return misused({.before = std::move(what), .not_modelled = true});
  }

  /// Gives an object so many elements of its own, for good.
  template <ObjectState State, class Element>
  void give_tail(std::uint64_t key, std::span<const Element> elements, int home = -1) {
    static_assert(std::is_trivially_copyable_v<Element>);
    append_tail(find_object(&State::kind, key, home), std::as_bytes(elements));
  }
  template <ObjectState State, class Element>
  std::span<const Element> tail_of(std::uint64_t key, int home = -1) const {
    const auto bytes = tail(*find_object(&State::kind, key, home));
    return {reinterpret_cast<const Element*>(bytes.data()), bytes.size() / sizeof(Element)};
  }
  template <ObjectState State, class Element>
  std::span<Element> tail_of(std::uint64_t key, int home = -1) {
    const auto its = std::as_const(*this).template tail_of<State, Element>(key, home);
    return {const_cast<Element*>(its.data()), its.size()};
  }
  /// The call that is performed wakes that agent.
  void wakes(int agent) { woken_ = with(woken_, agent); }

 private:
  std::pair<std::uint64_t, std::uint64_t> place_of(const KernelObject& object) const;
  struct State {
    std::vector<KernelObject> objects;
    std::vector<std::byte> tails;
  };

  bool has_bytes(std::uint64_t address) const { return follows_bytes_ && address < nowhere; }
  /// Where the bytes are others' already, what no call has told of can be taken from them.
  template <InBytes State>
  static State unseen(std::uint64_t address) {
    if constexpr (requires { State::unseen(bytes_at<State>(address)); }) {
      return State::unseen(bytes_at<State>(address));
    } else {
      return State{};
    }
  }
  template <InBytes State>
  static typename State::Bytes bytes_at(std::uint64_t address) {
    typename State::Bytes bytes;
    std::memcpy(&bytes, reinterpret_cast<const void*>(address), sizeof bytes);
    return bytes;
  }
  const KernelObject* find_object(const ObjectKind* kind, std::uint64_t key, int home) const;
  void append_tail(const KernelObject* object, std::span<const std::byte> bytes);
  std::span<const std::byte> tail(const KernelObject& object) const {
    return std::span(now_.tails).subspan(object.tail_at, object.tail_bytes);
  }
  std::uint64_t fingerprint_of(const KernelObject& object) const;

  bool processes_ = true;
  GlibcVersion glibc_ = running_glibc();
  mutable bool depends_on_glibc_ = false;
  bool follows_bytes_ = false;
  bool tells_users_apart_ = true;
  bool lends_ = true;
  std::optional<Misuse> misuse_;
  std::span<std::byte> room_;
  const Threads* threads_ = nullptr;
  Announced announced_;
  AgentBits woken_ = 0;
  std::int32_t ending_status_ = 0;
  State now_;
  State start_;
  std::vector<std::byte> saved_;  ///< states, each followed by its two sizes
};

}  // namespace minusone
