// What the constructors of a module call while it is loaded, before there is an agent.
#include "stress/instrument/runtime.h"

namespace minusone::runtime {

void end_loading(const char* why) {
  minusone_runtime->loading.why = why;
  siglongjmp(minusone_runtime->loading.out, 1);
}

std::uint64_t announce_while_loading(std::uint64_t code, std::uint64_t a, std::uint64_t b,
                                     std::uint64_t c, std::uint64_t d, std::uint64_t e) {
  Loading& loading = minusone_runtime->loading;
  Context& call = loading.context;
  call.code = code;
  call.a = a;
  call.b = b;
  call.c = c;
  call.d = d;
  call.e = e;
  switch (call.action()) {
    case Action::violation:
      // Behind the loading a destructor may still come here, and goes no further.
      if (!loading.in_constructors) __builtin_abort();
      end_loading(reinterpret_cast<const char*>(a));
    case Action::finished:
      if (!loading.in_constructors) __builtin_abort();
      end_loading("it calls exit()");
    case Action::spawn:
      return static_cast<std::uint64_t>(-EAGAIN);  // threads begin with main()
    default:
      break;
  }
  return loading.perform == nullptr ? 0 : loading.perform(loading.machine, call);
}

}  // namespace minusone::runtime
