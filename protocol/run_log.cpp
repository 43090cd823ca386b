#include "protocol/run_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "protocol/os_error.h"
#include "protocol/own_folder.h"

namespace minusone {
namespace {

/// "m1" in the upper half tells our keys apart in ipcs.
constexpr std::uint32_t key_base = 0x6d310000;
constexpr std::string_view key_prefix = "6d31";

/// Why a directory of logs must be ours: clean() removes what they name.
constexpr const char* of_run_logs = "the run log's directory";

std::uint32_t random_word() {
  std::uint32_t word = 0;
  if (getrandom(&word, sizeof word, 0) != sizeof word) throw OsError(errno, "getrandom", "4 bytes");
  return word;
}

/// When the file was made, or 0 where the file system does not tell.
time_t born(int file) {
  struct statx is {};
  return statx(file, "", AT_EMPTY_PATH, STATX_BTIME, &is) == 0 && (is.stx_mask & STATX_BTIME) != 0
             ? static_cast<time_t>(is.stx_btime.tv_sec)
             : 0;
}

constexpr const char* still_attached = "still attached by a living process";

/// The log of one dead run.
struct DeadRun {
  pid_t process = 0;
  time_t since = 0;  ///< when its log was made; nothing of it is older
};

Cleaned clean_segment(key_t key, const DeadRun& run) {
  Cleaned done{fmt::format("System V segment, key {:#x}", key), false, ""};
  const int id = shmget(key, 0, 0);
  if (id == -1) {
    done.why = errno == ENOENT ? "gone" : "not ours";
    return done;
  }
  shmid_ds is{};
  // Who reads /proc/PID of a dead process holds its memory, and so the mapping, for a moment.
  for (int look = 0; look < 50; ++look) {
    if (shmctl(id, IPC_STAT, &is) == -1 || is.shm_nattch == 0) break;
    usleep(1000);
  }
  if (is.shm_perm.cuid != geteuid() || is.shm_cpid != run.process || is.shm_ctime < run.since)
    done.why = "not ours";
  else if (is.shm_nattch != 0)
    done.why = still_attached;
  else
    done.removed = shmctl(id, IPC_RMID, nullptr) == 0;
  return done;
}

Cleaned clean_set(key_t key, const DeadRun& run) {
  Cleaned done{fmt::format("System V semaphore set, key {:#x}", key), false, ""};
  const int id = semget(key, 0, 0);
  if (id == -1) {
    done.why = errno == ENOENT ? "gone" : "not ours";
    return done;
  }
  semid_ds is{};
  if (semctl(id, 0, IPC_STAT, &is) == -1 || is.sem_perm.cuid != geteuid() ||
      is.sem_ctime < run.since)
    done.why = "not ours";
  else
    done.removed = semctl(id, 0, IPC_RMID) == 0;
  return done;
}

Cleaned clean_name(const std::string& name) {
  Cleaned done{fmt::format("POSIX shared memory {}", name), false, ""};
  struct stat is {};
  if (stat(("/dev/shm" + name).c_str(), &is) == -1)
    done.why = "gone";
  else if (is.st_uid != geteuid())
    done.why = "not ours";
  else
    done.removed = shm_unlink(name.c_str()) == 0;
  return done;
}

/// How the name of a semaphore's file in /dev/shm begins (sem_overview(7)).
constexpr std::string_view of_semaphores = "/sem.";

using Entry = std::pair<std::string, std::string>;  ///< kind, key or name

/// Of a log that is open: by its descriptor, for its name may meanwhile be another file's.
std::set<Entry> entries_of(int file) {
  std::set<Entry> entries;
  std::ifstream lines(fmt::format("/proc/self/fd/{}", file));
  for (std::string kind, what; lines >> kind >> what;) {
    if (kind != "not") {
      entries.emplace(kind, what);
    } else if (std::string key; lines >> key) {
      entries.erase({what, key});
    }
  }
  return entries;
}

/// Whether a text is this many lower-case hexadecimal digits.
bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The process of a log's name, "PID-8digits.log". 0: no log of ours is named so.
pid_t process_of_log(const std::string& name) {
  const auto dash = name.find('-');
  if (dash == 0 || dash == std::string::npos || dash > 9 ||
      name.find_first_not_of("0123456789") != dash || !name.ends_with(".log") ||
      !is_hex(std::string_view(name).substr(dash + 1, name.size() - dash - 5), 8)) {
    return 0;
  }
  return static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
}

// What has another form than fresh_key(), reserve_name() and reserve_semaphore_name() give was
// never made by a run.
// @return false when it is ours and had to be left
bool clean_entry(const Entry& entry, const DeadRun& run, std::vector<Cleaned>& all) {
  const auto& [kind, what] = entry;
  Cleaned done;
  if (kind == "posix") {
    for (const std::string_view place : {std::string_view("/"), of_semaphores}) {
      const auto prefix = fmt::format("{}minusone-{}-", place, run.process);
      if (what.starts_with(prefix) && is_hex(std::string_view(what).substr(prefix.size()), 8))
        done = clean_name(what);
    }
  } else if (is_hex(what, 8) && what.starts_with(key_prefix)) {
    const auto key = static_cast<key_t>(std::strtoul(what.c_str(), nullptr, 16));
    if (kind == "shm") done = clean_segment(key, run);
    if (kind == "sem") done = clean_set(key, run);
  }
  if (!done.object.empty() && done.why != "gone") all.push_back(done);
  return done.why != still_attached;
}

}  // namespace

std::filesystem::path RunLog::directory() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && access(runtime, W_OK | X_OK) == 0) {
    return std::filesystem::path(runtime) / "minusone";
  }
  return fmt::format("/tmp/minusone-{}", geteuid());
}

RunLog::RunLog() : owner_(getpid()) {
  const auto where = directory();
  const OwnFolder folder(where, of_run_logs, 077);
  path_ = where / fmt::format("{}-{:08x}.log", owner_, random_word());
  // Locked before it has its name, so clean() never takes a fresh log for a dead run's.
  const auto unnamed = path_.string() + ".new";
  file_ = open(unnamed.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (file_ == -1) throw OsError(errno, "open", fmt::format("the run log {}", unnamed));
  flock(file_, LOCK_EX);
  std::filesystem::rename(unnamed, path_);
}

RunLog::~RunLog() {
  if (getpid() != owner_) return;
  unlink(path_.c_str());
  close(file_);
}

void RunLog::append(const std::string& line) {
  if (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw OsError(errno, "write", fmt::format("the run log {}", path_.string()));
  }
}

key_t RunLog::fresh_key() { return static_cast<key_t>(key_base | (random_word() & 0xffffU)); }

key_t RunLog::reserve_key(std::string_view kind) {
  const auto key = fresh_key();
  note_key(kind, key);
  return key;
}

void RunLog::note_key(std::string_view kind, key_t key) {
  append(fmt::format("{} {:x}\n", kind, static_cast<unsigned>(key)));
}

void RunLog::release_key(std::string_view kind, key_t key) {
  append(fmt::format("not {} {:x}\n", kind, static_cast<unsigned>(key)));
}

std::string RunLog::reserve_name() {
  auto name = fmt::format("/minusone-{}-{:08x}", owner_, random_word());
  append(fmt::format("posix {}\n", name));
  return name;
}

std::string RunLog::reserve_semaphore_name() {
  const auto name = fmt::format("minusone-{}-{:08x}", owner_, random_word());
  append(fmt::format("posix {}{}\n", of_semaphores, name));
  return "/" + name;
}

std::vector<Cleaned> clean() {
  std::vector<Cleaned> all;
  std::error_code none;
  const auto where = RunLog::directory();
  if (!std::filesystem::exists(std::filesystem::symlink_status(where, none))) return all;
  const OwnFolder folder(where, of_run_logs, 077);
  std::set<Entry> of_the_living;
  std::vector<std::pair<std::string, int>> dead;  // with the locked file
  for (const auto& entry : std::filesystem::directory_iterator(where, none)) {
    const auto name = entry.path().filename().string();
    if (process_of_log(name) == 0) continue;
    // A FIFO of that name must not hold us up.
    const int file =
        openat(folder.descriptor(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file == -1) continue;
    if (!is_own_file(file)) {
      close(file);
    } else if (flock(file, LOCK_EX | LOCK_NB) == 0) {
      dead.emplace_back(name, file);
    } else {
      of_the_living.merge(entries_of(file));
      close(file);
    }
  }
  for (const auto& [name, file] : dead) {
    const DeadRun run{process_of_log(name), born(file)};
    bool done = true;
    for (const auto& entry : entries_of(file)) {
      if (!of_the_living.contains(entry)) done &= clean_entry(entry, run, all);
    }
    // What is still attached is left for another time, and so is the log that knows of it.
    if (done) unlinkat(folder.descriptor(), name.c_str(), 0);
    close(file);
  }
  return all;
}

}  // namespace minusone
