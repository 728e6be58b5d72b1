#include "api/cost.h"

static const char type[] = "mnistcnn_cost";
enum { FIRST_SIZE = MCNN_SIZE_THROUGH(mnistcnn_cost, multiply_adds) };

mnistcnn_status mcnn_check_cost(const mnistcnn_cost *cost) {
  return mcnn_check_output(type, cost, FIRST_SIZE);
}

void mcnn_copy_out_cost(const mnistcnn_cost *from, mnistcnn_cost *to) {
  (void)mcnn_export_options(type, from, FIRST_SIZE, sizeof *from, to, to->struct_size);
}
