# Puts the list of options in the place of the line ".\" OPTIONS" of the man page.
# cmake -DTEMPLATE=FILE -DOPTIONS=FILE (may be empty) -DOUTPUT=FILE -P cli_manual.cmake
file(READ ${TEMPLATE} text)
set(list "")
if(OPTIONS)
  file(READ ${OPTIONS} list)
endif()
string(REPLACE ".\\\" OPTIONS\n" "${list}" text "${text}")
file(WRITE ${OUTPUT} "${text}")
