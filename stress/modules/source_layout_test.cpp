#include "stress/modules/source_layout.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "stress/modules/source_lines.h"
#include "stress/modules/traced_module.h"

extern "C" {
int s = 0;  // as of a C program
}

namespace minusone {

int counted = 0;

namespace {

std::string module(const std::string& name) { return MINUSONE_MODULES "/" + name + "/traced.so"; }

TEST(SourceLayout, NamesMembersElementsAndBytes) {
  const TracedModule counter(module("naive/counter"));
  const SourceLayout layout(module("naive/counter"), counter.protocol());
  EXPECT_EQ(layout.name(0, 4), "written");
  EXPECT_EQ(layout.name(1, 1), "written, byte 1");
  EXPECT_EQ(layout.name(4, max_message), "text");
  EXPECT_EQ(layout.name(4, 16), "text[0..15]");
  EXPECT_EQ(layout.name(4 + 16, 8), "text[16..23]");
}

TEST(SourceLayout, FindsTheStructureOfAProtocolWithoutAStateWord) {
  const TracedModule semaphore(module("safe/sysv_semaphore"));
  const SourceLayout layout(module("safe/sysv_semaphore"), semaphore.protocol());
  EXPECT_EQ(layout.name(0, 4), "set");
  EXPECT_EQ(layout.name(8, 8), "length");
}

TEST(SourceLayout, SaysWhichBytesWhereNothingHasAName) {
  const TracedModule counter(module("naive/counter"));
  const auto& protocol = counter.protocol();
  const SourceLayout layout(module("naive/counter"), protocol);
  EXPECT_EQ(layout.name(protocol.bytes, 8), "bytes " + std::to_string(protocol.bytes) + " to " +
                                                std::to_string(protocol.bytes + 7));
  EXPECT_EQ(layout.name(protocol.bytes, 1), "byte " + std::to_string(protocol.bytes));
}

TEST(SourceLayout, KnowsTheStateWordOnlyWithoutDebugInformation) {
  const TracedModule counter(module("naive/counter"));
  for (const char* without : {"/nowhere", "/proc/self/exe.not", "/etc/passwd"}) {
    const SourceLayout layout(without, counter.protocol());
    EXPECT_EQ(layout.name(0, 4), "written") << without;
    EXPECT_EQ(layout.name(4, 4), "bytes 4 to 7") << without;
  }
}

TEST(SourceLines, TellVariablesByTheNamesThatTheSourceHas) {
  const SourceLines lines("/proc/self/exe");
  const auto name = [&](const int& variable) {
    Dl_info info;
    dladdr(&variable, &info);
    return lines.variable(reinterpret_cast<std::uintptr_t>(&variable) -
                          reinterpret_cast<std::uintptr_t>(info.dli_fbase));
  };
  EXPECT_EQ(name(s), "s") << "not the type that \"s\" is as a mangled name";
  EXPECT_EQ(name(counted), "minusone::counted");
}

}  // namespace
}  // namespace minusone
