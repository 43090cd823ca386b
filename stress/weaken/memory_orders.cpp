#include "stress/weaken/memory_orders.h"

#include <array>

namespace minusone {
namespace {

constexpr OrderUse all_uses[] = {OrderUse::load,   OrderUse::store, OrderUse::exchange,
                                 OrderUse::update, OrderUse::cas,   OrderUse::failed_cas,
                                 OrderUse::fence};
constexpr int of_loads[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_SEQ_CST};
constexpr int of_stores[] = {__ATOMIC_RELAXED, __ATOMIC_RELEASE, __ATOMIC_SEQ_CST};
constexpr int of_both[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_ACQ_REL,
                           __ATOMIC_SEQ_CST};

/// What it does: acquire, release, take part in the one order of all that is seq_cst.
unsigned duties(int order) {
  switch (order) {
    case __ATOMIC_RELAXED:
      return 0;
    case __ATOMIC_CONSUME:
    case __ATOMIC_ACQUIRE:
      return 1;
    case __ATOMIC_RELEASE:
      return 2;
    case __ATOMIC_ACQ_REL:
      return 3;
    default:
      return 7;
  }
}

}  // namespace

std::string_view name_of(OrderUse use) {
  switch (use) {
    case OrderUse::load:
      return "load";
    case OrderUse::store:
      return "store";
    case OrderUse::exchange:
      return "exchange";
    case OrderUse::update:
      return "update";
    case OrderUse::cas:
      return "cas";
    case OrderUse::failed_cas:
      return "failed-cas";
    case OrderUse::fence:
      return "fence";
  }
  return "?";
}

std::optional<OrderUse> parse_order_use(std::string_view word) {
  for (const OrderUse use : all_uses) {
    if (word == name_of(use)) return use;
  }
  return std::nullopt;
}

OrderUse use_of(Action action) {
  switch (action) {
    case Action::atomic_load:
      return OrderUse::load;
    case Action::atomic_store:
      return OrderUse::store;
    case Action::atomic_exchange:
      return OrderUse::exchange;
    case Action::atomic_cas:
      return OrderUse::cas;
    case Action::fence:
      return OrderUse::fence;
    default:
      return OrderUse::update;
  }
}

std::string_view name_of_order(int order, OrderUse use) {
  switch (order) {
    case __ATOMIC_RELAXED:
      return use == OrderUse::fence ? "none" : "relaxed";
    case __ATOMIC_CONSUME:
      return "consume";
    case __ATOMIC_ACQUIRE:
      return "acquire";
    case __ATOMIC_RELEASE:
      return "release";
    case __ATOMIC_ACQ_REL:
      return "acq_rel";
    default:
      return "seq_cst";
  }
}

std::optional<int> parse_order(std::string_view word) {
  if (word == "none") return __ATOMIC_RELAXED;
  for (const int order : {__ATOMIC_RELAXED, __ATOMIC_CONSUME, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE,
                          __ATOMIC_ACQ_REL, __ATOMIC_SEQ_CST}) {
    if (word == name_of_order(order, OrderUse::load)) return order;
  }
  return std::nullopt;
}

std::span<const int> orders_of(OrderUse use) {
  switch (use) {
    case OrderUse::load:
    case OrderUse::failed_cas:
      return of_loads;
    case OrderUse::store:
      return of_stores;
    default:
      return of_both;
  }
}

bool is_at_most(int order, int other) { return (duties(order) & ~duties(other)) == 0; }

}  // namespace minusone
