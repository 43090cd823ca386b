#pragma once

#include <sys/types.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

/// What an object says of itself. A source file defines a struct that lies in the segment, with
/// plain members, `void init()` (or `init(key_t)`, as a channel's) and operations of any names; a
/// plain sequential class with the same operations, which is its specification; and one
/// description:
///
///     struct Stack { void init(); bool push(int); std::optional<int> pop(); /* shared memory */ };
///     struct Spec { std::vector<int> items; bool push(int); std::optional<int> pop(); };
///
///     MINUSONE_OBJECT(Stack, Spec, "my/stack", op(&Stack::push, &Spec::push, "push", {1, 2}),
///                     op(&Stack::pop, &Spec::pop, "pop"));
///
/// `minusone explore` lets agents, each a process, run the operations of a scenario on the object,
/// under every schedule. The specification is never shared and never instrumented: it runs in the
/// engine, one operation after the other, from the same source built without hooks. So it may use
/// all of C++; its members belong into its class, or are `inline`, for else they would be in the
/// instrumented module too, which refuses calls that nobody watches.
///
/// **What makes two states of a specification one.** Where it has `operator==` (that may be
/// `= default`), states that are equal are taken for one: two that later results can tell apart
/// must not be equal. Without it a state is known by the operations that led to it, in their order:
/// always right, and slower. Each operation is tried on two copies of a state; where they differ,
/// the specification disagrees with itself and is refused. So is one that throws.
///
/// An operation may wait, for others to do something. In which states it does says a predicate of
/// the specification, behind the arguments' samples: `op(&Queue::take, &Spec::take, "take", {},
/// &Spec::is_empty)`. Who waits for ever where no order of the calls leads to such a state is
/// stuck.
///
/// Arguments and results are bool, integers, enumerations and std::optional of these; a result may
/// be void.
namespace minusone {

/// An argument or a result.
struct ObjectValue {
  std::uint64_t bits = 0;  ///< of a signed type with its sign in all 64 of them
  bool present = true;     ///< false: an std::optional without a value

  bool operator==(const ObjectValue&) const = default;
};

/// How the bits of a value are meant.
struct ObjectType {
  enum class Kind : std::uint8_t { nothing, boolean, signed_number, unsigned_number };

  Kind kind = Kind::nothing;
  std::uint8_t bytes = 0;
  bool optional = false;

  bool operator==(const ObjectType&) const = default;
};

struct ObjectOperation {
  static constexpr int most_arguments = 4;
  static constexpr int most_samples = 8;
  using Arguments = std::array<ObjectValue, most_arguments>;

  const char* name = "";
  int arguments = 0;
  std::array<ObjectType, most_arguments> argument_types{};
  ObjectType result;
  int samples = 0;  ///< of its arguments, for scenarios that nobody wrote
  std::array<Arguments, most_samples> sample_arguments{};
  /// Runs it on the object in the segment.
  ObjectValue (*run)(const ObjectOperation& self, void* object,
                     const ObjectValue* arguments) = nullptr;
  /// Runs it on a state of the specification; null in an instrumented module.
  ObjectValue (*specify)(const ObjectOperation& self, void* state,
                         const ObjectValue* arguments) = nullptr;
  /// Whether it waits in a state of the specification; null: it never does.
  bool (*waits)(const ObjectOperation& self, const void* state) = nullptr;
};

/// A specification's states. All null in an instrumented module.
struct ObjectSpecification {
  void* (*make)() = nullptr;
  void* (*copy)(const void* state) = nullptr;
  void (*destroy)(void* state) = nullptr;
  bool (*equal)(const void* a, const void* b) = nullptr;  ///< null also where it has no ==
};

struct ObjectDescription {
  static constexpr int current_abi = 1;

  int abi = current_abi;
  const char* name = "";  ///< "my/stack"
  const char* type = "";  ///< of the struct in the segment, as the source has it
  std::size_t bytes = 0;  ///< of the struct in the segment
  std::size_t alignment = 0;
  void (*init)(void* at, key_t key) = nullptr;
  const ObjectOperation* const* operations = nullptr;
  int count = 0;  ///< of operations
  ObjectSpecification specification;
};

/// The name of a module's exported symbol, and its type.
inline constexpr const char* object_symbol = "minusone_object";
using ObjectEntry = const ObjectDescription* (*)();

namespace detail {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool is_instrumented = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool is_instrumented = true;
#else
inline constexpr bool is_instrumented = false;
#endif
#else
inline constexpr bool is_instrumented = false;
#endif

template <class T>
struct Unwrapped {
  using Type = T;
  static constexpr bool is_optional = false;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using Type = T;
  static constexpr bool is_optional = true;
};

template <class T>
constexpr bool is_signed() {
  if constexpr (std::is_enum_v<T>) {
    return std::is_signed_v<std::underlying_type_t<T>>;
  } else {
    return std::is_signed_v<T>;
  }
}

template <class T>
constexpr bool is_word = (std::is_integral_v<T> || std::is_enum_v<T>)&&sizeof(T) <= 8;

template <class T>
constexpr ObjectType type_of() {
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    using Plain = typename Unwrapped<T>::Type;
    static_assert(is_word<Plain>,
                  "an operation's arguments and result are bool, integers, enumerations or "
                  "std::optional of these; a result may be void");
    const auto kind = std::is_same_v<Plain, bool> ? ObjectType::Kind::boolean
                      : is_signed<Plain>()        ? ObjectType::Kind::signed_number
                                                  : ObjectType::Kind::unsigned_number;
    return {kind, sizeof(Plain), Unwrapped<T>::is_optional};
  }
}

template <class T>
constexpr ObjectValue to_value(const T& value) {
  if constexpr (Unwrapped<T>::is_optional) {
    return value ? to_value(*value) : ObjectValue{0, false};
  } else {
    return {static_cast<std::uint64_t>(value), true};
  }
}

template <class T>
constexpr T from_value(const ObjectValue& value) {
  if constexpr (Unwrapped<T>::is_optional) {
    return value.present ? T(from_value<typename Unwrapped<T>::Type>(value)) : T();
  } else {
    return static_cast<T>(value.bits);
  }
}

/// What a pointer to a member function says.
template <class Member>
struct Signature;
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> {
  using Class = C;
  using Result = R;
  using Arguments = std::tuple<std::decay_t<A>...>;
  static constexpr bool takes_values =
      ((!std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>)&&...);
};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (C::*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) noexcept> : Signature<R (C::*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Signature<R (C::*)(A...)> {};

template <class Member>
ObjectValue call(Member member, void* on, const ObjectValue* arguments) {
  using Its = Signature<Member>;
  auto& object = *static_cast<typename Its::Class*>(on);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (std::is_void_v<typename Its::Result>) {
      (object.*
       member)(from_value<std::tuple_element_t<I, typename Its::Arguments>>(arguments[I])...);
      return ObjectValue{};
    } else {
      return to_value<typename Its::Result>((object.*member)(
          from_value<std::tuple_element_t<I, typename Its::Arguments>>(arguments[I])...));
    }
  }
  (std::make_index_sequence<std::tuple_size_v<typename Its::Arguments>>());
}

/// An operation with its members' types.
template <class Run, class Specify, class Waits>
struct TypedOperation : ObjectOperation {
  Run run_member{};
  Specify specify_member{};
  Waits waits_member{};
};

template <class... Operations>
constexpr auto table_of(const std::tuple<Operations...>& operations) {
  return std::apply(
      [](const auto&... one) {
        return std::array<const ObjectOperation*, sizeof...(one)>{&one...};
      },
      operations);
}

template <class Specification>
constexpr ObjectSpecification specification_of() {
  static_assert(std::is_default_constructible_v<Specification>,
                "a specification begins as its default constructor leaves it");
  static_assert(std::is_copy_constructible_v<Specification>,
                "a specification is copied: each order of the operations goes on from a copy");
  if constexpr (is_instrumented) {
    return {};
  } else {
    ObjectSpecification all;
    all.make = []() -> void* { return new Specification(); };
    all.copy = [](const void* state) -> void* {
      return new Specification(*static_cast<const Specification*>(state));
    };
    all.destroy = [](void* state) { delete static_cast<Specification*>(state); };
    if constexpr (requires(const Specification& a, const Specification& b) {
                    { a == b } -> std::convertible_to<bool>;
                  }) {
      all.equal = [](const void* a, const void* b) -> bool {
        return *static_cast<const Specification*>(a) == *static_cast<const Specification*>(b);
      };
    }
    return all;
  }
}

template <class Object, class Specification, class Table>
constexpr ObjectDescription describe_object(const char* name, const char* type,
                                            const Table& table) {
  static_assert(std::is_standard_layout_v<Object>, "a layout means the same in every process");
  ObjectDescription description;
  description.name = name;
  description.type = type;
  description.bytes = sizeof(Object);
  description.alignment = alignof(Object);
  description.init = [](void* at, [[maybe_unused]] key_t key) {
    Object& object = *::new (at) Object;
    if constexpr (requires { object.init(key); }) {
      object.init(key);
    } else {
      object.init();
    }
  };
  description.operations = table.data();
  description.count = static_cast<int>(table.size());
  description.specification = specification_of<Specification>();
  return description;
}

}  // namespace detail

/// One operation of an object.
/// @param run      a pointer to a member function of the struct in the segment
/// @param specify  the same operation of the specification
/// @param samples  arguments for scenarios that nobody wrote: {1, 2}; of several {{1, 2}, {3, 4}}.
///                 At most eight; none for an operation that has arguments: each 0
/// @param waits    a predicate of the specification's state, without arguments: whether the
///                 operation waits there. Left out: it never does
template <class Run, class Specify, class Waits = std::nullptr_t>
constexpr auto op(Run run, Specify specify, const char* name,
                  std::initializer_list<typename detail::Signature<Run>::Arguments> samples = {},
                  Waits waits = {}) {
  using Its = detail::Signature<Run>;
  using Specified = detail::Signature<Specify>;
  using Arguments = typename Its::Arguments;
  constexpr std::size_t count = std::tuple_size_v<Arguments>;
  static_assert(std::is_same_v<Arguments, typename Specified::Arguments> &&
                    std::is_same_v<typename Its::Result, typename Specified::Result>,
                "an operation and its specification have the same arguments and the same result");
  static_assert(count <= ObjectOperation::most_arguments, "an operation has at most 4 arguments");
  static_assert(Its::takes_values,
                "an operation returns what it has to say: no reference to write to");
  detail::TypedOperation<Run, Specify, Waits> operation;
  operation.name = name;
  operation.run_member = run;
  operation.arguments = static_cast<int>(count);
  operation.result = detail::type_of<typename Its::Result>();
  operation.run = [](const ObjectOperation& self, void* object, const ObjectValue* arguments) {
    return detail::call(
        static_cast<const detail::TypedOperation<Run, Specify, Waits>&>(self).run_member, object,
        arguments);
  };
  if constexpr (!detail::is_instrumented) {
    operation.specify_member = specify;
    operation.specify = [](const ObjectOperation& self, void* state, const ObjectValue* arguments) {
      return detail::call(
          static_cast<const detail::TypedOperation<Run, Specify, Waits>&>(self).specify_member,
          state, arguments);
    };
    if constexpr (!std::is_null_pointer_v<Waits>) {
      using Asked = detail::Signature<Waits>;
      static_assert(std::is_same_v<typename Asked::Result, bool> &&
                        std::tuple_size_v<typename Asked::Arguments> == 0,
                    "whether an operation waits says a predicate without arguments");
      operation.waits_member = waits;
      operation.waits = [](const ObjectOperation& self, const void* state) -> bool {
        return (static_cast<const typename Asked::Class*>(state)
                    ->*static_cast<const detail::TypedOperation<Run, Specify, Waits>&>(self)
                    .waits_member)();
      };
    }
  }
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((operation.argument_types[I] = detail::type_of<std::tuple_element_t<I, Arguments>>()), ...);
    for (const Arguments& sample : samples) {
      auto& values = operation.sample_arguments.at(static_cast<std::size_t>(operation.samples++));
      ((values[I] = detail::to_value(std::get<I>(sample))), ...);
    }
  }
  (std::make_index_sequence<count>());
  if (operation.samples == 0) operation.samples = 1;
  return operation;
}

}  // namespace minusone

/// Describes an object: its struct, its specification's class, its name, and its operations, each
/// an op(). Once in a module, at namespace scope.
#define MINUSONE_OBJECT(object, specification, name, ...)                               \
  extern "C" __attribute__((visibility("default"))) const minusone::ObjectDescription*  \
  minusone_object();                                                                    \
  extern "C" const minusone::ObjectDescription* minusone_object() {                     \
    using minusone::op;                                                                 \
    static constexpr std::tuple operations{__VA_ARGS__};                                \
    static constexpr auto table = minusone::detail::table_of(operations);               \
    static constexpr auto description =                                                 \
        minusone::detail::describe_object<object, specification>(name, #object, table); \
    return &description;                                                                \
  }                                                                                     \
  static_assert(true, "")
