#include "stress/check/broken_by.h"

namespace minusone {

std::vector<Property> broken_by(const Outcome& outcome) {
  std::vector<Property> broken;
  if (outcome.lost > 0) broken.push_back(Property::no_loss);
  if (outcome.duplicated > 0) broken.push_back(Property::no_duplicate);
  if (outcome.torn > 0) broken.push_back(Property::no_tear);
  if (outcome.reordered > 0) broken.push_back(Property::no_reorder);
  if (outcome.stuck > 0) broken.push_back(Property::no_deadlock);
  return broken;
}

}  // namespace minusone
