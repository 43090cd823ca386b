#include "stress/search/state_table.h"

namespace minusone {
namespace {

constexpr std::size_t first_slots = 1024;

}  // namespace

StateTable::StateTable(std::size_t most_bytes) : most_bytes_(most_bytes), slots_(first_slots) {}

std::size_t StateTable::bytes() const {
  return blocks_.size() * (block * sizeof(Fingerprint) + sizeof blocks_[0]) +
         slots_.size() * sizeof slots_[0];
}

// Where the state stands, or would. The upper half chooses, for std::hash takes the lower.
std::size_t StateTable::slot_of(const Fingerprint& state) const {
  std::size_t slot = state.high & (slots_.size() - 1);
  while (slots_[slot] != 0 && at(slots_[slot] - 1) != state)
    slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

// Twice as many slots. The old ones go first, for the list of states holds all that is needed.
bool StateTable::grow() {
  const std::size_t slots = 2 * slots_.size();
  if (bytes() + (slots - slots_.size()) * sizeof slots_[0] > most_bytes_) return false;
  slots_ = {};
  slots_.resize(slots);
  for (std::uint32_t number = 0; number < size_; ++number) slots_[slot_of(at(number))] = number + 1;
  return true;
}

std::optional<StateTable::Found> StateTable::insert(const Fingerprint& state) {
  std::size_t slot = slot_of(state);
  if (slots_[slot] != 0) return Found{slots_[slot] - 1, false};
  if (size_ == most) return std::nullopt;
  if (std::size_t{size_} * 10 >= slots_.size() * 7) {
    if (!grow()) return std::nullopt;
    slot = slot_of(state);
  }
  if (size_ / block == blocks_.size()) {
    if (bytes() + block * sizeof(Fingerprint) > most_bytes_) return std::nullopt;
    blocks_.push_back(std::make_unique<Fingerprint[]>(block));
  }
  blocks_[size_ / block][size_ % block] = state;
  slots_[slot] = size_ + 1;
  return Found{size_++, true};
}

std::optional<std::uint32_t> StateTable::find(const Fingerprint& state) const {
  const std::size_t slot = slot_of(state);
  if (slots_[slot] == 0) return std::nullopt;
  return slots_[slot] - 1;
}

}  // namespace minusone
