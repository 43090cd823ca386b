#include "stress/cli/supervised.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <system_error>

#include "protocol/check.h"
#include "stress/cli/verbs.h"

namespace minusone::cli {
namespace {

constexpr std::array passed_on{SIGINT, SIGTERM, SIGHUP};
constexpr double patience = 2;        // seconds of the child's own time, after a signal
constexpr double most_patience = 20;  // and of everybody's

double seconds(clockid_t clock) {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// The signals that the supervisor waits for are pending, not handled, while one lives.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    sigaddset(&held_, SIGCHLD);
    for (const int signal : passed_on) sigaddset(&held_, signal);
    sigprocmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignals() { let_go(); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  void let_go() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  /// @return the signal, with its sender; none within a tenth of a second
  std::optional<siginfo_t> next() const {
    siginfo_t info{};
    const timespec tenth{0, 100'000'000};
    if (sigtimedwait(&held_, &info, &tenth) <= 0) return std::nullopt;
    return info;
  }

 private:
  sigset_t held_{};
  sigset_t before_{};
};

/// The child, until it has ended.
class Child {
 public:
  explicit Child(pid_t process) : process_(process) { clock_getcpuclockid(process, &clock_); }

  /// @return as of waitpid(2), once it has ended
  int wait(const HeldSignals& signals) {
    int status = 0;
    while (waitpid(process_, &status, WNOHANG) == 0) {
      const auto signal = signals.next();
      if (signal && signal->si_signo != SIGCHLD) pass_on(*signal);
      if (first_signal_ != 0 && is_out_of_patience()) {
        kill(process_, SIGKILL);
        killed_ = true;
      }
    }
    return status;
  }
  /// The signal on which it had to be killed; 0: it had not.
  int killed_on() const { return killed_ ? first_signal_ : 0; }

 private:
  void pass_on(const siginfo_t& signal) {
    // What the terminal sends it sends to the child as well.
    if (signal.si_code != SI_KERNEL) kill(process_, signal.si_signo);
    if (first_signal_ != 0) return;
    first_signal_ = signal.si_signo;
    own_ = seconds(clock_);
    all_ = seconds(CLOCK_MONOTONIC);
  }
  bool is_out_of_patience() const {
    return seconds(clock_) - own_ > patience || seconds(CLOCK_MONOTONIC) - all_ > most_patience;
  }

  const pid_t process_;
  clockid_t clock_{};
  int first_signal_ = 0;
  double own_ = 0, all_ = 0;
  bool killed_ = false;
};

bool is_users(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT ||
         signal == SIGPIPE || signal == SIGALRM || signal == SIGXCPU;
}

int end_as(int signal) {
  std::signal(signal, SIG_DFL);
  raise(signal);
  return 128 + signal;  // where the signal is ignored
}

int tell(Status status, const std::string& what) {
  complain(what);
  return status;
}

/// To the supervisor, whose end of the channel it is: the work ends now, and has said why.
bool announce_end(int channel, int status) noexcept {
  const char told = static_cast<char>(status);
  return write(channel, &told, 1) == 1;
}

/// A bug of ours ends the process where it is found, and has told all but this.
void announce_bug(const void* channel, BareText&) noexcept {
  announce_end(*static_cast<const int*>(channel), bug);
}

int conclude(int status, std::optional<int> returned, int killed_on) {
  if (killed_on != 0) {
    return tell(inconclusive,
                fmt::format("the work did not end within 2 s of SIG{}, and was killed: nothing is "
                            "told; `minusone clean` removes what it may have left",
                            sigabbrev_np(killed_on)));
  }
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (is_users(signal)) return end_as(signal);
    return tell(
        machine,
        fmt::format("the process that did the work was ended by SIG{} ({}), {}: there is no "
                    "verdict; `minusone clean` removes what it may have left",
                    sigabbrev_np(signal), strsignal(signal),
                    signal == SIGKILL ? "by the kernel, where memory is short, or by kill -9"
                                      : "by the code under test or by a bug of minusone's"));
  }
  const int code = WEXITSTATUS(status);
  if (returned) return code;  // a sanitizer may have changed it at the end
  return tell(machine, fmt::format("the code under test ended the process with status {}, not "
                                   "through exit() or a return: there is no verdict",
                                   code));
}

}  // namespace

int supervised(const std::function<int()>& work) {
  int channel[2];
  if (pipe2(channel, O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe, for the process that works");
  std::fflush(nullptr);
  std::signal(SIGCHLD, SIG_DFL);  // where it was ignored nobody could be waited for
  const HeldSignals signals;
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == -1)
    throw std::system_error(errno, std::generic_category(), "fork of the process that works");
  if (process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(machine);
    close(channel[0]);
    signals.let_go();
    const UnderWay end(announce_bug, &channel[1]);
    const int status = work();
    std::fflush(nullptr);
    if (!announce_end(channel[1], status)) _exit(machine);
    std::exit(status);
  }
  close(channel[1]);
  Child child(process);
  const int status = child.wait(signals);
  char told = 0;
  fcntl(channel[0], F_SETFL, O_NONBLOCK);
  const bool returned = read(channel[0], &told, 1) == 1;
  close(channel[0]);
  signals.let_go();
  return conclude(status, returned ? std::optional<int>(told) : std::nullopt, child.killed_on());
}

}  // namespace minusone::cli
