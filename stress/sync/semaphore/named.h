#pragma once

#include <semaphore.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "stress/machine/step.h"
#include "stress/sync/family.h"

/// Semaphores with names, as sem_open(3), sem_close(3) and sem_unlink(3) describe them and glibc
/// behaves: a name leads to the same semaphore in all programs, until it is removed; who has it
/// open goes on with it. What sem_open() returns lies in no memory, and is the same in all
/// processes. Not modelled: who may open it, and that glibc has two mappings where one process
/// writes the name of one semaphore with and without its slash.
namespace minusone {

/// A name, which is its tail.
struct SemaphoreName {
  static const ObjectKind kind;

  std::uint8_t made = 0;      ///< semaphores of this name so far
  std::uint8_t leads_to = 0;  ///< which of them, from 1; 0: it was removed
};

/// That a semaphore has or had a name, its tail. Under the same key stands a Semaphore.
struct NamedSemaphore {
  static const ObjectKind kind;
};

/// That a process has a semaphore open, whose name is its tail.
struct OpenSemaphore {
  static const ObjectKind kind;

  std::uint8_t times = 0;
};

namespace semaphore {

/// What the glibc that runs says to a name that no file may have: 2.36 EINVAL, 2.41 ENAMETOOLONG.
inline int refusal_of_long_name() {
  static const int refused = [] {
    const int error = std::exchange(errno, 0);
    sem_open(std::string(NAME_MAX + 1, 'x').c_str(), 0);
    return std::exchange(errno, error);
  }();
  return refused;
}
/// Of a name without the slashes that glibc takes off its front: whether no file may have it.
inline bool is_no_file(std::string_view name) {
  return name.empty() || name.size() > NAME_MAX || name.find('/') != name.npos;
}
/// @return the errno that sem_open() refuses such a name with, at once; 0: none
inline int refusal_of(std::string_view name) {
  constexpr std::string_view prefix = "sem.";
  if (is_no_file(name)) return name.size() > NAME_MAX ? refusal_of_long_name() : EINVAL;
  return name.size() + prefix.size() > NAME_MAX ? ENAMETOOLONG : 0;
}
constexpr std::string_view without_slashes(std::string_view name) {
  const auto first = name.find_first_not_of('/');
  return first == name.npos ? std::string_view() : name.substr(first);
}

/// Of a call that opens or removes one.
inline std::string_view name_of(const Context& call) {
  return reinterpret_cast<const char*>(call.a);
}

/// A semaphore's number is what the model's sem_open() returns: of its name (FNV-1a), and which of
/// that name it is.
inline constexpr std::uint64_t most_of_one_name = 31;
inline constexpr std::uint64_t bytes_of_one = 8;
constexpr std::uint64_t number_of_name(std::string_view name) {
  std::uint32_t hash = 2166136261;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return std::uint64_t{hash} << 8;
}
inline constexpr std::uint64_t first_address = kernel_object('n', 0);
constexpr bool is_named(std::uint64_t address) { return address >> 48 == first_address >> 48; }
constexpr std::uint64_t number_of(std::uint64_t address) { return address ^ first_address; }
constexpr std::uint64_t opened(std::uint64_t address, int process) {
  return kernel_object('o', number_of(address)) | static_cast<std::uint64_t>(process);
}

/// One that the caller's process does not have open: its memory is not there.
bool is_not_open(const SyncModel& model, const Context& call);

void touches_name_and_all(const Context& call, Step& step);
void touches_name(const Context& call, Step& step);
void touches_opened(const Context& call, Step& step);
std::int64_t open(SyncModel& model, Context& call);
std::int64_t close(SyncModel& model, Context& call);
std::int64_t unlink(SyncModel& model, Context& call);
void only_opened(const SyncModel& model, const Context& call, Step& step);
void only_closed(const SyncModel& model, const Context& call, Step& step);
void inherited(SyncModel& model);
void forked(SyncModel& model, int parent, int child);

}  // namespace semaphore

}  // namespace minusone
