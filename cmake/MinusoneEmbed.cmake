# minusone_embed(OUTPUT.cpp NAMESPACE a::b FILES file...)
#
# Writes a source file that defines, in the namespace, a `const std::string_view` for each file that
# holds its bytes: report.css becomes report_css. Declare them `extern` where they are used.
# Run as a script (cmake -P, with OUT, SPACE, FROM, FILES) it does the writing.
if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Made of the files beside it by cmake/MinusoneEmbed.cmake.\n#include <string_view>\n\nnamespace ${SPACE} {\n")
  string(REPLACE "|" ";" FILES "${FILES}")
  foreach(file IN LISTS FILES)
    file(READ ${FROM}/${file} hex HEX)
    string(REGEX REPLACE "(................................)" "\\1\"\n    \"" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} name)
    file(SIZE ${FROM}/${file} size)
    string(APPEND text "extern const std::string_view ${name};\nconst std::string_view ${name}(\n    \"${hex}\",\n    ${size});\n")
  endforeach()
  file(WRITE ${OUT} "${text}}  // namespace ${SPACE}\n")
  return()
endif()

set(MINUSONE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(minusone_embed output)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAMESPACE" "FILES")
  set(paths ${arg_FILES})
  list(TRANSFORM paths PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  string(REPLACE ";" "|" files "${arg_FILES}")
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUT=${output} -DSPACE=${arg_NAMESPACE} -DFROM=${CMAKE_CURRENT_SOURCE_DIR}
            "-DFILES=${files}" -P ${MINUSONE_EMBED_SCRIPT}
    DEPENDS ${paths} ${MINUSONE_EMBED_SCRIPT} VERBATIM)
endfunction()
