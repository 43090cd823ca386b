#pragma once

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "protocol/protocol.h"
#include "stress/modules/module.h"

namespace minusone {

/// A protocol and one thing that it claims.
struct ClaimCase {
  std::string protocol;
  Claim claim;
};

inline void PrintTo(const ClaimCase& it, std::ostream* out) { *out << it.claim.why; }

/// Every claim of every protocol that is found.
inline std::vector<ClaimCase> all_claims() {
  std::vector<ClaimCase> all;
  for (const auto& name : protocol_names()) {
    for (const Claim& claim : Module::load(name, ModuleKind::native).protocol().claims)
      all.push_back({name, claim});
  }
  return all;
}

/// Of each protocol one claim that it keeps and one that it breaks, each without a death and with
/// one. All others run the same code: what a sanitizer can see there it sees in these.
inline std::vector<ClaimCase> one_of_each_kind(std::vector<ClaimCase> claims) {
  std::set<std::tuple<std::string, bool, bool>> seen;
  std::erase_if(claims, [&](const ClaimCase& it) {
    const bool dies = it.claim.property == Property::survives_death;
    return !seen.emplace(it.protocol, it.claim.keeps, dies).second;
  });
  return claims;
}

/// "safe_atomic_slot_keeps_no_loss".
inline std::string name_of(const ClaimCase& it) {
  auto name = it.protocol + (it.claim.keeps ? "_keeps_" : "_breaks_") +
              std::string(name_of(it.claim.property));
  std::ranges::replace(name, '/', '_');
  return name;
}

}  // namespace minusone
