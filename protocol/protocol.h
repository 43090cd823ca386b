#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocol/memory_model.h"
#include "protocol/message.h"
#include "protocol/outcome.h"
#include "protocol/property.h"
#include "protocol/workload.h"

/// What a protocol says of itself. A protocol file defines a struct that lies in the segment, with
/// plain members and
///
///     void init();                   // or init(key_t) where it needs a System V object of its own
///     void write(const char* text, std::size_t size);
///     std::size_t read(char* text, std::size_t room);     // the message's size
///
/// or, where operations have a form with a timeout (`deadline` on CLOCK_MONOTONIC, null: for ever),
///
///     bool write(const char* text, std::size_t size, const timespec* deadline);
///     bool read(char* text, std::size_t room, std::size_t& size, const timespec* deadline);
///     void destroy();                // optional: gives kernel objects back
///
/// and hands out one description, made by describe<T>(), through minusone_protocol().
namespace minusone {

struct Claim {
  Property property;
  bool keeps;
  std::string why;  ///< one sentence
  /// The workload that shows a break; for `keeps` unused.
  Workload shown_by;
  std::string cure;  ///< of a break: what would mend it, one sentence; empty where it is not said
  /// The memory model that shows a break. Under sc agents that take turns are enough; what only tso
  /// or rc11 shows is the explorer's to show: a real machine may do so once in a million rounds, or
  /// never. For `keeps` unused.
  MemoryModel memory = MemoryModel::sc;
};

/// One row of the table of outcomes; the first row that matches() an outcome grades it.
struct GradedOutcome {
  std::string pattern;  ///< see matches() in outcome.h
  Grade grade;
  std::string why;  ///< one sentence
};

/// The word that shows the protocol's state, read from outside while agents run.
struct StateWord {
  std::string name;         ///< "written"; empty where the protocol has none
  std::size_t offset = 0;   ///< bytes from the start of the segment's payload
  std::vector<long> legal;  ///< its legal values; the word is a 4-byte int
};

struct Protocol {
  static constexpr int current_abi = 4;

  int abi = current_abi;
  std::string name;       ///< "naive/counter"
  std::string summary;    ///< one line
  std::size_t bytes = 0;  ///< of the layout in the segment
  std::size_t alignment = 0;
  int capacity = 1;     ///< messages the channel holds when nobody reads
  int max_writers = 0;  ///< 0: any number
  int max_readers = 0;
  bool timed = false;  ///< operations honour a deadline
  StateWord word;
  std::vector<Claim> claims;               ///< ordered as written
  std::vector<GradedOutcome> outcomes;     ///< ordered as written
  std::vector<std::string> allowed_races;  ///< that the author accepts, by place: "queue.h:120"

  /// `key`: a System V key that the caller has reserved for this instance (logged, not yet in use).
  /// @throws OsError `EEXIST` the key is somebody else's: call again with another
  void (*init)(void* at, key_t key) = nullptr;
  void (*destroy)(void* at) = nullptr;
  /// @return false when the deadline passed and nothing was sent. Without `timed`, never false.
  bool (*write)(void* at, const char* text, std::size_t size, const timespec* deadline) = nullptr;
  /// @param size  the message's size; at most `room` bytes of it were copied
  /// @return false when the deadline passed and nothing was taken
  bool (*read)(void* at, char* text, std::size_t room, std::size_t* size,
               const timespec* deadline) = nullptr;
};

/// The name of a module's one exported symbol, and its type.
inline constexpr const char* protocol_symbol = "minusone_protocol";
using ProtocolEntry = const Protocol* (*)();

inline Claim keeps(Property property, std::string why) {
  return {property, true, std::move(why), {}, {}};
}
inline Claim breaks(Property property, std::string why, Workload shown_by = {},
                    std::string cure = {}) {
  return {property, false, std::move(why), shown_by, std::move(cure)};
}
/// What holds whoever takes turns with whom, and breaks where memory is weaker than that.
inline Claim breaks_under(MemoryModel memory, Property property, std::string why,
                          Workload shown_by = {}, std::string cure = {}) {
  Claim claim = breaks(property, std::move(why), shown_by, std::move(cure));
  claim.memory = memory;
  return claim;
}
inline GradedOutcome acceptable(std::string pattern, std::string why) {
  return {std::move(pattern), Grade::acceptable, std::move(why)};
}
inline GradedOutcome interesting(std::string pattern, std::string why) {
  return {std::move(pattern), Grade::interesting, std::move(why)};
}
inline GradedOutcome forbidden(std::string pattern, std::string why) {
  return {std::move(pattern), Grade::forbidden, std::move(why)};
}

/// A data race that breaks nothing, by one of its places, "queue.h:120", or by both with a comma
/// between.
struct AllowRace {
  std::string places;
};

/// Parts of a description that are neither claim nor outcome.
struct Summary {
  std::string text;
};
struct Capacity {
  int messages;
};
struct AtMost {
  int writers;
  int readers;
};

namespace detail {

template <class T>
concept TimedChannel = requires(T& t, const char* in, char* out, std::size_t n, const timespec* d) {
  { t.write(in, n, d) } -> std::same_as<bool>;
  { t.read(out, n, n, d) } -> std::same_as<bool>;
};

inline void add(Protocol& p, Claim claim) { p.claims.push_back(std::move(claim)); }
inline void add(Protocol& p, GradedOutcome outcome) { p.outcomes.push_back(std::move(outcome)); }
inline void add(Protocol& p, StateWord word) { p.word = std::move(word); }
inline void add(Protocol& p, AllowRace race) { p.allowed_races.push_back(std::move(race.places)); }
inline void add(Protocol& p, Summary summary) { p.summary = std::move(summary.text); }
inline void add(Protocol& p, Capacity capacity) { p.capacity = capacity.messages; }
inline void add(Protocol& p, AtMost most) {
  p.max_writers = most.writers;
  p.max_readers = most.readers;
}

}  // namespace detail

/// Makes the description of the protocol whose layout is T; `parts` in any order.
template <class T, class... Parts>
Protocol describe(std::string name, Parts... parts) {
  static_assert(std::is_standard_layout_v<T>, "a layout means the same in every process");
  Protocol p;
  p.name = std::move(name);
  p.bytes = sizeof(T);
  p.alignment = alignof(T);
  p.timed = detail::TimedChannel<T>;
  p.init = [](void* at, [[maybe_unused]] key_t key) {
    T& t = *::new (at) T;
    if constexpr (requires { t.init(key); }) {
      t.init(key);
    } else {
      t.init();
    }
  };
  p.destroy = [](void* at) {
    if constexpr (requires(T & t) { t.destroy(); }) static_cast<T*>(at)->destroy();
  };
  p.write = [](void* at, const char* text, std::size_t size,
               [[maybe_unused]] const timespec* deadline) {
    T& t = *static_cast<T*>(at);
    if constexpr (detail::TimedChannel<T>) {
      return t.write(text, size, deadline);
    } else {
      t.write(text, size);
      return true;
    }
  };
  p.read = [](void* at, char* text, std::size_t room, std::size_t* size,
              [[maybe_unused]] const timespec* deadline) {
    T& t = *static_cast<T*>(at);
    if constexpr (detail::TimedChannel<T>) {
      return t.read(text, room, *size, deadline);
    } else {
      *size = t.read(text, room);
      return true;
    }
  };
  (detail::add(p, std::move(parts)), ...);
  return p;
}

}  // namespace minusone

/// Each module defines this and exports nothing else.
extern "C" __attribute__((visibility("default"))) const minusone::Protocol* minusone_protocol();
