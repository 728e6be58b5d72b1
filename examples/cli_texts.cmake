# The man page and the completion scripts: written by the command itself, from its tables of options.
# Where it cannot be executed (another processor, and no CMAKE_CROSSCOMPILING_EMULATOR), the man page
# lacks its list of options, and there are no scripts.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  set(can_execute OFF)
  message(STATUS "Cross-compiling: no completion scripts; the man page does not list the options")
else()
  set(can_execute ON)
endif()
set(texts ${CMAKE_CURRENT_BINARY_DIR}/texts)
set(manual ${texts}/mnistcnn.1)

# cli_text(FILE WHAT): the output of `mnistcnn completion WHAT`.
function(cli_text file what)
  add_custom_command(
    OUTPUT ${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${texts}
    COMMAND mnistcnn_cli completion ${what} > ${file}
    DEPENDS mnistcnn_cli
    VERBATIM)
endfunction()

if(can_execute)
  cli_text(${texts}/mnistcnn.bash bash)
  cli_text(${texts}/mnistcnn.zsh zsh)
  cli_text(${texts}/mnistcnn.fish fish)
  cli_text(${texts}/options.mdoc man)
  set(scripts ${texts}/mnistcnn.bash ${texts}/mnistcnn.zsh ${texts}/mnistcnn.fish)
  set(options ${texts}/options.mdoc)
endif()
add_custom_command(
  OUTPUT ${manual}
  COMMAND ${CMAKE_COMMAND} -DTEMPLATE=${CMAKE_CURRENT_SOURCE_DIR}/cli/mnistcnn.1
          -DOPTIONS=${options} -DOUTPUT=${manual} -P ${CMAKE_CURRENT_SOURCE_DIR}/cli_manual.cmake
  DEPENDS cli/mnistcnn.1 cli_manual.cmake ${options}
  VERBATIM)
add_custom_target(mnistcnn_cli_texts ALL DEPENDS ${manual} ${scripts})

if(MNISTCNN_INSTALL)
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  if(can_execute)
    install(FILES ${texts}/mnistcnn.bash RENAME mnistcnn
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${texts}/mnistcnn.zsh RENAME _mnistcnn
            DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES ${texts}/mnistcnn.fish
            DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  endif()
endif()
