# minusone_test(NAME [ONE_THREAD] SOURCES file... [LINK lib...] [LABEL label] [TIMEOUT seconds] [DEPENDS target...]
#               [ENVIRONMENT name=value...] [LONG pattern...])
#
# One GoogleTest program beside the code it tests; each of its tests is a CTest test of its own.
# ONE_THREAD: it runs in one thread, so that there is nothing for ThreadSanitizer to see, and it is left out.
# LONG: GoogleTest's patterns of those that run long through code which shorter ones run, too: sanitizers, for
# whom they would run ten times longer and see nothing new, are not given these.
# Labels, one a test, for discovery flattens lists and would lose the properties behind two:
# unit, claims, count, law, approved, processes, conform, defects, tsan.
include(GoogleTest)

# What every test includes, compiled once. An executable, for the flags of position independent code are
# those of one.
file(CONFIGURE OUTPUT precompiled_tests.cpp CONTENT "int main() {}\n")
add_executable(minusone_precompiled_tests EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/precompiled_tests.cpp)
set(MINUSONE_TEST_LEVEL $<IF:$<BOOL:${MINUSONE_SANITIZE}>,-O0,-O1>)
target_compile_options(minusone_precompiled_tests PRIVATE ${MINUSONE_TEST_LEVEL})
target_link_libraries(minusone_precompiled_tests PRIVATE minusone_options GTest::gmock rapidcheck rapidcheck_gtest fmt::fmt)
target_precompile_headers(minusone_precompiled_tests PRIVATE ${MINUSONE_PRECOMPILED_STANDARD}
                          <fmt/format.h> <gmock/gmock.h> <gtest/gtest.h>)

# All that a preset's tests need, and what `./check` builds.
add_custom_target(tests)

function(minusone_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ONE_THREAD" "TIMEOUT;LABEL" "SOURCES;LINK;DEPENDS;ENVIRONMENT;LONG")
  if(arg_ONE_THREAD AND MINUSONE_SANITIZE MATCHES "thread")
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE minusone_options ${arg_LINK} GTest::gmock GTest::gtest_main
                                        rapidcheck rapidcheck_gtest fmt::fmt)
  # Tests spend their time in what they test, and the compiler most of its own in their templates.
  target_compile_options(${name} PRIVATE ${MINUSONE_TEST_LEVEL})
  target_precompile_headers(${name} REUSE_FROM minusone_precompiled_tests)
  add_dependencies(tests ${name})
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
  set(filter)
  if(arg_LONG AND MINUSONE_SANITIZE)
    list(JOIN arg_LONG ":" long)
    set(filter TEST_FILTER "-${long}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST ${filter}
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS ${arg_LABEL} ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()
