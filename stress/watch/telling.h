#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stress/modules/source_lines.h"
#include "stress/watch/session.h"

/// What was seen, in the words of the source.
namespace minusone::watch {

struct WatchedSide {
  std::string program;
  pid_t process = 0;
  SourceLine line;
  std::string access;  ///< "writes 4 bytes", "atomically reads 8 bytes"
  std::string doing;   ///< "unlocks at shm.c:12", what it had last done that orders; "" nothing
  std::string text;    ///< of the line; empty where the file is not there
};

struct WatchedRace {
  std::string
      segment;  ///< "System V segment 32769, key 0x4d2", "/dev/shm/page mapped shared, inode 7"
  std::uint64_t offset = 0;
  std::uint64_t times = 0;
  WatchedSide sides[2];
};

struct Watched {
  std::vector<WatchedRace> races;  ///< each pair of lines once, as they were first met
  std::vector<std::string> notes;
  std::uint64_t processes = 0;
  double seconds = 0;
};

/// Reads the arena, and the lines of what ran from its debug information.
Watched seen(const Arena& arena, const SessionEnd& end);

/// What a run can not see, one sentence: the first line of what is told, before the programs start.
extern const char* const not_seen;

std::string to_terminal(const Watched& watched);

}  // namespace minusone::watch
