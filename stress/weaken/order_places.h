#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "stress/machine/order_table.h"
#include "stress/modules/source_lines.h"
#include "stress/weaken/memory_orders.h"

namespace minusone {

/// A place in the source at which a memory order stands. All accesses of that kind and order on one
/// line are one place, however often the compiler has inlined it, and so are those of two files of
/// one name.
struct OrderPlace {
  std::string file;  ///< without its directories
  int line = 0;
  OrderUse use = OrderUse::load;
  int written = 0;  ///< the order that the source names

  auto operator<=>(const OrderPlace&) const = default;
};

/// An order in place of the one that the source names: "ring.h:31:store=release", or, where a line
/// has several of a kind, "ring.h:31:load:acquire=relaxed". Without a kind, of all on that line.
struct OrderChange {
  std::string file;
  int line = 0;
  std::optional<OrderUse> use;
  std::optional<int> written;
  int order = 0;

  bool concerns(const OrderPlace& place) const;
};

std::string to_string(const OrderChange& change);
/// @return nothing where it has not that form
std::optional<OrderChange> parse_order_change(std::string_view text);

/// The places that agents come to, found as they do, and the orders that these have.
class OrderPlaces : public OrderTable {
 public:
  OrderPlaces() = default;
  /// @param changes  made where their places are met
  explicit OrderPlaces(std::vector<OrderChange> changes) : changes_(std::move(changes)) {}

  void replace(Context& call, const AgentCode& code) override;

  /// Those met so far, in the order in which they were.
  const std::vector<OrderPlace>& places() const { return places_; }
  int order_at(std::size_t place) const { return orders_[place]; }
  void set_order(std::size_t place, int order) { orders_[place] = order; }
  /// All as the source names them, those too that are met from now on; or all seq_cst.
  void set_as_written();
  void set_strongest();
  /// What was asked for: the changes that concern no place that was met, or none that can have such
  /// an order.
  std::vector<OrderChange> without_place() const;
  /// Whether accesses were met that are the library's own business, and keep their orders.
  bool left_library() const { return left_library_; }
  /// The change that gives a place, and no other that was met, its order of now.
  OrderChange change_at(std::size_t place) const;

 private:
  /// Accesses that are performed behind one call, by the same orders.
  struct Site {
    std::uint64_t module;  ///< hash of its path
    std::uintptr_t address;
    std::uint32_t code;  ///< action, size, order, failure order; of a frame 0

    bool operator==(const Site&) const = default;
  };
  struct SiteHash {
    std::size_t operator()(const Site& site) const {
      return (site.module ^ site.address * 0x9e3779b97f4a7c15U) + site.code;
    }
  };
  /// Whose code a call stands in.
  enum class Whose : std::uint8_t {
    own,
    atomics,  ///< the library's, a member of std::atomic: its order is that of who calls it
    library,  ///< and what else it does is its own
    runtime,
  };
  static constexpr int no_place = -1;
  struct Met {
    int place = no_place;
    int failed = no_place;  ///< of a compare-and-swap
  };

  Whose whose(FileAddress at);
  std::optional<FileAddress> own_code(const Context& call, const AgentCode& code);
  const Met& meet(const Context& call, FileAddress at, const AgentCode& code);
  int place_at(const SourceLine& line, OrderUse use, int written);
  const SourceLines& lines_of(const std::string& module);

  std::vector<OrderChange> changes_;
  bool strongest_ = false;
  std::vector<OrderPlace> places_;
  std::vector<int> orders_;  ///< by place
  std::unordered_map<Site, Met, SiteHash> sites_;
  std::unordered_map<Site, Whose, SiteHash> frames_;
  bool left_library_ = false;
  std::map<std::string, SourceLines> lines_;  ///< by module
};

}  // namespace minusone
