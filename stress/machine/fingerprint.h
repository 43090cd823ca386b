#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>

namespace minusone {

/// A state in 128 bits (XXH3). Two states are taken for one when their fingerprints agree: among a
/// million states two different ones do so with a probability below 1e-26.
struct Fingerprint {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool operator==(const Fingerprint&) const = default;
};

/// Of a piece of memory, and of which one it is.
Fingerprint fingerprint_of(std::span<const std::byte> bytes, std::uint64_t which);

/// Makes a fingerprint of what it is given, in the order in which it is given.
class Digest {
 public:
  Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void add(std::span<const std::byte> bytes);
  /// A number, an enumerator or a pointer: no padding may hide in it.
  template <class T>
  requires std::is_scalar_v<T>
  void add(T value) { add(std::as_bytes(std::span(&value, 1))); }
  void add(const Fingerprint& part) {
    add(part.low);
    add(part.high);
  }
  Fingerprint value() const;

 private:
  alignas(64) std::byte state_[576];  ///< an XXH3_state_t
};

}  // namespace minusone

template <>
struct std::hash<minusone::Fingerprint> {
  std::size_t operator()(const minusone::Fingerprint& of) const noexcept { return of.low; }
};
