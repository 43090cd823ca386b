// What a whole program asks of its terminal: lines of input.
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

// The lines of the input that the run was given. Behind the last nobody types: it waits for ever.
MINUSONE_HOOK char* minusone_rt_fgets(char* to, int room, std::FILE*) {
  MINUSONE_CALLED_HERE;
  Context* const agent = minusone_runtime->current;
  if (agent->parent >= 0)
    not_modelled("a process that was forked reads its input, which is not modelled");
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
