// POSIX semaphores in lock step: glibc's own. One with a name has another
// one, of our own, known to the run log before it is made; processes open it by themselves.
#include <fcntl.h>
#include <semaphore.h>

#include <algorithm>
#include <map>

#include "protocol/run_log.h"
#include "stress/sync/semaphore/semaphore.h"

namespace minusone::semaphore {

namespace {

/// A name that a program asks for, and ours.
struct RealName {
  std::array<char, 256> asked;
  std::array<char, 64> ours;
};

class RealNames : public RealObjects {
 public:
  explicit RealNames(RunLog& log) : log_(log) {}
  ~RealNames() override { restart(); }

  void remember() override {
    if (names_->front().asked[0] != 0)
      throw std::runtime_error(
          "named semaphores that are opened before the agents start are not taken in lock step");
  }
  void restart() override {
    for (const RealName& name : *names_) {
      if (name.asked[0] != 0) sem_unlink(name.ours.data());
    }
  }
  void restart_in_process() override {
    for (const auto& [number, its] : open_) {
      for (int i = 0; i < its.times; ++i) sem_close(its.at);
    }
    open_.clear();
  }

  /// Null: nobody has asked for it.
  const char* ours(std::string_view asked) const {
    const auto at = std::ranges::find(
        *names_, asked, [](const RealName& name) { return std::string_view(name.asked.data()); });
    return at == names_->end() || asked.empty() ? nullptr : at->ours.data();
  }
  /// @return false where there are too many
  bool reserve(std::string_view asked) {
    if (ours(asked) != nullptr) return true;
    const auto free =
        std::ranges::find(*names_, 0, [](const RealName& name) { return name.asked[0]; });
    if (free == names_->end()) return false;
    log_.reserve_semaphore_name().copy(free->ours.data(), free->ours.size() - 1);
    asked.copy(free->asked.data(), free->asked.size() - 1);
    return true;
  }
  /// What this process has open, by the model's number. Null: nothing.
  sem_t* at(std::uint64_t number) const {
    const auto known = open_.find(number);
    return known == open_.end() ? nullptr : known->second.at;
  }
  void opened(std::uint64_t number, sem_t* at) {
    auto& its = open_[number];
    its = {at, its.times + 1};
  }
  void closed(std::uint64_t number) {
    if (--open_[number].times == 0) open_.erase(number);
  }

 private:
  struct Opened {
    sem_t* at = nullptr;
    int times = 0;
  };

  RunLog& log_;
  SharedTable<std::array<RealName, 32>> names_;
  std::map<std::uint64_t, Opened> open_;  ///< each process's own
};

RealNames& names(RealObjects* objects) { return static_cast<RealNames&>(*objects); }

/// Null: one with a name, which the process does not have open.
sem_t* semaphore_of(const Context& call, RealObjects* objects) {
  return is_named(call.a) ? names(objects).at(number_of(call.a)) : reinterpret_cast<sem_t*>(call.a);
}

/// What a call on it comes to; -EFAULT: it is not there.
template <class Function, class... Arguments>
std::int64_t made(const Context& call, RealObjects* objects, Function function,
                  Arguments... arguments) {
  sem_t* const at = semaphore_of(call, objects);
  return at == nullptr ? -EFAULT : or_errno(function(at, arguments...));
}

}  // namespace

std::unique_ptr<RealObjects> real_objects(RunLog& log) { return std::make_unique<RealNames>(log); }

std::optional<std::int64_t> real::initialise(const Context& call, RealObjects* objects,
                                             std::int64_t) {
  return made(call, objects, sem_init, static_cast<int>(call.c != 0),
              static_cast<unsigned>(call.b));
}

std::optional<std::int64_t> real::destroy(const Context& call, RealObjects* objects, std::int64_t) {
  return made(call, objects, sem_destroy);
}

std::optional<std::int64_t> real::take(const Context& call, RealObjects* objects, std::int64_t) {
  const auto result = made(call, objects, sem_trywait);
  if (result == -EAGAIN) return std::nullopt;
  return result;
}

std::optional<std::int64_t> real::try_to_take(const Context& call, RealObjects* objects,
                                              std::int64_t) {
  return made(call, objects, sem_trywait);
}

std::optional<std::int64_t> real::take_in_time(const Context& call, RealObjects* objects,
                                               std::int64_t modelled) {
  const auto result = take(call, objects, modelled);
  return !result && call.b != 0 ? -ETIMEDOUT : result;
}

std::optional<std::int64_t> real::post(const Context& call, RealObjects* objects, std::int64_t) {
  return made(call, objects, sem_post);
}

std::optional<std::int64_t> real::get_value(const Context& call, RealObjects* objects,
                                            std::int64_t) {
  int value = 0;
  const auto result = made(call, objects, sem_getvalue, &value);
  return result < 0 ? result : value;
}

std::size_t real::pack_name(const Context& call, const RealObjects*, std::span<std::byte> room) {
  const std::size_t bytes = name_of(call).copy(reinterpret_cast<char*>(room.data()), room.size());
  room[bytes] = std::byte{0};
  return bytes + 1;
}

void real::unpack_name(Context& call, std::span<std::byte> packed) {
  call.a = reinterpret_cast<std::uint64_t>(packed.data());
}

std::int64_t real::reserve_name(const Context& call, RealObjects* objects, std::int64_t modelled) {
  return names(objects).reserve(name_of(call)) ? modelled : -ENFILE;
}

std::optional<std::int64_t> real::open(const Context& call, RealObjects* objects,
                                       std::int64_t modelled) {
  sem_t* const opened = sem_open(names(objects).ours(name_of(call)), static_cast<int>(call.b), 0600,
                                 static_cast<unsigned>(call.c));
  if (opened == SEM_FAILED) return -errno;
  const auto number = static_cast<std::uint64_t>(modelled);
  // glibc has one mapping of each for a process.
  sem_t* const known = modelled < 0 ? nullptr : names(objects).at(number);
  if (modelled < 0 || (known != nullptr && known != opened)) {
    sem_close(opened);
    return 0;  // no number: the model is told that it differs
  }
  names(objects).opened(number, opened);
  return modelled;
}

std::optional<std::int64_t> real::close(const Context& call, RealObjects* objects, std::int64_t) {
  sem_t* const at = semaphore_of(call, objects);
  // What is no semaphore's address glibc only looks up.
  const auto result = or_errno(sem_close(at == nullptr ? reinterpret_cast<sem_t*>(call.a) : at));
  if (result == 0) names(objects).closed(number_of(call.a));
  return result;
}

std::optional<std::int64_t> real::unlink(const Context& call, RealObjects* objects, std::int64_t) {
  const char* const ours = names(objects).ours(name_of(call));
  return ours == nullptr ? -ENOENT : or_errno(sem_unlink(ours));
}

}  // namespace minusone::semaphore
