# minusone_add_traced(NAME SOURCES file... [FLAGS flag...] [KINDS traced|optimized...])
#
# Builds modules/NAME/traced.so (-O0: what the source says) and modules/NAME/optimized.so (-O2: what
# the optimiser made of it) for the explorer: the compiler's ThreadSanitizer pass puts a call before
# every access to memory, stress/instrument/trace_module.sh turns it to our own runtime.
#
# Each flag is there because a run without it was silently wrong:
#   -fno-builtin -U_FORTIFY_SOURCE   else GCC drops, merges or inlines copies that are steps
#   -UNDEBUG                         else the build type takes the assertions out
#   -fno-gnu-unique                  else inline statics are shared by all copies of a module
#   tsan-distinguish-volatile        else GCC does not tell volatile accesses apart
#   tsan-instrument-read-before-write=1   else clang drops the read of `x = x + 1`
#   -ftrivial-auto-var-init          so that a wait loop's second round finds the same stack
#   _GLIBCXX_EXTERN_TEMPLATE=0       std::string's code belongs into the module, with hooks
set(MINUSONE_TRACED_FLAGS -fsanitize=thread -fno-builtin -U_FORTIFY_SOURCE -UNDEBUG $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique> -g -fPIC
    -fvisibility=hidden -fno-omit-frame-pointer -fno-stack-protector -fcf-protection=none
    $<$<CXX_COMPILER_ID:GNU>:--param=tsan-distinguish-volatile=1> $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>
    $<$<CXX_COMPILER_ID:GNU>:-ftrivial-auto-var-init=zero>
    $<$<CXX_COMPILER_ID:Clang>:-ftrivial-auto-var-init=pattern>
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-mllvm -tsan-instrument-read-before-write=1>")

function(minusone_add_traced name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;FLAGS;KINDS")
  if(NOT arg_KINDS)
    set(arg_KINDS traced optimized)
  endif()
  string(REPLACE "/" "_" id ${name})
  set(script ${PROJECT_SOURCE_DIR}/stress/instrument/trace_module.sh)
  foreach(kind ${arg_KINDS})
    set(level -O0)
    if(kind STREQUAL optimized)
      set(level -O2)
    endif()
    add_library(${id}_${kind}_objects OBJECT ${arg_SOURCES})
    target_include_directories(${id}_${kind}_objects PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${id}_${kind}_objects PRIVATE _GLIBCXX_EXTERN_TEMPLATE=0)
    # Last on the command line, after the build type's own level.
    target_compile_options(${id}_${kind}_objects PRIVATE ${MINUSONE_TRACED_FLAGS} ${arg_FLAGS} ${level})
    set(module ${MINUSONE_MODULES}/${name}/${kind}.so)
    add_custom_command(
      OUTPUT ${module}
      COMMAND ${script} ${CMAKE_CXX_COMPILER} $<TARGET_FILE:minusone_instrument> ${MINUSONE_EXPORTS}
              ${module} $<TARGET_OBJECTS:${id}_${kind}_objects>
              $<TARGET_FILE:minusone_protocol_plain>
      DEPENDS ${script} ${MINUSONE_EXPORTS} $<TARGET_OBJECTS:${id}_${kind}_objects>
              minusone_instrument minusone_protocol_plain
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
  target_compile_definitions(program_${name}_objects PRIVATE _GLIBCXX_EXTERN_TEMPLATE=0
                             ${arg_DEFINITIONS})
  # main() must stay visible for the module's list of exports to name it.
  set_target_properties(program_${name}_objects PROPERTIES
    C_VISIBILITY_PRESET default CXX_VISIBILITY_PRESET default)
  set(flags ${MINUSONE_TRACED_FLAGS})
  list(REMOVE_ITEM flags -fvisibility=hidden)
  target_compile_options(program_${name}_objects PRIVATE ${flags} -O0)
  set(module ${MINUSONE_MODULES}/program/${name}.so)
  add_custom_command(
    OUTPUT ${module}
    COMMAND ${script} ${CMAKE_CXX_COMPILER} $<TARGET_FILE:minusone_instrument> ${MINUSONE_EXPORTS}
            ${module} $<TARGET_OBJECTS:program_${name}_objects>
    DEPENDS ${script} ${MINUSONE_EXPORTS} $<TARGET_OBJECTS:program_${name}_objects>
            minusone_instrument
    COMMENT "Tracing program ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(program_${name} DEPENDS ${module})
endfunction()
