#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "stress/machine/fingerprint.h"

namespace minusone {

/// States that were reached, numbered from 0 in the order in which they were. Insert-only, open
/// addressing with linear probing; some 20 to 30 bytes a state.
class StateTable {
 public:
  /// @param most_bytes  of memory that it may take
  explicit StateTable(std::size_t most_bytes);

  struct Found {
    std::uint32_t number;
    bool is_new;
  };
  /// @return nothing where the state is new and there is no room for it
  std::optional<Found> insert(const Fingerprint& state);
  /// The state's number, where it is known.
  std::optional<std::uint32_t> find(const Fingerprint& state) const;

  std::uint32_t size() const { return size_; }
  std::size_t bytes() const;

 private:
  static constexpr std::size_t block = std::size_t{1} << 10;  ///< states in a piece of the list
  static constexpr std::uint32_t most = UINT32_MAX - 1;

  const Fingerprint& at(std::uint32_t number) const {
    return blocks_[number / block][number % block];
  }
  std::size_t slot_of(const Fingerprint& state) const;
  bool grow();

  std::size_t most_bytes_;
  std::uint32_t size_ = 0;
  std::vector<std::unique_ptr<Fingerprint[]>> blocks_;
  std::vector<std::uint32_t> slots_;  ///< a state's number and one more; 0: free
};

}  // namespace minusone
