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

# minusone_module_flags(KIND VARIABLE): the flags of stress/instrument/module_flags.txt
set(MINUSONE_MODULE_FLAGS ${PROJECT_SOURCE_DIR}/stress/instrument/module_flags.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MINUSONE_MODULE_FLAGS})
function(minusone_module_flags kind variable)
  set(compiler gcc)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(compiler clang)
  endif()
  file(STRINGS ${MINUSONE_MODULE_FLAGS} lines
       REGEX "^([a-z]+,)*(any|${kind})(,[a-z]+)* +(any|${compiler}) ")
  set(flags)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[a-z,]+ +[a-z]+ +" "" line "${line}")
    list(APPEND flags "SHELL:${line}")  # SHELL: keeps `-mllvm -x` together
  endforeach()
  if(NOT flags)
    message(FATAL_ERROR "${MINUSONE_MODULE_FLAGS} has no flags for ${kind}")
  endif()
  set(${variable} "${flags}" PARENT_SCOPE)
endfunction()

include(MinusoneTraced)

foreach(part history death workload)
  configure_file(${PROJECT_SOURCE_DIR}/protocol/${part}.pml ${MINUSONE_MODULES}/protocol/${part}.pml COPYONLY)
endforeach()

# The callback of the widened modules, itself not widened.
add_library(minusone_widen OBJECT ${PROJECT_SOURCE_DIR}/stress/native/widen.c)

# The kit: what `minusone build` needs to make modules of anybody's files. All of it lies in one
# folder (an install would copy it to share/minusone), where the command finds it.
set(MINUSONE_KIT ${PROJECT_BINARY_DIR}/share/minusone)
add_custom_command(
  OUTPUT ${MINUSONE_KIT}/stamp
  COMMAND ${CMAKE_COMMAND} -E make_directory ${MINUSONE_KIT}/include
  COMMAND ${CMAKE_COMMAND} -E create_symlink ${PROJECT_SOURCE_DIR}/protocol
          ${MINUSONE_KIT}/include/protocol
  COMMAND ${CMAKE_COMMAND} -E copy ${MINUSONE_EXPORTS} ${MINUSONE_MODULE_FLAGS}
          ${PROJECT_SOURCE_DIR}/stress/instrument/trace_module.sh ${MINUSONE_RUNTIME_NAMES}
          $<TARGET_FILE:minusone_protocol_plain> $<TARGET_FILE:minusone_string_instances>
          $<TARGET_FILE:minusone_watch_runtime> ${PROJECT_SOURCE_DIR}/stress/watch/wrapped_calls.txt
          ${PROJECT_SOURCE_DIR}/cmake/MinusoneWatch.cmake ${MINUSONE_KIT}
  COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_OBJECTS:minusone_widen> ${MINUSONE_KIT}/widen.o
  COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_OBJECTS:minusone_program_entry> ${MINUSONE_KIT}/program_entry.o
  COMMAND ${CMAKE_COMMAND} -E touch ${MINUSONE_KIT}/stamp
  DEPENDS ${MINUSONE_EXPORTS} ${MINUSONE_MODULE_FLAGS} ${MINUSONE_RUNTIME_NAMES} minusone_runtime_names
          minusone_protocol_plain minusone_string_instances minusone_watch_runtime
          ${PROJECT_SOURCE_DIR}/stress/watch/wrapped_calls.txt ${PROJECT_SOURCE_DIR}/cmake/MinusoneWatch.cmake
          ${PROJECT_SOURCE_DIR}/stress/instrument/trace_module.sh $<TARGET_OBJECTS:minusone_widen>
          $<TARGET_OBJECTS:minusone_program_entry>
  COMMAND_EXPAND_LISTS VERBATIM COMMENT "Laying out what `minusone build` needs")
add_custom_target(minusone_kit DEPENDS ${MINUSONE_KIT}/stamp)

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
  # Beside the modules, for `minusone play --course`.
  if(EXISTS ${PROJECT_SOURCE_DIR}/${name}/lesson.md)
    configure_file(${PROJECT_SOURCE_DIR}/${name}/lesson.md ${MINUSONE_MODULES}/${name}/lesson.md COPYONLY)
  endif()

  _minusone_module(${id}_native ${name} native SOURCES ${arg_SOURCES})
  target_link_libraries(${id}_native PRIVATE minusone_options minusone_protocol Threads::Threads)
  minusone_module_flags(native flags)
  target_compile_options(${id}_native PRIVATE ${flags} ${arg_FLAGS})

  # No sanitizer here: its own instrumentation would be widened too.
  _minusone_module(${id}_widened ${name} widened
                   SOURCES ${arg_SOURCES} $<TARGET_OBJECTS:minusone_widen>)
  target_include_directories(${id}_widened PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${id}_widened PRIVATE minusone_protocol_plain Threads::Threads)
  minusone_module_flags(widened flags)
  target_compile_options(${id}_widened PRIVATE ${flags} ${arg_FLAGS})
  target_link_options(${id}_widened PRIVATE -Wl,--wrap=memcpy)

  # Its formal model lies beside the modules, and includes what lies in protocol/ (stress/model).
  get_filename_component(leaf ${name} NAME)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${leaf}/${leaf}.pml)
    configure_file(${CMAKE_CURRENT_SOURCE_DIR}/${leaf}/${leaf}.pml ${MINUSONE_MODULES}/${name}/${leaf}.pml COPYONLY)
  endif()

  minusone_add_traced(${name} SOURCES ${arg_SOURCES} FLAGS ${arg_FLAGS})
  set_property(GLOBAL APPEND PROPERTY MINUSONE_PROTOCOLS ${name})
endfunction()
