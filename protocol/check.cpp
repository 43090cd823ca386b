#include "protocol/check.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace minusone {
namespace {

thread_local UnderWay* innermost = nullptr;
thread_local bool failing = false;  ///< a check failed while another one's failure was told

void begin_bug(BareText& out, std::string_view sentence) noexcept {
  out << "minusone: a bug of minusone's own: " << sentence << "\n";
}

void end_bug(BareText& out) noexcept {
  UnderWay::tell_all(out);
  out << "Nothing above this is a verdict. Please report it with all of these lines.\n";
}

}  // namespace

BareText& BareText::operator<<(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto part = text.substr(0, sizeof kept_ - size_);
    std::memcpy(kept_ + size_, part.data(), part.size());
    size_ += part.size();
    text.remove_prefix(part.size());
    if (size_ == sizeof kept_) flush();
  }
  return *this;
}

BareText& BareText::operator<<(std::uint64_t number) noexcept {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
}

void BareText::flush() noexcept {
  for (std::size_t at = 0; at < size_;) {
    const auto written = write(STDERR_FILENO, kept_ + at, size_ - at);
    if (written <= 0) break;  // there is nobody left to tell
    at += static_cast<std::size_t>(written);
  }
  size_ = 0;
}

UnderWay::UnderWay(Tell tell, const void* what) noexcept
    : tell_(tell), what_(what), outer_(innermost) {
  innermost = this;
}

UnderWay::~UnderWay() { innermost = outer_; }

void UnderWay::tell_all(BareText& out) noexcept { tell_from(innermost, out); }

void UnderWay::tell_from(const UnderWay* inner, BareText& out) noexcept {
  if (inner == nullptr) return;
  tell_from(inner->outer_, out);
  inner->tell_(inner->what_, out);
}

void check_failed(std::string_view sentence, std::string_view condition, std::string_view file,
                  int line) noexcept {
  if (!failing) {
    failing = true;
    BareText out;
    begin_bug(out, sentence);
    out << "  at " << file << ":" << static_cast<std::uint64_t>(line) << ", where " << condition
        << " should hold\n";
    out.flush();  // whatever becomes of the rest
    end_bug(out);
  }
  _exit(bug_status);
}

int tell_bug(std::string_view sentence) noexcept {
  BareText out;
  begin_bug(out, sentence);
  end_bug(out);
  return bug_status;
}

}  // namespace minusone
