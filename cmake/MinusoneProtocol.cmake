# minusone_add_protocol(NAME SOURCES file... [FLAGS flag...])
#
# Builds the modules of one protocol, each a shared object that exports minusone_protocol() only:
#   native    -O2, no instrumentation, the sanitizers of the preset
#   widened   native plus a callback at each basic block and in the middle of each copy, which widens
#             windows (stress/native/widen.h)
#   traced    the compiler's ThreadSanitizer pass against our own runtime (MinusoneTraced.cmake)
# They lie at modules/NAME/{native,widened,traced,optimized}.so in the build tree.
set(MINUSONE_MODULES ${PROJECT_BINARY_DIR}/modules)
set(MINUSONE_EXPORTS ${PROJECT_SOURCE_DIR}/cmake/module.map)
include(MinusoneTraced OPTIONAL)

# The callback of the widened modules, itself not widened.
add_library(minusone_widen OBJECT ${PROJECT_SOURCE_DIR}/stress/native/widen.c)

function(_minusone_module target name kind)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "SOURCES")
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_options(${target} PRIVATE -Wl,--version-script=${MINUSONE_EXPORTS} -Wl,-z,now -Wl,--build-id)
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${kind} LIBRARY_OUTPUT_DIRECTORY ${MINUSONE_MODULES}/${name}
    LINK_DEPENDS ${MINUSONE_EXPORTS})
endfunction()

function(minusone_add_protocol name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;FLAGS")
  string(REPLACE "/" "_" id ${name})

  _minusone_module(${id}_native ${name} native SOURCES ${arg_SOURCES})
  target_link_libraries(${id}_native PRIVATE minusone_options minusone_protocol Threads::Threads)
  target_compile_options(${id}_native PRIVATE -O2 ${arg_FLAGS})

  # No sanitizer here: its own instrumentation would be widened too.
  _minusone_module(${id}_widened ${name} widened
                   SOURCES ${arg_SOURCES} $<TARGET_OBJECTS:minusone_widen>)
  target_include_directories(${id}_widened PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${id}_widened PRIVATE minusone_protocol_plain Threads::Threads)
  target_compile_options(${id}_widened PRIVATE -O2 -fsanitize-coverage=trace-pc -U_FORTIFY_SOURCE
                                               ${arg_FLAGS})
  target_link_options(${id}_widened PRIVATE -Wl,--wrap=memcpy)

  if(COMMAND minusone_add_traced)
    minusone_add_traced(${name} SOURCES ${arg_SOURCES} FLAGS ${arg_FLAGS})
  endif()
  set_property(GLOBAL APPEND PROPERTY MINUSONE_PROTOCOLS ${name})
endfunction()
