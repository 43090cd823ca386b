#include "stress/testing/defects/article_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <vector>

#include "protocol/os_error.h"

namespace minusone {
namespace {

int checked(int result, const char* call) {
  if (result == -1) throw OsError(errno, call, "the article's programs");
  return result;
}

std::string contents(int file) {
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  if (pread(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return {};
  return text;
}

std::string fd_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

ArticleSegment::ArticleSegment() : key_(log_.reserve_key("shm")) {
  // The programs take what they find under their key (D22), so it must lead to nothing.
  while (exists()) key_ = log_.reserve_key("shm");
}

ArticleSegment::~ArticleSegment() {
  if (at_ != nullptr) shmdt(at_);
  if (const int id = shmget(key_, 0, 0); id != -1) shmctl(id, IPC_RMID, nullptr);
}

int ArticleSegment::create(std::size_t bytes, int mode) {
  return checked(shmget(key_, bytes, IPC_CREAT | IPC_EXCL | mode), "shmget");
}

bool ArticleSegment::exists() const { return shmget(key_, 0, 0) != -1 || errno != ENOENT; }

ArticleSegment::Layout& ArticleSegment::look() {
  const int id = checked(shmget(key_, 0, 0), "shmget");
  if (id != attached_id_) {
    if (at_ != nullptr) shmdt(at_);
    at_ = shmat(id, nullptr, 0);
    attached_id_ = id;
  }
  return *static_cast<Layout*>(at_);
}

unsigned ArticleSegment::mode() const {
  shmid_ds about{};
  checked(shmctl(attached_id_ != -1 ? attached_id_ : shmget(key_, 0, 0), IPC_STAT, &about),
          "shmctl");
  return about.shm_perm.mode;
}

ArticleProcess::ArticleProcess(const ArticleSegment& segment, const std::string& program,
                               ArticleOptions options) {
  std::array<int, 2> calls{}, input{};
  checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, calls.data()), "socketpair");
  const timeval patience{60, 0};
  checked(setsockopt(calls[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), "setsockopt");
  checked(pipe2(input.data(), O_CLOEXEC), "pipe2");
  output_ = checked(memfd_create("stdout", MFD_CLOEXEC), "memfd_create");
  errors_ = checked(memfd_create("stderr", MFD_CLOEXEC), "memfd_create");
  // By descriptor, for another user may not reach the path.
  const int binary =
      checked(open((MINUSONE_BIN "/" + program).c_str(), O_RDONLY | O_CLOEXEC), "open");
  const int preload = checked(open(MINUSONE_HOLD_LIBRARY, O_RDONLY | O_CLOEXEC), "open");
  const pid_t test = getpid();
  process_ = checked(fork(), "fork");
  if (process_ == 0) {
    if (options.as && setresuid(*options.as, *options.as, *options.as) != 0) _exit(98);
    // Behind setresuid(), which takes it back (PR_SET_PDEATHSIG(2const)).
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != test) _exit(1);
    dup2(input[0], 0);
    dup2(output_, 1);
    dup2(errors_, 2);
    for (const int kept : {calls[1], preload}) fcntl(kept, F_SETFD, 0);
    if (options.umask) umask(*options.umask);
    char key[16];
    snprintf(key, sizeof key, "%x", static_cast<unsigned>(segment.key()));
    std::vector<std::string> texts{"MINUSONE_KEY=" + std::string(key),
                                   "MINUSONE_HOLD=" + std::to_string(calls[1]),
                                   "LD_PRELOAD=" + fd_path(preload)};
    if (!options.neighbour.empty()) texts.push_back("MINUSONE_NEIGHBOUR=" + options.neighbour);
    if (options.buffered) texts.push_back("MINUSONE_BUFFERED=1");
    std::vector<char*> environment;
    for (auto& text : texts) environment.push_back(text.data());
    environment.push_back(nullptr);
    char* arguments[] = {const_cast<char*>(program.c_str()), nullptr};
    execve(fd_path(binary).c_str(), arguments, environment.data());
    _exit(97);
  }
  for (const int closed : {calls[1], input[0], binary, preload}) close(closed);
  calls_ = calls[0];
  input_ = input[1];
  wait_for_call();
}

ArticleProcess::~ArticleProcess() {
  status();
  for (const int fd : {calls_, input_, output_, errors_}) {
    if (fd != -1) close(fd);
  }
}

void ArticleProcess::wait_for_call() {
  char text[256];
  const auto size = recv(calls_, text, sizeof text, 0);
  if (size == -1 && errno == EAGAIN) {
    throw std::runtime_error("the program came to no further call: it stays in '" + at_ + "'");
  }
  at_.assign(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (at_.empty()) {
    int ended = 0;
    waitpid(process_, &ended, 0);
    status_ = ended;
  }
}

void ArticleProcess::go(int fail_with) {
  if (at_.empty()) return;
  ::send(calls_, &fail_with, sizeof fail_with, MSG_NOSIGNAL);
  wait_for_call();
}

bool ArticleProcess::go_to(const std::string& call) {
  for (int i = 0; i < 500 && !at_.empty(); ++i) {
    if (at_.starts_with(call)) return true;
    go();
  }
  return false;
}

void ArticleProcess::type(const std::string& text) {
  if (write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw OsError(errno, "write", "the program's standard input");
}

void ArticleProcess::end_of_input() {
  close(input_);
  input_ = -1;
}

void ArticleProcess::signal(int number) {
  ::kill(process_, number);
  if (number != SIGSTOP && number != SIGCONT) wait_for_call();
}

std::string ArticleProcess::printed() const { return contents(output_); }
std::string ArticleProcess::complained() const { return contents(errors_); }

int ArticleProcess::status() {
  if (!status_) {
    ::kill(process_, SIGKILL);
    int ended = 0;
    waitpid(process_, &ended, 0);
    status_ = ended;
    at_.clear();
  }
  return *status_;
}

void start_reader(ArticleProcess& reader) {
  ASSERT_TRUE(reader.go_to("sleep 1")) << reader.complained();
}

void start_writer(ArticleProcess& writer) {
  ASSERT_TRUE(writer.go_to("fgets")) << writer.complained();
}

void send(ArticleProcess& writer, const std::string& line) {
  ASSERT_EQ(writer.at(), "fgets");
  writer.type(line);
  ASSERT_TRUE(writer.go_to("strncmp"));
}

void take(ArticleProcess& reader) {
  ASSERT_EQ(reader.at(), "sleep 1");
  reader.go();
  ASSERT_TRUE(reader.at().starts_with("printf You wrote")) << "polls on: " << reader.at();
  ASSERT_TRUE(reader.go_to("strncmp"));
}

}  // namespace minusone
