#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

#include "stress/instrument/announcement.h"
#include "stress/machine/step.h"
#include "stress/sync/real.h"

/// What a primitive says of each of its calls: one row, made of the types below. The engines (the
/// search, the machines, the race detector, the narrator) read rows and name no primitive.
namespace minusone {

class SyncModel;

/// A part of a row that has no default: a row that leaves it out does not compile.
template <class T>
class Stated {
 public:
  template <class U>
  requires std::convertible_to<U, T> &&
      (!std::same_as<std::remove_cvref_t<U>, Stated>)constexpr Stated(U&& value)
      : value_(std::forward<U>(value)) {}  // NOLINT: as if it were a T
  constexpr operator T() const { return value_; }
  constexpr const T& operator*() const { return value_; }
  constexpr const T* operator->() const { return &value_; }
  template <class... Arguments>
  constexpr decltype(auto) operator()(Arguments&&... arguments) const {
    return value_(std::forward<Arguments>(arguments)...);
  }

 private:
  T value_;
};

/// How a step is told: "locks". A call is told in the same words while it waits, unless it has
/// others: "sleeps on".
struct Told {
  constexpr explicit Told(std::string_view verb, std::string_view while_waiting = {})
      : verb(verb), while_waiting(while_waiting) {}
  std::string_view verb;
  std::string_view while_waiting;
};

/// What the search looks through (dpor.h). A step that gives may enable one that takes, on the same
/// object, and then cannot be reversed with it: it could not have come before.
struct Enabling {
  bool gives;
  bool takes;
};
inline constexpr Enabling enables_nothing{false, false}, gives{true, false}, takes{false, true},
    gives_and_takes{true, true};

/// What a call that had an effect orders (happens-before): the caller's earlier steps before those
/// of whoever acquires the same object later.
struct Ordering {
  bool releases;
  bool acquires;
  bool by_reading = false;     ///< also where it wrote nothing
  std::uint8_t unordered = 0;  ///< so many accesses, the first, order nothing: queues of waiters

  constexpr Ordering but_the_first(std::uint8_t accesses) const {
    Ordering other = *this;
    other.unordered = accesses;
    return other;
  }
};
inline constexpr Ordering orders_nothing{false, false}, releases{true, false},
    acquires{false, true}, orders_both{true, true};

/// How a call waits in a queue, which it can leave without having been woken.
struct Queue {
  /// Whether it could now: it still waits, and nothing but the wake-up is missing.
  bool (*can_leave)(const SyncModel&, const Context&);
  /// It does. @return what the rest of the call came to; 0: nothing to tell
  std::int64_t (*leave)(SyncModel&, const Context&);
  /// Its agent dies in the queue.
  void (*dies)(SyncModel&, const Context&);
};

/// What may befall a call where it would wait, and what it then returns.
struct Waiting {
  bool (*has_deadline)(const Context&);  ///< null: never
  std::int64_t timed_out = 0;            ///< returned when the deadline has passed
  bool interruptible = false;            ///< returns -EINTR, also with SA_RESTART (signal(7))
  const Queue* queue = nullptr;          ///< null: it only waits until it is enabled
  bool spurious = false;                 ///< @pre queue: may return without having been woken
};
inline constexpr Waiting waits_for_ever{nullptr};

/// Of a call that takes something until another call gives it back: a loop that looks under a lock
/// does both in each round (fibers/rounds.cpp).
struct Hold {
  /// The call that undoes all that this one did, where it succeeded: unlock for a lock. A semaphore
  /// is taken and posted. none: no call does.
  Action given_back_by = Action::none;
  bool begins_round = false;  ///< a round of such a loop may begin with the call
  /// Whether another agent's short hold of the object may make the call fail. Null: it never does.
  bool (*only_tries)(const Context&) = nullptr;
};
inline constexpr Hold holds_nothing{};

/// One call of one primitive.
struct Call {
  Stated<Action> action;
  Stated<Told> told;
  /// Adds what the announced call touches, with a write for all that it may change.
  Stated<void (*)(const Context&, Step&)> touches;
  /// Whether the agent's announced call can be performed now.
  Stated<bool (*)(const SyncModel&, const Context&)> enabled;
  /// Performs it. @pre enabled @return what it returns, or minus the errno (the pthread family: the
  /// errno itself)
  Stated<std::int64_t (*)(SyncModel&, Context&)> perform;
  /// What a call really did is often less than what it announced, and then it is independent of
  /// more. Takes that out of the step; the context holds the result. Where what made it do less is
  /// not in the object that it leaves out (the futex's word had changed, and the agent did not go
  /// into its queue), that access is forgone: others touch the object without touching what made it
  /// less, and the search would not see that in other orders they depend.
  Stated<void (*)(const SyncModel&, const Context&, Step&)> narrow;
  Stated<Enabling> enabling;
  Stated<Ordering> ordering;
  /// Where it waits, the agent that holds what it waits for; -1: nobody does, or it waits for what
  /// nobody holds.
  Stated<int (*)(const SyncModel&, const Context&)> holder;
  Stated<Waiting> waiting;
  Stated<Hold> hold;
  Stated<Real> real;
};

/// What several families have in common.
namespace calls {

inline void touches_nothing(const Context&, Step&) {}
/// The queue of sleepers at an address; and what a wake-up leaves there to the agent.
inline void touches_queue(const Context& call, Step& step) {
  step.add(queue_of(call.a), 1, true, true);
}
inline void touches_wake_up(const Context& call, Step& step) {
  step.add(wake_up_of(call.a, call.id), 1, true, true);
}
/// An object of so many bytes.
template <std::size_t bytes>
void touches_object(const Context& call, Step& step) {
  step.add(call.a, bytes, true, true);
}

/// The same of an object that has a queue too: its bytes tell whether it was initialised.
template <std::size_t bytes>
void touches_queue_and_sets(const Context& call, Step& step) {
  touches_queue(call, step);
  step.add(call.a, bytes, true, true);
}
template <std::size_t bytes>
void touches_queue_and_looks(const Context& call, Step& step) {
  touches_queue(call, step);
  step.add(call.a, bytes, true, false);
}

inline bool always(const SyncModel&, const Context&) { return true; }
inline bool never(const SyncModel&, const Context&) { return false; }

inline bool tries(const Context&) { return true; }

inline int nobody(const SyncModel&, const Context&) { return -1; }

inline std::int64_t nothing(SyncModel&, Context&) { return 0; }

inline void does_all(const SyncModel&, const Context&, Step&) {}
inline void only_looks(const SyncModel&, const Context&, Step& step) {
  step.accesses[0].writes = false;
}
/// It woke whom the model says; nobody: it only looked.
void woke(const SyncModel&, const Context&, Step&);
/// The same, where the queue changed in any case.
void woke_or_queued(const SyncModel&, const Context&, Step&);

}  // namespace calls

/// The row of a call that initialises or destroys an object: it never waits, unless said, and all
/// that befalls the object later comes behind it.
constexpr Call life_call(Action action, void (*touches)(const Context&, Step&),
                         std::int64_t (*perform)(SyncModel&, Context&), const Real& real,
                         bool (*enabled)(const SyncModel&, const Context&) = calls::always) {
  return {.action = action,
          .told = Told("synchronises"),
          .touches = touches,
          .enabled = enabled,
          .perform = perform,
          .narrow = calls::does_all,
          .enabling = enables_nothing,
          .ordering = orders_both,
          .holder = calls::nobody,
          .waiting = waits_for_ever,
          .hold = holds_nothing,
          .real = real};
}

}  // namespace minusone
