// What a whole program asks of the kernel and of its terminal: System V segments, lines of input.
#include <sys/ipc.h>
#include <sys/shm.h>

#include <algorithm>
#include <cstdio>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

void minusone::runtime::note_printed(const char* text, std::size_t bytes) {
  if (minusone_runtime->current == nullptr) return;
  auto& printed = minusone_runtime->current->printed;
  if (printed.room - printed.bytes < bytes + 1) return;
  std::memcpy(printed.at + printed.bytes, text, bytes);
  printed.at[printed.bytes + bytes] = 0;
  printed.bytes += bytes + 1;
}

MINUSONE_HOOK int minusone_rt_shmget(key_t key, std::size_t bytes, int flags) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(announce(code_of(Action::shmget), static_cast<std::uint64_t>(key), bytes,
                                  static_cast<std::uint64_t>(flags)));
}
MINUSONE_HOOK void* minusone_rt_shmat(int id, const void* wanted, int flags) {
  MINUSONE_CALLED_HERE;
  if (wanted != nullptr || (flags & SHM_RDONLY) != 0)
    violation("shmat() at an address of one's own, or to read only, is not modelled");
  const std::uint64_t result = announce(code_of(Action::shmat), static_cast<std::uint64_t>(id));
  if (static_cast<std::int64_t>(result) >= 0) return reinterpret_cast<void*>(result);
  errno = static_cast<int>(-static_cast<std::int64_t>(result));
  return reinterpret_cast<void*>(-1);
}
MINUSONE_HOOK int minusone_rt_shmdt(const void* at) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(announce(code_of(Action::shmdt), address(at)));
}
MINUSONE_HOOK int minusone_rt_shmctl(int id, int command, shmid_ds*) {
  MINUSONE_CALLED_HERE;
  if (command != IPC_RMID) violation("shmctl() is modelled for IPC_RMID only");
  return result_or_errno(announce(code_of(Action::shmctl), static_cast<std::uint64_t>(id),
                                  static_cast<std::uint64_t>(command)));
}

// The lines of the input that the run was given. Behind the last nobody types: it waits for ever.
MINUSONE_HOOK char* minusone_rt_fgets(char* to, int room, std::FILE*) {
  MINUSONE_CALLED_HERE;
  Context* const agent = minusone_runtime->current;
  if (agent->input == nullptr || *agent->input == 0) announce(code_of(Action::input_ends));
  const char* const line = agent->input;
  const char* const end = std::strchr(line, '\n');
  std::size_t bytes = end == nullptr ? std::strlen(line) : static_cast<std::size_t>(end - line) + 1;
  bytes = std::min(bytes, static_cast<std::size_t>(room) - 1);
  agent->input = line + bytes;
  agent->private_effect = true;
  copy(to, line, bytes);
  fill(to + bytes, 0, 1);
  return to;
}
