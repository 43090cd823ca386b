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

# What every translation unit of ours is built with.
add_library(minusone_options INTERFACE)
target_include_directories(minusone_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(minusone_options INTERFACE -Wall -Wextra -Werror -Wno-missing-field-initializers
                       -fno-omit-frame-pointer)
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
