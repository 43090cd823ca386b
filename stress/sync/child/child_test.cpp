// Processes that fork, wait and end, beside real ones.
#include "stress/sync/child/child.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "stress/sync/life.h"
#include "stress/sync/semaphore/semaphore.h"
#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

constexpr int most = 10;  ///< processes of one round
constexpr int semaphores = 2;

/// One call that a process is told to make.
struct Order {
  enum class What : std::uint8_t { fork, exit, wait, get_parent, post, take, try_to_take };
  What what;
  int a = 0;        ///< the child's number; the status; the process; the semaphore
  int options = 0;  ///< of waitpid()
};

/// What the real processes share with who leads them.
struct Board {
  struct Answer {
    std::atomic<pid_t> process;
    std::atomic<bool> done;
    std::int64_t result;
    int status;
  };
  Answer answers[most];
  sem_t semaphores[minusone::semaphores];
};

/// Real processes, by number, that make one call at a time each.
class RealProcesses {
 public:
  RealProcesses() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // orphans come here
    board_ = static_cast<Board*>(
        mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    for (auto& ends : orders_) {
      if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    }
    for (sem_t& semaphore : board_->semaphores) sem_init(&semaphore, 1, 1);
    std::fflush(nullptr);
    if (const pid_t made = fork(); made == 0) serve(0);
    while (board_->answers[0].process == 0) usleep(100);
  }
  ~RealProcesses() {
    for (const auto& answer : board_->answers) {
      if (answer.process > 0) ::kill(answer.process, SIGKILL);
    }
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
    for (auto& ends : orders_) {
      close(ends[0]);
      close(ends[1]);
    }
    munmap(board_, sizeof(Board));
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }
  RealProcesses(const RealProcesses&) = delete;
  RealProcesses& operator=(const RealProcesses&) = delete;

  pid_t process(int number) const { return board_->answers[number].process; }
  int number_of(pid_t process) const {
    for (int i = 0; i < most; ++i) {
      if (process > 0 && board_->answers[i].process == process) return i;
    }
    return -1;
  }
  void give(int number, const Order& order) {
    board_->answers[number].done = false;
    if (write(orders_[number][1], &order, sizeof order) != sizeof order) std::abort();
  }
  void kill(int number) {
    ::kill(process(number), SIGKILL);
    wait_for_end(number);
  }
  /// Until it is a zombie, or somebody has waited for it already.
  void wait_for_end(int number) const {
    while (state(number) != 'Z' && state(number) != 0) usleep(100);
  }
  /// Until each has come back from its call, or sleeps in it.
  void settle(int count) const {
    for (int quiet = 0; quiet < 2;) {
      bool all = true;
      for (int i = 0; i < count; ++i) all &= is_over(i) || is_done(i) || sleeps(i);
      quiet = all ? quiet + 1 : 0;
      usleep(50);
    }
  }
  bool is_done(int number) const { return board_->answers[number].done; }
  std::int64_t result(int number) const { return board_->answers[number].result; }
  int status(int number) const { return board_->answers[number].status; }
  bool is_over(int number) const { return state(number) == 'Z' || state(number) == 0; }

 private:
  [[noreturn]] void serve(int number) {
    Board::Answer& mine = board_->answers[number];
    mine.done = true;
    mine.process = getpid();
    for (Order order{}; read(orders_[number][0], &order, sizeof order) == sizeof order;) {
      errno = 0;
      std::int64_t result = 0;
      int status = 0;
      switch (order.what) {
        case Order::What::fork:
          result = fork();
          if (result == 0) serve(order.a);
          while (board_->answers[order.a].process == 0) usleep(50);
          break;
        case Order::What::exit:
          _exit(order.a);
        case Order::What::wait:
          result = waitpid(order.a, &status, order.options);
          break;
        case Order::What::get_parent:
          result = getppid();
          break;
        case Order::What::post:
          result = sem_post(&board_->semaphores[order.a]);
          break;
        case Order::What::take:
          result = sem_wait(&board_->semaphores[order.a]);
          break;
        case Order::What::try_to_take:
          result = sem_trywait(&board_->semaphores[order.a]);
      }
      mine.result = result == -1 ? -errno : result;
      mine.status = status;
      mine.done = true;
    }
    _exit(99);
  }
  std::string line(int number, const char* file) const {
    std::string text;
    std::getline(std::ifstream("/proc/" + std::to_string(process(number)) + "/" + file), text);
    return text;
  }
  char state(int number) const {
    const std::string text = line(number, "stat");
    const auto at = text.rfind(") ");
    return at == std::string::npos ? 0 : text[at + 2];
  }
  bool sleeps(int number) const {
    long call = -1;
    std::sscanf(line(number, "syscall").c_str(), "%ld", &call);
    return (call == SYS_wait4 || call == SYS_futex) && state(number) == 'S';
  }

  Board* board_ = nullptr;
  int orders_[most][2];
};

/// Both sides, call by call.
class BesideTheProcesses : private Threads {
 public:
  BesideTheProcesses() : room_(4096) {
    model_.set_processes(true);
    model_.set_room(room_);
    model_.set_threads(this);
    for (int i = 0; i < semaphores; ++i)
      perform(model_, of(0, Action::sem_init, at_semaphore(i), 1, 1));
  }

  int count() const { return count_; }
  bool lives(int number) const { return lives_[number]; }
  bool is_busy(int number) const { return calls_[number].has_value(); }
  int living() const { return static_cast<int>(std::count(lives_, lives_ + count_, true)); }

  void fork(int number) {
    real_.give(number, {Order::What::fork, count_});
    calls_[number] = of(number, Action::fork);
    advance();
  }
  void exit(int number, int status) {
    real_.give(number, {Order::What::exit, status});
    real_.wait_for_end(number);
    model_.agent_ends(number, (status & 0xff) << 8);
    end(number);
  }
  void kill(int number) {
    real_.kill(number);
    model_.agent_dies(calls_[number] ? *calls_[number] : of(number, Action::finished));
    end(number);
  }
  /// @param child  a number, known or not; -1: any
  void wait(int number, int child, int options) {
    const bool is_known = child >= 0 && child < count_;
    real_.give(number, {Order::What::wait,
                        child < 0  ? -1
                        : is_known ? real_.process(child)
                                   : 1,
                        options});
    calls_[number] = of(number, Action::waitpid,
                        static_cast<std::uint64_t>(std::int64_t{child < 0  ? -1
                                                                : is_known ? thread_id_of(child)
                                                                           : 1}),
                        static_cast<std::uint64_t>(options));
    advance();
  }
  void get_parent(int number) {
    if (parents_[number] < 0) return;
    real_.give(number, {Order::What::get_parent});
    calls_[number] = of(number, Action::getppid, static_cast<std::uint64_t>(parents_[number]));
    advance();
  }
  void use(int number, Order::What what, Action action, int semaphore) {
    real_.give(number, {what, semaphore});
    calls_[number] = of(number, action, at_semaphore(semaphore));
    advance();
  }

 private:
  bool has_finished(int number) const override { return !lives_[number]; }
  std::uint64_t result_of(int) const override { return 0; }
  bool is_given_up(int, int) const override { return false; }
  int next() const override { return count_; }

  std::uint64_t at_semaphore(int which) const {
    return at(room_.data()) + static_cast<std::uint64_t>(which) * 64;
  }
  static Context of(int number, Action action, std::uint64_t a = 0, std::uint64_t b = 0,
                    std::uint64_t c = 0) {
    Context context = announced(action, a, b, c);
    context.id = number;
    return context;
  }
  void end(int number) {
    lives_[number] = false;
    calls_[number].reset();
    advance();
  }
  /// A process as the model names it; of who adopts orphans 1.
  std::int64_t modelled(std::int64_t process) const {
    if (process == getpid()) return 1;
    const int number = real_.number_of(static_cast<pid_t>(process));
    return number < 0 ? process : thread_id_of(number);
  }
  /// Of all calls that came back for real the model's must too, with the same; of no other.
  void advance() {
    for (bool moved = true; moved;) {
      moved = false;
      real_.settle(count_);
      for (int i = 0; i < count_; ++i) {
        if (!calls_[i] || !real_.is_done(i)) continue;
        Context& call = *calls_[i];
        if (!model_.enabled(call)) continue;  // another that came back too lets it go on
        const auto expected = model_.perform(call);
        ASSERT_FALSE(model_.misuse());
        const bool of_processes = call.action() == Action::fork ||
                                  call.action() == Action::waitpid ||
                                  call.action() == Action::getppid;
        ASSERT_EQ(of_processes && real_.result(i) > 0 ? modelled(real_.result(i)) : real_.result(i),
                  expected)
            << "process " << i;
        if (call.action() == Action::waitpid && expected > 0) {
          ASSERT_EQ(real_.status(i), static_cast<int>(call.result_upper));
        }
        if (call.action() == Action::fork) {
          parents_[count_] = i;
          lives_[count_++] = true;
        }
        calls_[i].reset();
        moved = true;
      }
    }
    for (int i = 0; i < count_; ++i) {
      ASSERT_FALSE(calls_[i] && real_.is_done(i)) << "process " << i << " waits in the model only";
      ASSERT_FALSE(calls_[i] && model_.enabled(*calls_[i]))
          << "process " << i << " waits in reality only";
    }
  }

  RealProcesses real_;
  std::vector<std::byte> room_;
  SyncModel model_;
  int count_ = 1;
  bool lives_[most] = {true};
  int parents_[most] = {-1};
  std::optional<Context> calls_[most];
};

TEST(SyncModel, AnswersRandomCallsOfProcessesThatForkAsTheKernelDoes) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer takes no part in processes that fork";
#endif
  Random random(5);
  int forked = 0;
  for (int round = 0; round < 60; ++round) {
    BesideTheProcesses pair;
    for (int step = 0; step < 40 && pair.living() > 0; ++step) {
      const int number = static_cast<int>(random() % static_cast<unsigned>(pair.count()));
      if (!pair.lives(number)) continue;
      const auto kind = random() % 16;
      if (kind == 15 && pair.count() > 1) pair.kill(number);
      if (kind == 15 || pair.is_busy(number)) continue;
      const int semaphore = static_cast<int>(random() % semaphores);
      const int some_statuses[] = {0, 1, 255, 256, 300, -1};
      switch (kind) {
        case 0:
        case 1:
        case 2:
        case 3:
          if (pair.count() < most) pair.fork(number);
          break;
        case 4:
        case 5:
          if (pair.living() > 1) pair.exit(number, some_statuses[random() % 6]);
          break;
        case 6:
        case 7:
        case 8:
          pair.wait(number, -1, random() % 3 == 0 ? 0 : WNOHANG);
          break;
        case 9:
        case 10:
          pair.wait(number, static_cast<int>(random() % static_cast<unsigned>(pair.count() + 1)),
                    random() % 3 == 0 ? 0 : WNOHANG);
          break;
        case 11:
          pair.get_parent(number);
          break;
        case 12:
          pair.use(number, Order::What::post, Action::sem_post, semaphore);
          break;
        case 13:
          pair.use(number, Order::What::take, Action::sem_wait, semaphore);
          break;
        default:
          pair.use(number, Order::What::try_to_take, Action::sem_trywait, semaphore);
      }
      ASSERT_FALSE(testing::Test::HasFatalFailure()) << "round " << round << ", step " << step;
    }
    forked += pair.count();
  }
  EXPECT_GT(forked, 200);
}

}  // namespace
}  // namespace minusone
