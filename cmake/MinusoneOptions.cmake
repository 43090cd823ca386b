# Flags travel on interface targets only, so that a sanitizer never reaches a traced module.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(MINUSONE_SANITIZE "" CACHE STRING "Sanitizers for everything but the traced modules: address, undefined, thread")
option(MINUSONE_COVERAGE "Instrument for gcov" OFF)

# A warning that a newer compiler has must not stop somebody's build; it must stop ours (.ci/run).
option(MINUSONE_WERROR "Warnings are errors" "$ENV{MINUSONE_WERROR}")
set(MINUSONE_WERROR_FLAG $<$<BOOL:${MINUSONE_WERROR}>:-Werror>)

# What every translation unit of ours is built with.
add_library(minusone_options INTERFACE)
target_include_directories(minusone_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(minusone_options INTERFACE -Wall -Wextra ${MINUSONE_WERROR_FLAG}
                       -Wno-missing-field-initializers -fno-omit-frame-pointer)
# g++ 12 takes the small buffer of a std::string that an operator+ returns for all of its memory (GCC bugs
# 105329 and 105651), and tells of it where the standard library comes from a precompiled header.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(minusone_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-array-bounds>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict> $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overflow>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overread>)
endif()
if(MINUSONE_SANITIZE)
  string(REPLACE ";" "," _sanitizers "${MINUSONE_SANITIZE}")
  target_compile_options(minusone_options INTERFACE -fsanitize=${_sanitizers} -fno-sanitize-recover=all)
  target_link_options(minusone_options INTERFACE -fsanitize=${_sanitizers})
  if(_sanitizers MATCHES "thread")
    # gcc warns that ThreadSanitizer does not model fences; the protocols that use one say so.
    target_compile_options(minusone_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()
if(MINUSONE_COVERAGE)
  target_compile_options(minusone_options INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(minusone_options INTERFACE --coverage)
endif()

# How the command is compiled in half of the time (CONTRIBUTING: what was measured). Most of a
# unit's time is the parsing of fmt and of the standard library, and templates that its neighbours
# instantiate too. So all rooms share one precompiled header, and with MINUSONE_WHOLE_ROOMS a room is
# compiled as one unit, or a few. Traced modules and their runtime are none of this.
option(MINUSONE_WHOLE_ROOMS "Compile a room's sources together: fast from scratch, slow after a change" OFF)
set(MINUSONE_PRECOMPILED_STANDARD
    <algorithm> <array> <charconv> <chrono> <cstdint> <cstring> <filesystem> <fstream> <functional> <map>
    <memory> <optional> <set> <span> <sstream> <string> <string_view> <vector>)

# minusone_compile_together(TARGET...): libraries of the command, all with the flags of minusone_options
function(minusone_compile_together)
  if(NOT TARGET minusone_precompiled)
    file(CONFIGURE OUTPUT precompiled.cpp CONTENT "// Nothing: the header counts.\n")
    add_library(minusone_precompiled OBJECT ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(minusone_precompiled PRIVATE minusone_options fmt::fmt)
    target_precompile_headers(minusone_precompiled PRIVATE ${MINUSONE_PRECOMPILED_STANDARD} <fmt/format.h>)
  endif()
  foreach(target IN LISTS ARGN)
    target_link_libraries(${target} PRIVATE fmt::fmt)  # the header was compiled with its definitions
    target_precompile_headers(${target} REUSE_FROM minusone_precompiled)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${MINUSONE_WHOLE_ROOMS} UNITY_BUILD_BATCH_SIZE 10)
  endforeach()
endfunction()
