# minusone_watch(TARGET)
#
# Makes an executable one that `minusone watch` can watch: the compiler's ThreadSanitizer pass over its
# sources, and the runtime of stress/watch in place of libtsan. Static libraries of the same project are
# seen where their targets are given to it, too. For other projects this file lies beside the runtime:
#
#   include(/path/to/share/minusone/MinusoneWatch.cmake)
#   add_executable(server server.c)
#   minusone_watch(server)
function(minusone_watch target)
  set(kit ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  if(NOT EXISTS ${kit}/libminusone_watch_runtime.a)
    message(FATAL_ERROR "${kit} has no libminusone_watch_runtime.a: expected MinusoneWatch.cmake to be included from "
                        "share/minusone of a build of minusone (the target minusone_kit lays it out)")
  endif()
  set(compiler gcc)
  if("${CMAKE_CXX_COMPILER_ID}${CMAKE_C_COMPILER_ID}" MATCHES "Clang")
    set(compiler clang)
  endif()
  file(STRINGS ${kit}/module_flags.txt lines REGEX "^watched +(any|${compiler}) ")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^watched +[a-z]+ +" "" line "${line}")
    target_compile_options(${target} PRIVATE "SHELL:${line}")
  endforeach()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    # Options, for a project may use either form of target_link_libraries().
    target_link_options(${target} PRIVATE "SHELL:-Wl,--whole-archive '${kit}/libminusone_watch_runtime.a' -Wl,--no-whole-archive"
                                          "SHELL:'@${kit}/wrapped_calls.txt'" -pthread)
  endif()
endfunction()
