/* Every public function called with wrong arguments from C++17; see cases.py. */
#include "calls.h"

#include "generated_calls.h"
