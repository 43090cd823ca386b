#pragma once

namespace minusone {

/// The most agents that one execution may have, main() of a whole program included.
inline constexpr int max_agents = 16;

}  // namespace minusone
