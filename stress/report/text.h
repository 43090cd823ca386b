#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace minusone {

/// Text of others made harmless for whoever shows it: control characters, bytes that are not UTF-8
/// and characters that turn the direction of writing are shown as what they are (\x1b, \u{202e}).
/// The result is valid UTF-8 on one line.
std::string printable(std::string_view text);

/// `printable`, and what is not ASCII is shown by its number, for terminals without UTF-8.
std::string printable_ascii(std::string_view text);

/// As a shell takes it for one word: all of a command that is told to be typed again.
std::string in_shell(std::string_view word);

/// "minusone replay NAME SCHEDULE" as it may be pasted into a shell: a name or a schedule with what
/// means anything to one stands in quotes. A name may be several words, some of them quoted.
std::string replay_command(std::string_view name, std::string_view schedule);

/// Columns that printable text takes on a terminal.
std::size_t columns(std::string_view text);

/// Printable text cut to so many columns, its end replaced by "...".
std::string cut(std::string_view text, std::size_t width);

/// Printable text filled up with spaces to so many columns; cut where it is longer.
std::string padded(std::string_view text, std::size_t width);

/// Lines of at most `width` columns, broken between words; a longer word is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace minusone
