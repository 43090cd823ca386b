#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "stress/machine/max_agents.h"
#include "stress/sync/call.h"

/// The state of synchronisation objects, kept beside the memory that they lie in. What the library
/// keeps in that memory is left there too (InBytes).
namespace minusone {

/// Agents in the order in which they came.
struct WaitQueue {
  std::array<std::int8_t, max_agents> agents{};
  std::uint8_t count = 0;

  void push(int agent) { agents[count++] = static_cast<std::int8_t>(agent); }
  bool holds(int agent) const;
  void remove(int agent);
};

/// A set of agents, a bit each.
using AgentBits = AgentSet;
constexpr AgentBits with(AgentBits set, int agent) { return set | only(agent); }
constexpr AgentBits without(AgentBits set, int agent) { return set & ~only(agent); }
constexpr bool holds(AgentBits set, int agent) { return (set >> agent & 1) != 0; }

/// Takes in what makes an object's state differ from others.
class StateSink {
 public:
  virtual ~StateSink() = default;
  virtual void add(std::uint64_t part) = 0;
  /// In order where the order counts.
  virtual void add(const WaitQueue& queue) = 0;
  /// A part that tells states apart, but not for who waits with a deadline whether anything has
  /// come to pass: what an exit would undo, who came last.
  virtual void add_detail(std::uint64_t part) = 0;
};

/// How far an object of the library's has come, as its bytes and the calls on it say (life.h).
struct Life {
  enum class Stage : std::uint8_t { in_use, never_initialised, destroyed };

  Stage stage = Stage::in_use;
  bool shared = false;          ///< made for several processes
  std::int8_t who = -1;         ///< the first process that used it, where it is not; or who
                                ///< destroyed it; -1: nobody
  const void* where = nullptr;  ///< return address of that call
};

/// Of the memory that the kernel lends, bytes of one page, and of those that hold so many.
inline constexpr std::uint64_t page = 4096;
constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
  return bytes / page * page + (bytes % page == 0 ? 0 : page);
}

/// How an agent has memory that the kernel lends.
enum class Lent : std::uint8_t {
  yes,
  detached,    ///< not at all: a segment that it has not attached, or no memory at all
  unmapped,    ///< not at all: an object that it has not mapped there
  no_access,   ///< its pages let it neither read nor write
  read_only,   ///< and it writes
  beyond_end,  ///< it has mapped more than the object holds
};

struct KernelObject;
using AgentNames = std::function<std::string(int)>;

/// What a family says of one kind of its objects.
struct ObjectKind {
  Stated<std::string_view> name;
  /// It is as if nobody had ever used it.
  Stated<bool (*)(const KernelObject&)> is_fresh;
  /// Adds all of its state but key and home. The tail is its elements (KernelObject::tail_at).
  Stated<void (*)(const KernelObject&, std::span<const std::byte> tail, StateSink&)> add_to;
  /// Its name as a column, given the name of the place that its key is the address of; and its
  /// state as the column's value.
  Stated<std::string (*)(const KernelObject&, const std::string& place)> title;
  Stated<std::string (*)(const KernelObject&, std::span<const std::byte> tail, const AgentNames&)>
      value;
  /// That value of an object that nobody has used yet.
  Stated<std::string_view> unused;
  /// Its name, of an object that lies in no memory and has one. Null: it is told by its place, or
  /// not at all.
  Stated<std::string (*)(const KernelObject&, std::span<const std::byte> tail)> called;
  /// What it is of the memory that the kernel lends (SyncModel::room). Null: nothing.
  Stated<std::span<const std::byte> (*)(const SyncModel&, const KernelObject&)> lent;
  /// How many of the object's own bytes, from its address on, say what its state is; 0: none.
  Stated<std::size_t> own_bytes;
  /// Where in the room it lies and how many bytes it has there, which may be more than it lends
  /// now. Null: whole pages of what it lends.
  std::pair<std::uint64_t, std::uint64_t> (*place)(const KernelObject&) = nullptr;
  /// Of what it lends: how an agent has those bytes, counted from its place, now. Null: all have
  /// it.
  Lent (*lends)(const SyncModel&, const KernelObject&, int agent, std::uint64_t from,
                std::uint64_t bytes, bool writes) = nullptr;
};

/// One object, plain data, so that an execution starts by copying a vector.
struct KernelObject {
  static constexpr std::size_t room = 184;

  const ObjectKind* kind = nullptr;
  std::uint64_t key = 0;      ///< address, or the kernel's id
  std::int16_t home = -1;     ///< the agent whose own it is; -1: everybody's
  std::uint32_t tail_at = 0;  ///< where in the model its elements stand, if it has several
  std::uint32_t tail_bytes = 0;
  alignas(8) std::array<std::byte, room> bytes{};  ///< its family's state

  template <class State>
  State& as() {
    return *std::launder(reinterpret_cast<State*>(bytes.data()));
  }
  template <class State>
  const State& as() const {
    return *std::launder(reinterpret_cast<const State*>(bytes.data()));
  }
};
static_assert(std::is_trivially_copyable_v<KernelObject>);

/// What a family keeps of an object: a default-constructed one is as nobody has used it yet.
template <class T>
concept ObjectState = std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> &&
                          sizeof(T) <= KernelObject::room
                      && alignof(T) <= 8 && requires {
  { T::kind } -> std::convertible_to<const ObjectKind&>;
};

/// What the library keeps in the object's own bytes, so that whatever changes these (an
/// initialiser, a struct that is assigned, memset()) changes the object. `Bytes` begins as the
/// library's structure does.
template <class T>
concept InBytes = ObjectState<T> && std::is_trivially_copyable_v<typename T::Bytes> &&
    requires(const T& state, const typename T::Bytes& bytes) {
  { T::of(bytes) } -> std::same_as<T>;
  { state.bytes() } -> std::same_as<typename T::Bytes>;
  { state.life } -> std::convertible_to<Life>;
  { bytes == bytes } -> std::convertible_to<bool>;
};

/// A call on an object that must not be made, as a sentence: an agent may stand in its middle.
struct Misuse {
  std::string before;
  int agent = -1;  ///< -1: none
  std::string after = {};
  std::string earlier = {};  ///< "it was destroyed": what led to it, by whom and where
  int earlier_agent = -1;
  const void* earlier_place = nullptr;
  bool not_modelled = false;  ///< it may be made, and is beyond this model
};
std::string sentence_of(const Misuse& misuse, const AgentNames& name);

/// An object of that kind, as nobody has used it yet.
template <ObjectState State>
KernelObject fresh_object(std::uint64_t key, int home = -1) {
  KernelObject made{.kind = &State::kind, .key = key, .home = static_cast<std::int16_t>(home)};
  ::new (made.bytes.data()) State{};
  return made;
}

/// For the columns of objects in which agents sleep.
std::string sleepers(const WaitQueue& waiting, AgentBits woken, const AgentNames& name);
inline std::string title_of_place(const KernelObject&, const std::string& place) { return place; }
inline std::string title_of_sleep(const KernelObject&, const std::string& place) {
  return "asleep on " + place;
}

/// What an agent's end changes for others: of accesses as many as a step has room for beside the
/// end itself and its stack.
struct UndoneByEnd {
  std::array<Access, Step::most_accesses - 1> accesses{};
  std::size_t count = 0;  ///< also of those for which there was no room

  void add(std::uint64_t address, std::uint32_t bytes) {
    if (count < accesses.size()) accesses[count] = {address, bytes, true, true};
    ++count;
  }
  bool fits() const { return count <= accesses.size(); }
  std::span<const Access> all() const& {
    return {accesses.data(), std::min(count, accesses.size())};
  }
  /// C++20's range-for ends the temporary that `for (... : end_of(agent).all())` reads.
  std::span<const Access> all() && = delete;
};

}  // namespace minusone
