#pragma once

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "include/CKernels.h"

// The sets of kernels; null where this processor does not run them.
const ck_kernels *ck_kernels_avx512(void);
const ck_kernels *ck_kernels_avx2(void);
