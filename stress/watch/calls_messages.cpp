// Messages: who receives comes after all who have sent until then. Queues of both kinds here; pipes
// and FIFOs in calls_output.cpp, where read(2) and write(2) are.
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/stat.h>

#include <cerrno>

#include "stress/watch/queues.h"
#include "stress/watch/real_calls.h"
#include "stress/watch/runtime.h"

namespace minusone::watch {
namespace {

SyncObject* of_queue(int id) {
  if (here.arena == nullptr) return nullptr;
  return &sync_named(*here.arena, std::uint64_t{3} << 60 | static_cast<unsigned>(id));
}

template <class Result>
Result received(SyncObject* sync, Result result, const void* call) {
  const int error = errno;
  if (result >= 0) acquires_at(sync, Doing::receives, call);
  errno = error;
  return result;
}

}  // namespace

SyncObject* sync_of_file(int file, unsigned kind) noexcept {
  if (here.arena == nullptr) return nullptr;
  const int error = errno;
  struct stat is = {};
  const bool is_one = fstat(file, &is) == 0 && (kind == 0 || (is.st_mode & S_IFMT) == kind);
  errno = error;
  if (!is_one) return nullptr;
  return &sync_named(*here.arena, std::uint64_t{1} << 61 | (is.st_dev & 0xffff) << 44 |
                                      (is.st_ino & ((std::uint64_t{1} << 44) - 1)));
}

}  // namespace minusone::watch

extern "C" {

using namespace minusone::watch;

int msgsnd(int queue, const void* message, size_t size, int flags) {
  reads(message, size + sizeof(long), MINUSONE_CALL);
  releases_at(of_queue(queue), Doing::sends, MINUSONE_CALL);
  return MINUSONE_REAL(msgsnd)(queue, message, size, flags);
}
ssize_t msgrcv(int queue, void* message, size_t size, long type, int flags) {
  const ssize_t got = MINUSONE_REAL(msgrcv)(queue, message, size, type, flags);
  if (got >= 0) writes(message, static_cast<size_t>(got) + sizeof(long), MINUSONE_CALL);
  return received(of_queue(queue), got, MINUSONE_CALL);
}

int mq_send(mqd_t queue, const char* message, size_t size, unsigned priority) {
  reads(message, size, MINUSONE_CALL);
  releases_at(sync_of_file(queue, 0), Doing::sends, MINUSONE_CALL);
  return MINUSONE_REAL(mq_send)(queue, message, size, priority);
}
int mq_timedsend(mqd_t queue, const char* message, size_t size, unsigned priority,
                 const timespec* until) {
  reads(message, size, MINUSONE_CALL);
  releases_at(sync_of_file(queue, 0), Doing::sends, MINUSONE_CALL);
  return MINUSONE_REAL(mq_timedsend)(queue, message, size, priority, until);
}
ssize_t mq_receive(mqd_t queue, char* message, size_t size, unsigned* priority) {
  const ssize_t got = MINUSONE_REAL(mq_receive)(queue, message, size, priority);
  if (got > 0) writes(message, static_cast<size_t>(got), MINUSONE_CALL);
  return received(sync_of_file(queue, 0), got, MINUSONE_CALL);
}
ssize_t mq_timedreceive(mqd_t queue, char* message, size_t size, unsigned* priority,
                        const timespec* until) {
  const ssize_t got = MINUSONE_REAL(mq_timedreceive)(queue, message, size, priority, until);
  if (got > 0) writes(message, static_cast<size_t>(got), MINUSONE_CALL);
  return received(sync_of_file(queue, 0), got, MINUSONE_CALL);
}

}  // extern "C"
