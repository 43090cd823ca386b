#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"
#include "stress/agents/channel_machine.h"
#include "stress/agents/source_lines.h"
#include "stress/explore/search.h"
#include "stress/order/race_detector.h"

namespace minusone {

/// What one execution of a channel comes to.
struct Judgement {
  Outcome outcome;
  std::vector<Property> broken;
  std::span<const RacePair> races;  ///< valid until the next judgement
};

/// Judges executions of one machine.
class Judge {
 public:
  explicit Judge(ChannelMachine& machine) : machine_(machine) {}

  /// The machine stands at the execution's end; a fresh reader may be let loose on it.
  Judgement operator()(const Execution& execution);

 private:
  bool word_was_legal(const Execution& execution) const;

  ChannelMachine& machine_;
  RaceDetector detector_;
};

/// Puts steps into words: "reader 1  counter.cpp:31  read  written = 1".
class Narrator {
 public:
  Narrator(const ChannelMachine& machine, const std::string& module, int writers)
      : machine_(machine), lines_(module), writers_(writers) {}

  std::string line(const Step& step) const;
  RaceSide side(const Step& step) const;

 private:
  std::string place(const Access& access) const;

  const ChannelMachine& machine_;
  SourceLines lines_;
  int writers_;
};

}  // namespace minusone
