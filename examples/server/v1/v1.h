/* The calls for people who have an image. */
#ifndef SERVER_V1_V1_H
#define SERVER_V1_V1_H

#include "service/call.h"

void v1_predict_begin(call *c);
void v1_predict_finish(call *c);
void v1_digits_begin(call *c);
void v1_digits_finish(call *c);
void v1_model(call *c);

#endif
