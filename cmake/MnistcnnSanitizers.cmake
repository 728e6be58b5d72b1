# MNISTCNN_SANITIZE: the sanitizers apply to the library and to everything that links it, or the
# run-time libraries would not agree.
if(MNISTCNN_SANITIZE)
  add_compile_options(-fsanitize=${MNISTCNN_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${MNISTCNN_SANITIZE})
endif()
