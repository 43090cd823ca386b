#include "stress/watch/session.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <thread>

#include "protocol/os_error.h"
#include "stress/machine/end_of_work.h"

namespace minusone::watch {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds patience{2};

/// Every watched process that is left, whoever started it.
void signal_all(const Arena& arena, int signal) {
  for (const Slot& slot : arena.slots) {
    if (slot.state.load() != Slot::running) continue;
    const pid_t tid = slot.tid.load();
    const auto since = living_since(tid);
    if (since != 0 && since == slot.tid_since.load() &&
        tid == arena.processes[slot.process.load()].pid.load())
      kill(tid, signal);
  }
}

/// A path and its arguments: the shell need not stay.
bool is_one_program(const std::string& command) {
  const auto first = command.substr(0, command.find_first_of(" \t"));
  return first.find('/') != first.npos && command.find_first_of(";&|()`\n") == command.npos;
}

bool was_watched(const Arena& arena, pid_t process) {
  for (const ProcessInfo& info : arena.processes) {
    if (info.pid.load() == process) return true;
  }
  return false;
}

pid_t start(const std::string& command, const std::string& arena, pid_t parent) {
  const pid_t child = fork();
  if (child == -1) throw OsError(errno, "fork", fmt::format("for '{}'", command));
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(4);
  setenv(arena_variable, arena.c_str(), 1);
  const std::string words = (is_one_program(command) ? "exec " : "") + command;
  execl("/bin/sh", "sh", "-c", words.c_str(), nullptr);
  _exit(127);
}

}  // namespace

SharedArena::SharedArena() : file_(memfd_create("minusone-watch", MFD_CLOEXEC)) {
  if (file_ == -1) throw OsError(errno, "memfd_create", "the memory that watched programs share");
  if (ftruncate(file_, Arena::size) != 0) {
    const int error = errno;
    close(file_);
    throw OsError(error, "ftruncate", "the memory that watched programs share, 64 GiB, sparse");
  }
  void* const at =
      mmap(nullptr, Arena::size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
  if (at == MAP_FAILED) {
    const int error = errno;
    close(file_);
    throw OsError(error, "mmap", "the memory that watched programs share, 64 GiB, sparse");
  }
  madvise(at, Arena::size, MADV_DONTDUMP);
  arena_ = static_cast<Arena*>(at);
  arena_->syncs[0].is_of_many.store(1);
  arena_->form = Arena::of_this_form;
}

SharedArena::~SharedArena() {
  munmap(arena_, Arena::size);
  close(file_);
}

std::string SharedArena::path() const { return fmt::format("/proc/{}/fd/{}", getpid(), file_); }

SessionEnd run(const SharedArena& shared, const std::vector<std::string>& commands,
               std::chrono::milliseconds limit) {
  const Interruption interruption;
  const auto began = steady_clock::now();
  // Whoever a program leaves behind is waited for here.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  SessionEnd end;
  const pid_t parent = getpid();
  for (const auto& command : commands)
    end.programs.push_back({command, start(command, shared.path(), parent), -1});
  const auto signal_left = [&](int signal) {
    for (const auto& program : end.programs) {
      if (program.status == -1) kill(program.process, signal);
    }
    signal_all(shared.arena(), signal);
  };
  steady_clock::time_point ended{};
  while (true) {
    int status = 0;
    const pid_t child = waitpid(-1, &status, WNOHANG);
    if (child == -1 && errno == ECHILD) break;
    for (auto& program : end.programs) {
      if (program.process == child) program.status = status;
    }
    if (child > 0) continue;
    const auto now = steady_clock::now();
    end.was_interrupted |= Interruption::came();
    const bool is_over = limit.count() != 0 && now - began >= limit;
    if (ended == steady_clock::time_point{} && (is_over || end.was_interrupted)) {
      end.is_over_time = !end.was_interrupted;
      ended = now;
      signal_left(SIGTERM);
    } else if (ended != steady_clock::time_point{} && now - ended > patience) {
      signal_left(SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (auto& program : end.programs)
    program.was_watched =
        !is_one_program(program.command) || was_watched(shared.arena(), program.process);
  end.seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
  return end;
}

}  // namespace minusone::watch
