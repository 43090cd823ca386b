# The calls that the runtime takes over.
set(MINUSONE_RUNTIME_NAMES ${PROJECT_BINARY_DIR}/runtime.names)
add_custom_command(
  OUTPUT ${MINUSONE_RUNTIME_NAMES}
  COMMAND ${PROJECT_SOURCE_DIR}/stress/instrument/runtime_names.sh $<TARGET_FILE:minusone_instrument> ${MINUSONE_RUNTIME_NAMES}
  DEPENDS ${PROJECT_SOURCE_DIR}/stress/instrument/runtime_names.sh minusone_instrument
  VERBATIM)
add_custom_target(minusone_runtime_names DEPENDS ${MINUSONE_RUNTIME_NAMES})

# A sanitizer changes nothing in a traced module. Where the environment's MINUSONE_TRACED_FROM names a
# folder of build whose modules are of these sources (./check has just built them), they are linked
# to there. Says in variable `is_linked` whether so.
function(_minusone_link_traced target module)
  file(RELATIVE_PATH name ${PROJECT_BINARY_DIR} ${module})
  set(made $ENV{MINUSONE_TRACED_FROM}/${name})
  if(IS_SYMLINK ${module})
    file(REMOVE ${module})
  endif()
  if(NOT DEFINED ENV{MINUSONE_TRACED_FROM} OR NOT EXISTS ${made})
    set(is_linked OFF PARENT_SCOPE)
    return()
  endif()
  get_filename_component(folder ${module} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  file(CREATE_LINK ${made} ${module} SYMBOLIC)
  add_custom_target(${target})
  set(is_linked ON PARENT_SCOPE)
endfunction()

# minusone_add_traced(NAME SOURCES file... [FLAGS flag...] [KINDS traced|optimized...])
#
# Builds modules/NAME/traced.so (-O0: what the source says) and modules/NAME/optimized.so (-O2: what
# the optimiser made of it) for the explorer: the compiler's ThreadSanitizer pass puts a call before
# every access to memory, stress/instrument/trace_module.sh turns it to our own runtime. The flags
# and what each is for stand in stress/instrument/module_flags.txt.
function(minusone_add_traced name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;FLAGS;KINDS")
  if(NOT arg_KINDS)
    set(arg_KINDS traced optimized)
  endif()
  string(REPLACE "/" "_" id ${name})
  set(script ${PROJECT_SOURCE_DIR}/stress/instrument/trace_module.sh)
  foreach(kind ${arg_KINDS})
    set(module ${MINUSONE_MODULES}/${name}/${kind}.so)
    _minusone_link_traced(${id}_${kind} ${module})
    if(is_linked)
      continue()
    endif()
    add_library(${id}_${kind}_objects OBJECT ${arg_SOURCES})
    target_include_directories(${id}_${kind}_objects PRIVATE ${PROJECT_SOURCE_DIR})
    # Last on the command line, after the build type's own level.
    minusone_module_flags(${kind} flags)
    target_compile_options(${id}_${kind}_objects PRIVATE ${flags} ${arg_FLAGS})
    add_custom_command(
      OUTPUT ${module}
      COMMAND ${script} ${CMAKE_CXX_COMPILER} ${MINUSONE_RUNTIME_NAMES} ${MINUSONE_EXPORTS} ${module}
              $<TARGET_OBJECTS:${id}_${kind}_objects>
              $<TARGET_FILE:minusone_protocol_plain> $<TARGET_FILE:minusone_string_instances>
      DEPENDS ${script} ${MINUSONE_EXPORTS} ${MINUSONE_RUNTIME_NAMES} $<TARGET_OBJECTS:${id}_${kind}_objects>
              minusone_runtime_names minusone_protocol_plain minusone_string_instances
      COMMENT "Tracing ${name}/${kind}.so"
      COMMAND_EXPAND_LISTS VERBATIM)
    add_custom_target(${id}_${kind} ALL DEPENDS ${module})
  endforeach()
endfunction()

# minusone_add_traced_program(NAME SOURCE file [DEFINITIONS X=1 ...] [FLAGS flag...])
#
# The same for a whole threaded program, C or C++: modules/program/NAME.so, -O0, with its main() as
# the entry. What it includes of ours is nothing.
function(minusone_add_traced_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "DEFINITIONS;FLAGS")
  set(script ${PROJECT_SOURCE_DIR}/stress/instrument/trace_module.sh)
  set(module ${MINUSONE_MODULES}/program/${name}.so)
  _minusone_link_traced(program_${name} ${module})
  if(is_linked)
    return()
  endif()
  add_library(program_${name}_objects OBJECT ${arg_SOURCE})
  target_compile_definitions(program_${name}_objects PRIVATE ${arg_DEFINITIONS})
  minusone_module_flags(traced flags)
  target_compile_options(program_${name}_objects PRIVATE ${flags} ${arg_FLAGS})
  add_custom_command(
    OUTPUT ${module}
    COMMAND ${script} ${CMAKE_CXX_COMPILER} ${MINUSONE_RUNTIME_NAMES} ${MINUSONE_EXPORTS} ${module}
            $<TARGET_OBJECTS:program_${name}_objects> $<TARGET_OBJECTS:minusone_program_entry>
            $<TARGET_FILE:minusone_string_instances>
    DEPENDS ${script} ${MINUSONE_EXPORTS} ${MINUSONE_RUNTIME_NAMES} $<TARGET_OBJECTS:program_${name}_objects>
            $<TARGET_OBJECTS:minusone_program_entry> minusone_runtime_names minusone_string_instances
    COMMENT "Tracing program ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(program_${name} DEPENDS ${module})
endfunction()

add_library(minusone_program_entry OBJECT ${PROJECT_SOURCE_DIR}/stress/instrument/program_entry.c)

# What libstdc++.so would do unseen; the source says when it is taken.
add_library(minusone_string_instances STATIC ${PROJECT_SOURCE_DIR}/stress/instrument/string_instances.cpp)
minusone_module_flags(traced flags)
target_compile_options(minusone_string_instances PRIVATE ${flags})
