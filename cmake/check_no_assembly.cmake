# cmake -DROOT=... -P check_no_assembly.cmake: what this build makes traced modules of itself has no
# inline assembly. It does not pass through `minusone build`, which looks at that.
cmake_minimum_required(VERSION 3.25)
set(on_purpose stress/explore/programs/unseen_write.c)  # for the audit, which is to find it
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/protocol/*.[hc]* ${ROOT}/naive/*.[hc]* ${ROOT}/safe/*.[hc]*
     ${ROOT}/stress/*/programs/*.[hc]* ${ROOT}/stress/*/oracle_programs/*.[hc]* ${ROOT}/stress/testing/*.[hc]*)
list(REMOVE_ITEM files ${on_purpose})
foreach(file IN LISTS files)
  file(STRINGS ${ROOT}/${file} lines REGEX "(^|[^a-zA-Z0-9_])(asm|__asm|__asm__)([^a-zA-Z0-9_]|$)")
  if(lines)
    message(SEND_ERROR "${file}: inline assembly would be no step: ${lines}")
  endif()
endforeach()
list(LENGTH files count)
if(count LESS 50)
  message(SEND_ERROR "${count} files were found: expected those of all modules")
endif()
