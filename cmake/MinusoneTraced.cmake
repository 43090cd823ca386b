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
    add_library(${id}_${kind}_objects OBJECT ${arg_SOURCES})
    target_include_directories(${id}_${kind}_objects PRIVATE ${PROJECT_SOURCE_DIR})
    # Last on the command line, after the build type's own level.
    minusone_module_flags(${kind} flags)
    target_compile_options(${id}_${kind}_objects PRIVATE ${flags} ${arg_FLAGS})
    set(module ${MINUSONE_MODULES}/${name}/${kind}.so)
    add_custom_command(
      OUTPUT ${module}
      COMMAND ${script} ${CMAKE_CXX_COMPILER} $<TARGET_FILE:minusone_instrument> ${MINUSONE_EXPORTS}
              ${module} $<TARGET_OBJECTS:${id}_${kind}_objects>
              $<TARGET_FILE:minusone_protocol_plain> $<TARGET_FILE:minusone_string_instances>
      DEPENDS ${script} ${MINUSONE_EXPORTS} $<TARGET_OBJECTS:${id}_${kind}_objects>
              minusone_instrument minusone_protocol_plain minusone_string_instances
      COMMENT "Tracing ${name}/${kind}.so"
      COMMAND_EXPAND_LISTS VERBATIM)
    add_custom_target(${id}_${kind} ALL DEPENDS ${module})
  endforeach()
endfunction()

# minusone_add_traced_program(NAME SOURCE file [DEFINITIONS X=1 ...])
#
# The same for a whole threaded program, C or C++: modules/program/NAME.so, -O0, with its main() as
# the entry. What it includes of ours is nothing.
function(minusone_add_traced_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "DEFINITIONS")
  set(script ${PROJECT_SOURCE_DIR}/stress/instrument/trace_module.sh)
  add_library(program_${name}_objects OBJECT ${arg_SOURCE})
  target_compile_definitions(program_${name}_objects PRIVATE ${arg_DEFINITIONS})
  minusone_module_flags(traced flags)
  target_compile_options(program_${name}_objects PRIVATE ${flags} ${arg_FLAGS})
  set(module ${MINUSONE_MODULES}/program/${name}.so)
  add_custom_command(
    OUTPUT ${module}
    COMMAND ${script} ${CMAKE_CXX_COMPILER} $<TARGET_FILE:minusone_instrument> ${MINUSONE_EXPORTS}
            ${module} $<TARGET_OBJECTS:program_${name}_objects> $<TARGET_FILE:minusone_string_instances>
    DEPENDS ${script} ${MINUSONE_EXPORTS} $<TARGET_OBJECTS:program_${name}_objects>
            minusone_instrument minusone_string_instances
    COMMENT "Tracing program ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(program_${name} DEPENDS ${module})
endfunction()

# What libstdc++.so would do unseen; the source says when it is taken.
add_library(minusone_string_instances STATIC ${PROJECT_SOURCE_DIR}/stress/instrument/string_instances.cpp)
minusone_module_flags(traced flags)
target_compile_options(minusone_string_instances PRIVATE ${flags})
