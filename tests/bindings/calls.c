/* Every public function called with wrong arguments from C11; see cases.py. */
#include "calls.h"

#include "generated_calls.h"
