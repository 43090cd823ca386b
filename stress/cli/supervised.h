#pragma once

#include <functional>

namespace minusone::cli {

/// Runs `work` in a child process and waits for it. Code that is explored runs there too, and may
/// end that process by whatever means: no end without a word, and none without a verdict, is a 0.
///
/// SIGINT, SIGTERM and SIGHUP are passed on; what has not ended two seconds of its own time later
/// is killed. A child that a signal of the user's ended ends this process by the same signal.
/// @return what `work` returned; where it never did, 4, or 3 for what was killed on a signal, and a
/// sentence on stderr
int supervised(const std::function<int()>& work);

}  // namespace minusone::cli
