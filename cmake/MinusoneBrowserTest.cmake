# minusone_browser_test(NAME SCRIPT file.mjs [ENVIRONMENT name=value...] [TIMEOUT seconds])
#
# A test in Debian's Chromium (stress/report/browser/browser.mjs says how to write one). Runs in the
# release preset only, as browsers are no subject of the sanitizers; skipped, with a sentence, where
# Chromium, Node.js or the npm registry are missing. MINUSONE_COMMAND in its environment is the command.
set(MINUSONE_BROWSER_RUN ${PROJECT_SOURCE_DIR}/stress/report/browser/run.sh)

function(minusone_browser_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SCRIPT;TIMEOUT" "ENVIRONMENT")
  if(MINUSONE_SANITIZE OR MINUSONE_COVERAGE OR NOT CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)  # a browser starts slowly on a busy machine; it ends a hang, and judges nothing
  endif()
  add_test(NAME ${name} COMMAND ${MINUSONE_BROWSER_RUN} ${PROJECT_BINARY_DIR}/browser
                                ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SCRIPT})
  set_tests_properties(${name} PROPERTIES LABELS browser SKIP_RETURN_CODE 77 TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "MINUSONE_COMMAND=$<TARGET_FILE:minusone>;MINUSONE_SOURCE_DIR=${PROJECT_SOURCE_DIR};${arg_ENVIRONMENT}")
endfunction()
