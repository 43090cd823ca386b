#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "stress/machine/max_agents.h"
#include "stress/search/sampler.h"

namespace minusone {
namespace {

using Random = std::mt19937_64;

class UniformPolicy : public SchedulingPolicy {
 public:
  explicit UniformPolicy(std::uint64_t seed) : random_(seed) {}
  void begin(const Machine&) override {}
  int pick(const Machine&, const std::vector<int>& ready) override {
    return ready[std::uniform_int_distribution<std::size_t>(0, ready.size() - 1)(random_)];
  }

 private:
  Random random_;
};

class Pct : public SchedulingPolicy {
 public:
  Pct(int depth, std::uint64_t seed) : depth_(depth), random_(seed) {}

  void begin(const Machine& machine) override {
    if (taken_ > longest_) {
      longest_ = taken_;
      drawn_ = 0;
    }
    ++drawn_;
    agents_ = std::max(agents_, machine.agents());
    taken_ = streak_ = 0;
    last_ = -1;
    lowest_ = 0;
    // Above the change points' priorities, which are 0 to depth - 2.
    std::iota(priority_.begin(), priority_.end(), depth_);
    std::ranges::shuffle(priority_, random_);
    changes_.clear();
    for (int i = 1; i < depth_; ++i) {
      changes_.push_back(std::uniform_int_distribution<std::uint64_t>(1, longest_)(random_));
    }
  }

  int pick(const Machine& machine, const std::vector<int>& ready) override {
    agents_ = std::max(agents_, machine.agents());
    ++taken_;
    int chosen = highest(ready);
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i] != taken_) continue;
      priority_[static_cast<std::size_t>(chosen)] = static_cast<int>(i);
      chosen = highest(ready);
    }
    streak_ = chosen == last_ && ready.size() > 1 ? streak_ + 1 : 0;
    last_ = chosen;
    if (streak_ == patience) {
      streak_ = 0;
      priority_[static_cast<std::size_t>(chosen)] = --lowest_;
    }
    return chosen;
  }

  std::string worth(std::uint64_t samples) const override {
    const double each = 1 / (agents_ * std::pow(static_cast<double>(longest_), depth_ - 1));
    const auto drawn = static_cast<double>(std::min(samples, drawn_));
    return fmt::format(
        "a bug of depth {} is met with probability at least {:.2g} in one schedule of {} agents "
        "and up to {} steps, {:.2g} in {} of them",
        depth_, each, agents_, longest_, -std::expm1(drawn * std::log1p(-each)), drawn);
  }

 private:
  int highest(const std::vector<int>& ready) const {
    return *std::ranges::max_element(
        ready, {}, [&](int agent) { return priority_[static_cast<std::size_t>(agent)]; });
  }

  /// Whoever goes on for so many steps while others could is taken for one that goes round and
  /// round, waiting for a lower one.
  static constexpr std::uint64_t patience = 500;

  const int depth_;
  Random random_;
  std::array<int, max_agents> priority_{};
  std::vector<std::uint64_t> changes_;  ///< before which step, of as many as the longest had so far
  std::uint64_t taken_ = 0;
  std::uint64_t longest_ = 1;
  std::uint64_t drawn_ = 0;  ///< executions whose change points were drawn from so many steps
  int agents_ = 1;
  int last_ = -1;             ///< who took the last step
  std::uint64_t streak_ = 0;  ///< of its steps
  int lowest_ = 0;            ///< priority of who went on for too long
};

class Pos : public SchedulingPolicy {
 public:
  explicit Pos(std::uint64_t seed) : random_(seed) {}

  void begin(const Machine&) override {
    for (auto& priority : priority_) priority = random_();
  }
  int pick(const Machine&, const std::vector<int>& ready) override {
    return *std::ranges::max_element(
        ready, {}, [&](int agent) { return priority_[static_cast<std::size_t>(agent)]; });
  }
  void took(const Machine& machine, const Step& step) override {
    priority_[step.agent] = random_();
    for (int agent = 0; agent < machine.agents(); ++agent) {
      if (machine.state(agent) != AgentState::finished && depend(machine.pending(agent), step))
        priority_[static_cast<std::size_t>(agent)] = random_();
    }
  }

 private:
  Random random_;
  std::array<std::uint64_t, max_agents> priority_{};  ///< of each agent's pending step
};

}  // namespace

std::unique_ptr<SchedulingPolicy> make_random(std::uint64_t seed) {
  return std::make_unique<UniformPolicy>(seed);
}
std::unique_ptr<SchedulingPolicy> make_pct(int depth, std::uint64_t seed) {
  return std::make_unique<Pct>(depth, seed);
}
std::unique_ptr<SchedulingPolicy> make_pos(std::uint64_t seed) {
  return std::make_unique<Pos>(seed);
}

}  // namespace minusone
