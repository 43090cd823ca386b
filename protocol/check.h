#pragma once

#include <cstdint>
#include <string_view>

/// Ends the process with exit status 5 where `condition` does not hold. For what only a bug of
/// minusone's own can break; in every build. Standard error gets `sentence` (what should have
/// held), the place, and what was UnderWay, the schedule so far above all. Allocates nothing,
/// throws nothing and runs no destructors, so it may stand in a hook, on a fiber's stack and in a
/// forked child. What the run had made in the kernel is left to `minusone clean`.
#define MINUSONE_CHECK(condition, sentence) \
  ((condition) ? void() : ::minusone::check_failed(sentence, #condition, __FILE__, __LINE__))

namespace minusone {

/// The exit status of a process that found a bug of minusone's own.
inline constexpr int bug_status = 5;

/// Text to standard error from where nothing may be allocated.
class BareText {
 public:
  BareText() = default;
  ~BareText() { flush(); }
  BareText(const BareText&) = delete;
  BareText& operator=(const BareText&) = delete;

  BareText& operator<<(std::string_view text) noexcept;
  BareText& operator<<(std::uint64_t number) noexcept;
  void flush() noexcept;

 private:
  char kept_[512];
  std::size_t size_ = 0;
};

/// As long as it lives, a failed check in this thread lets `tell` write what is under way. Of
/// several the outermost writes first.
class UnderWay {
 public:
  using Tell = void (*)(const void* what, BareText& out) noexcept;

  /// @param what  handed to `tell`; outlives this
  UnderWay(Tell tell, const void* what) noexcept;
  ~UnderWay();
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

  /// Writes all that is under way in this thread.
  static void tell_all(BareText& out) noexcept;

 private:
  static void tell_from(const UnderWay* innermost, BareText& out) noexcept;

  const Tell tell_;
  const void* const what_;
  UnderWay* const outer_;
};

[[noreturn]] void check_failed(std::string_view sentence, std::string_view condition,
                               std::string_view file, int line) noexcept;

/// The same where a condition is not at hand: an exception that nobody was to see.
/// @return bug_status
int tell_bug(std::string_view sentence) noexcept;

}  // namespace minusone
