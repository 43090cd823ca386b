#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "stress/watch/arena.h"

/// Programs that are watched, from their start to the end of the last.
namespace minusone::watch {

/// The memory that they share of their watching. Gone with its owner and the last of them: it has
/// no name anywhere.
class SharedArena {
 public:
  /// @throws OsError  memfd_create, ftruncate or mmap is refused
  SharedArena();
  ~SharedArena();
  SharedArena(const SharedArena&) = delete;
  SharedArena& operator=(const SharedArena&) = delete;

  Arena& arena() const { return *arena_; }
  /// What a program finds in its environment, as long as the process that made this one lives.
  std::string path() const;

 private:
  Arena* arena_;
  int file_;
};

/// How a program that was started has ended.
struct EndedProgram {
  std::string command;
  pid_t process = 0;
  int status = 0;            ///< of waitpid(2); -1: it has not ended
  bool was_watched = false;  ///< or was no single program
};

struct SessionEnd {
  std::vector<EndedProgram> programs;  ///< as they were started
  bool is_over_time = false;           ///< some had to be ended, for there was no more time
  bool was_interrupted = false;        ///< by the user's signal
  double seconds = 0;
};

/// Starts each command by sh(1), all at once, and waits for them and for what they leave behind. At
/// the limit, and on a signal, whoever is left gets SIGTERM, and SIGKILL two seconds later.
/// @param limit  0: none
/// @throws OsError  fork is refused
SessionEnd run(const SharedArena& shared, const std::vector<std::string>& commands,
               std::chrono::milliseconds limit);

}  // namespace minusone::watch
