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

}  // namespace minusone
