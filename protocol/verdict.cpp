#include "protocol/verdict.h"

namespace minusone {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::violated:
      return "violated";
    case Verdict::inconclusive:
      return "inconclusive";
  }
  return "?";
}

std::string_view name_of(Assurance assurance) {
  switch (assurance) {
    case Assurance::complete:
      return "complete";
    case Assurance::bounded:
      return "bounded";
    case Assurance::sampled:
      return "sampled";
    case Assurance::observed:
      return "observed";
  }
  return "?";
}

std::string_view name_of(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::channel:
      return "channel";
    case SubjectKind::program:
      return "program";
    case SubjectKind::programs:
      return "programs";
    case SubjectKind::object:
      return "object";
  }
  return "?";
}

std::string_view name_of(EngineKind kind) {
  switch (kind) {
    case EngineKind::stress:
      return "stress";
    case EngineKind::explore:
      return "explore";
    case EngineKind::replay:
      return "replay";
  }
  return "?";
}

std::string place_of(const TraceStep& step) {
  return step.call.file.empty() ? step.file + ":" + std::to_string(step.line)
                                : step.call.file + ":" + std::to_string(step.call.line);
}

std::string action_of(const TraceStep& step) {
  std::string text = step.verb;
  if (!step.place.empty()) text += " " + step.place;
  if (!step.event.empty()) text += ": " + step.event;
  return text;
}

std::string sentence_of(const TraceStep& step) {
  std::string text = action_of(step);
  if (!step.after.empty()) text += " = " + step.after;
  if (step.fails) text += " (fails)";
  return text;
}

std::string change_of(const TraceStep& step, std::string_view arrow) {
  if (step.changed.empty() || step.after.empty()) return step.changed;
  return step.place + ": " + step.before + " " + std::string(arrow) + " " + step.after;
}

}  // namespace minusone
