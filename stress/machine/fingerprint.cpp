#include "stress/machine/fingerprint.h"

#include <new>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace minusone {

namespace {

XXH3_state_t* state_in(std::byte* bytes) { return reinterpret_cast<XXH3_state_t*>(bytes); }

Fingerprint as_fingerprint(const XXH128_hash_t& hash) { return {hash.low64, hash.high64}; }

}  // namespace

Fingerprint fingerprint_of(std::span<const std::byte> bytes, std::uint64_t which) {
  return as_fingerprint(XXH3_128bits_withSeed(bytes.data(), bytes.size(), which));
}

// NOLINTNEXTLINE: what is not initialised here XXH3 never reads
Digest::Digest() {
  static_assert(sizeof(XXH3_state_t) <= sizeof state_ && alignof(XXH3_state_t) <= 64);
  new (state_) XXH3_state_t;
  XXH3_128bits_reset(state_in(state_));
}

void Digest::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_in(state_), bytes.data(), bytes.size());
}

Fingerprint Digest::value() const {
  return as_fingerprint(XXH3_128bits_digest(reinterpret_cast<const XXH3_state_t*>(state_)));
}

}  // namespace minusone
