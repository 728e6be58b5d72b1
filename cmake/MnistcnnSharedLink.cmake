# mnistcnn_link_shared(TARGET MAP): how the shared libraries are linked. MAP names what is public; that
# hides what comes out of static libraries, too.
include(CheckLinkerFlag)

# Linkers of compilers that bring their own, such as zig's, know fewer options; none of these changes what
# the library does.
set(MNISTCNN_SHARED_LINK_OPTIONS "")
foreach(option --exclude-libs,ALL --gc-sections --as-needed -O1 --hash-style=gnu -z,noseparate-code)
  string(MAKE_C_IDENTIFIER "MNISTCNN_LINKER_HAS_${option}" has)
  check_linker_flag(C LINKER:${option} ${has})
  if(${has})
    list(APPEND MNISTCNN_SHARED_LINK_OPTIONS LINKER:${option})
  endif()
endforeach()

# The names of a version script, as Windows' linkers want them.
function(mnistcnn_definition_file map file)
  file(STRINGS ${map} names REGEX "^ +mnistcnn_[a-z0-9_]+;")
  set(exports "EXPORTS\n")
  foreach(name IN LISTS names)
    string(REGEX MATCH "mnistcnn_[a-z0-9_]+" name ${name})
    string(APPEND exports "  ${name}\n")
  endforeach()
  file(GENERATE OUTPUT ${file} CONTENT "${exports}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${map})
endfunction()

function(mnistcnn_link_shared target map)
  if(WIN32)
    mnistcnn_definition_file(${map} ${CMAKE_CURRENT_BINARY_DIR}/${target}.def)
    target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${target}.def)
    if(MINGW) # the compiler's own libraries need not be shipped
      target_link_options(${target} PRIVATE -static)
    endif()
    return()
  endif()
  if(APPLE) # what is public follows from the header's visibility
    return()
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${map})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:mnistcnn_relocations>)
  target_link_options(
    ${target}
    PRIVATE
    LINKER:--version-script=${map}
    ${MNISTCNN_SHARED_LINK_OPTIONS}
    # Bindings may unload it while a thread still has a message in its thread-local memory.
    LINKER:-z,nodelete)
  # Sanitizers leave their run-time to the executable, so their symbols stay open. No generator
  # expression: the comma of "address,undefined" would end its parameter.
  if(NOT MNISTCNN_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()
