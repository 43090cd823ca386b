// Mapped memory and its objects beside the kernel's.
#include "stress/sync/mapping/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csetjmp>
#include <csignal>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "protocol/run_log.h"
#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

sigjmp_buf out;
void leave_access(int signal) { siglongjmp(out, signal); }

/// Not by a sanitizer's run-time, for its locks would stay locked where the access is left.
__attribute__((noinline, no_sanitize("thread"))) void access_memory(volatile int* at, bool writes) {
  if (writes)
    asm volatile("lock; addl $0, %0" : "+m"(*at) : : "cc");  // reads and writes at once
  else
    (void)*at;
}

/// The signal that an access ends in; 0: none.
int access_ends_in(volatile int* at, bool writes) {
  struct sigaction action {};
  action.sa_handler = leave_access;
  std::array<struct sigaction, 2> before;
  sigaction(SIGSEGV, &action, &before[0]);
  sigaction(SIGBUS, &action, &before[1]);
  const int signal = sigsetjmp(out, 1);
  if (signal == 0) access_memory(at, writes);
  sigaction(SIGSEGV, &before[0], nullptr);
  sigaction(SIGBUS, &before[1], nullptr);
  return signal;
}

int signal_of(Lent lent) {
  return lent == Lent::yes ? 0 : lent == Lent::beyond_end ? SIGBUS : SIGSEGV;
}

/// The same calls on both sides. What agents have mapped and open for real, all in this process,
/// stands for the model's.
class BesideTheMappings {
 public:
  BesideTheMappings() {
    model_.set_room(room_);
    for (auto& name : names_) name = log_.reserve_name();
  }
  ~BesideTheMappings() {
    for (const auto& name : names_) shm_unlink(name.c_str());
    for (const auto& [key, real] : open_) close(real);
    for (const auto& [key, its] : mapped_) munmap(its.real, its.bytes);
  }

  void open(int agent, std::size_t name, int flags) {
    const int real = shm_open(names_[name].c_str(), flags, 0600);
    opened(agent, answer(real),
           call(agent, announced(Action::shm_open, at(names_[name].c_str() + 1),
                                 static_cast<std::uint64_t>(flags), 0600, at(room_.data()),
                                 room_.size())));
  }
  void make_unnamed(int agent) {
    opened(agent, answer(memfd_create("minusone-test", MFD_CLOEXEC)),
           call(agent, announced(Action::memfd_create, 0)));
  }
  void unlink(std::size_t name) {
    ASSERT_EQ(answer(shm_unlink(names_[name].c_str())),
              call(0, announced(Action::shm_unlink, at(names_[name].c_str() + 1))));
  }
  void set_size(int agent, int descriptor, off_t bytes) {
    ASSERT_EQ(answer(ftruncate(real_of(agent, descriptor), bytes)),
              call(agent, announced(Action::ftruncate, as_word(descriptor),
                                    static_cast<std::uint64_t>(bytes), 0, at(room_.data()),
                                    room_.size())));
  }
  void get_size(int agent, int descriptor) {
    struct stat status {};
    const int failed = fstat(real_of(agent, descriptor), &status);
    ASSERT_EQ(failed != 0 ? -errno : status.st_size,
              call(agent, announced(Action::fstat, as_word(descriptor))));
  }
  void close_one(int agent, int descriptor) {
    const int real = real_of(agent, descriptor);
    ASSERT_EQ(answer(close(real)), call(agent, announced(Action::close, as_word(descriptor))));
    open_.erase({agent, descriptor});
  }
  void map(int agent, int descriptor, std::size_t bytes, int protection, int flags, off_t offset) {
    const auto modelled =
        call(agent, announced(Action::mmap, bytes, static_cast<std::uint64_t>(protection),
                              static_cast<std::uint64_t>(flags), as_word(descriptor),
                              static_cast<std::uint64_t>(offset)));
    if (model_.misuse()) {  // mapped already, or no room: it says so
      ASSERT_TRUE(model_.misuse()->not_modelled);
      return;
    }
    void* const real = mmap(nullptr, bytes, protection, flags, real_of(agent, descriptor), offset);
    ASSERT_EQ(real == MAP_FAILED ? -errno : 0, modelled < 0 ? modelled : 0)
        << bytes << " bytes, " << protection << ", " << flags << ", from " << offset;
    if (real == MAP_FAILED) return;
    const std::size_t whole = whole_pages(bytes);
    mapped_[{agent, modelled}] = {static_cast<std::byte*>(real), whole};
  }
  /// Of a mapping from one page on, and so many pages.
  void unmap(int agent, std::size_t which, std::size_t from, std::size_t pages) {
    const auto one = some_mapping(agent, which);
    if (one == mapped_.end() || from * page >= one->second.bytes) return;
    const std::size_t bytes = std::min(pages * page, one->second.bytes - from * page);
    std::byte* const real = one->second.real + from * page;
    if (is_gone(real, bytes)) return;
    ASSERT_EQ(answer(munmap(real, bytes)),
              call(agent, announced(Action::munmap, modelled_at(*one) + from * page, bytes)));
    if (bytes == 0) return;
    // Nothing else may come to lie there.
    ASSERT_NE(mmap(real, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
              MAP_FAILED);
    for (std::size_t i = 0; i < bytes / page; ++i) {
      gone_.insert(real + i * page);
      ASSERT_EQ(model_.lent_to(agent, modelled_at(*one) + (from + i) * page, 1, false),
                Lent::unmapped);
    }
  }
  void protect(int agent, std::size_t which, std::size_t from, std::size_t pages, int protection) {
    const auto one = some_mapping(agent, which);
    if (one == mapped_.end() || from * page >= one->second.bytes) return;
    const std::size_t bytes = std::min(pages * page, one->second.bytes - from * page);
    std::byte* const real = one->second.real + from * page;
    if (is_gone(real, bytes)) return;
    ASSERT_EQ(answer(mprotect(real, bytes, protection)),
              call(agent, announced(Action::mprotect, modelled_at(*one) + from * page, bytes,
                                    static_cast<std::uint64_t>(protection))));
  }
  void use(int agent, std::size_t which, std::size_t word, bool writes) {
    const auto one = some_mapping(agent, which);
    if (one == mapped_.end()) return;
    const std::size_t offset = word * sizeof(int) % one->second.bytes;
    auto* const real = reinterpret_cast<int*>(one->second.real + offset);
    if (is_gone(one->second.real + offset / page * page, page)) return;
    const std::uint64_t modelled = modelled_at(*one) + offset;
    const Lent lent = model_.lent_to(agent, modelled, sizeof(int), writes);
    ASSERT_EQ(access_ends_in(real, writes), signal_of(lent)) << "byte " << offset;
    if (lent != Lent::yes) return;
    auto* const its = reinterpret_cast<int*>(modelled);
    ASSERT_EQ(*real, *its) << "byte " << offset;
    if (writes) *real = *its = static_cast<int>(word) + agent;
  }
  std::size_t mappings() const { return mapped_.size(); }

 private:
  struct Mapped {
    std::byte* real;
    std::size_t bytes;
  };
  using Mappings = std::map<std::pair<int, std::int64_t>, Mapped>;

  static std::span<std::byte> first_pages(std::span<std::byte> memory) {
    const auto from = reinterpret_cast<std::uintptr_t>(memory.data());
    return memory.subspan(-from % page, 64 * page);
  }
  static std::uint64_t as_word(int value) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
  static std::uint64_t modelled_at(const Mappings::value_type& one) {
    return static_cast<std::uint64_t>(one.first.second);
  }
  Mappings::iterator some_mapping(int agent, std::size_t which) {
    auto one = mapped_.begin();
    for (std::size_t i = 0; i < mapped_.size(); ++i, ++one) {
      if (i >= which % mapped_.size() && one->first.first == agent) return one;
    }
    return mapped_.end();
  }
  /// Whether pages were unmapped there: others may be mapped in their place in the model, and are
  /// elsewhere for real.
  bool is_gone(std::byte* real, std::size_t bytes) const {
    for (std::size_t i = 0; i < bytes; i += page) {
      if (gone_.contains(real + i)) return true;
    }
    return false;
  }
  int real_of(int agent, int descriptor) const {
    const auto known = open_.find({agent, descriptor});
    return known == open_.end() ? -1 : known->second;
  }
  std::int64_t call(int agent, Context context) {
    context.id = agent;
    return model_.perform(context);
  }
  void opened(int agent, std::int64_t real, std::int64_t modelled) {
    if (model_.misuse()) {
      ASSERT_TRUE(model_.misuse()->not_modelled);
      if (real >= 0) close(static_cast<int>(real));
      return;
    }
    ASSERT_EQ(real < 0 ? real : 0, modelled < 0 ? modelled : 0);
    if (real < 0) return;
    int lowest = 3;
    while (open_.contains({agent, lowest})) ++lowest;
    ASSERT_EQ(modelled, lowest);
    open_[{agent, lowest}] = static_cast<int>(real);
  }

  RunLog log_;
  std::array<std::string, 2> names_;
  std::vector<std::byte> memory_ = std::vector<std::byte>(65 * page);
  const std::span<std::byte> room_ = first_pages(memory_);
  SyncModel model_;
  std::map<std::pair<int, int>, int> open_;  ///< real ones, by agent and the model's
  Mappings mapped_;                          ///< by agent and where the model has it
  std::set<std::byte*> gone_;                ///< pages that were unmapped
};

TEST(SyncModel, AnswersRandomCallsOnMappedMemoryAsTheKernelDoes) {
  Random random(11);
  const int some_flags[] = {O_RDWR,
                            O_RDONLY,
                            O_CREAT | O_RDWR,
                            O_CREAT | O_RDWR,
                            O_CREAT | O_RDWR | O_EXCL,
                            O_CREAT | O_RDWR | O_TRUNC};
  const off_t some_sizes[] = {-1, 0, 1, 72, 4096, 4097, 3 * 4096, 8192};
  const std::size_t some_lengths[] = {0,    1,    72,           4096,
                                      4097, 8192, SIZE_MAX - 9, std::size_t{1} << 62};
  const int some_protections[] = {PROT_NONE, PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE};
  const off_t some_offsets[] = {0, 0, 4096, 100};
  std::size_t mappings = 0;
  for (int round = 0; round < 200; ++round) {
    BesideTheMappings pair;
    for (int step = 0; step < 80; ++step) {
      const int agent = static_cast<int>(random() % agents);
      const int descriptor = 2 + static_cast<int>(random() % 4);
      const std::size_t which = random();
      const int protection = some_protections[std::max<std::size_t>(random() % 8, 4) % 4];
      const int writing = random() % 4 == 0 ? protection : PROT_READ | PROT_WRITE;
      switch (random() % 12) {
        case 0:
          pair.open(agent, random() % 2, some_flags[random() % 6]);
          break;
        case 1:
          random() % 3 == 0 ? pair.make_unnamed(agent) : pair.unlink(random() % 2);
          break;
        case 2:
          pair.set_size(agent, descriptor, some_sizes[random() % 8]);
          break;
        case 3:
          random() % 2 == 0 ? pair.get_size(agent, descriptor) : pair.close_one(agent, descriptor);
          break;
        case 4:
        case 5:
          pair.map(agent, descriptor, some_lengths[random() % 8], writing,
                   random() % 9 == 0 ? 0 : MAP_SHARED, some_offsets[random() % 4]);
          break;
        case 6:
          pair.map(agent, -1, some_lengths[random() % 8], writing, MAP_SHARED | MAP_ANONYMOUS, 0);
          break;
        case 7:
          pair.unmap(agent, which, random() % 3, random() % 3);
          break;
        case 8:
          pair.protect(agent, which, random() % 3, random() % 3, protection);
          break;
        default:
          pair.use(agent, which, random() % 4096, random() % 2 == 0);
      }
      ASSERT_FALSE(HasFatalFailure()) << "round " << round << ", step " << step;
    }
    mappings += pair.mappings();
  }
  EXPECT_GT(mappings, 500u);
}

}  // namespace
}  // namespace minusone
