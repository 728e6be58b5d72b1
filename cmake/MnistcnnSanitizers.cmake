# MNISTCNN_SANITIZE: the library and everything that links it must be built with the same sanitizers.
if(MNISTCNN_SANITIZE)
  add_compile_options(-fsanitize=${MNISTCNN_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${MNISTCNN_SANITIZE})
endif()
