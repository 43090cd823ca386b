#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "protocol/run_log.h"

namespace minusone {

/// What the article's programs share: the segment of one test, under a key of its own instead of
/// 1234. Removed at the end; logged, so that `minusone clean` finds it after a kill.
class ArticleSegment {
 public:
  struct Layout {
    int written;
    char text[2048];
    char slack[4096 - 2052];  ///< the rest of the page, which the article says is not usable
  };

  ArticleSegment();
  ~ArticleSegment();

  key_t key() const { return key_; }
  /// Creates it before any program does. @return its id
  int create(std::size_t bytes, int mode);
  bool exists() const;
  /// The one that the key leads to now, attached until the end.
  /// @throws OsError `ENOENT` nobody has created it
  Layout& look();
  /// shmctl(IPC_STAT): mode with SHM_DEST.
  unsigned mode() const;

 private:
  RunLog log_;
  key_t key_;
  void* at_ = nullptr;
  int attached_id_ = -1;
};

/// How one of the programs is started.
struct ArticleOptions {
  std::optional<uid_t> as{};  ///< run as this user
  std::optional<mode_t> umask{};
  std::string neighbour{};  ///< text in the page behind the segment
  bool buffered = false;    ///< its output stays in its buffer, as it does in a file or pipe
};

/// shmread or shmwrite under hold.c: it stands still before each libc call until go().
class ArticleProcess {
 public:
  /// Starts "shmread" or "shmwrite" and lets it come to its first call.
  ArticleProcess(const ArticleSegment& segment, const std::string& program,
                 ArticleOptions options = {});
  ~ArticleProcess();  ///< kills it if it still lives
  ArticleProcess(const ArticleProcess&) = delete;
  ArticleProcess& operator=(const ArticleProcess&) = delete;

  /// The call before which it stands, such as "sleep 1"; empty once it has ended.
  const std::string& at() const { return at_; }
  /// Performs that call, or fails it with this errno, and comes to the next.
  /// @throws std::runtime_error it never does, as when it reads what nobody typed
  void go(int fail_with = 0);
  /// Goes on until it stands before a call that begins so; false when it ends or after 500 calls.
  bool go_to(const std::string& call);
  void type(const std::string& text);
  void end_of_input();
  void signal(int number);
  std::string printed() const;  ///< all of its standard output so far
  std::string complained() const;
  /// As of waitpid(); kills a program that has not ended by itself.
  int status();
  pid_t process() const { return process_; }

 private:
  void wait_for_call();

  pid_t process_ = -1;
  int calls_ = -1, input_ = -1, output_ = -1, errors_ = -1;
  std::optional<int> status_;
  std::string at_;
};

/// A reader that polls an empty slot, held before its sleep.
void start_reader(ArticleProcess& reader);
/// A writer that has passed the check and waits for its user's line.
void start_writer(ArticleProcess& writer);
/// A writer at fgets publishes one line: text copied, written = 1.
void send(ArticleProcess& writer, const std::string& line);
/// A reader that polls takes and prints the message: held after written = 0, before it looks for
/// "end".
void take(ArticleProcess& reader);

}  // namespace minusone
