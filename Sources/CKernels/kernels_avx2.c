#include <math.h>
#include <string.h>

#include "include/CKernels.h"

#if defined(__x86_64__)

// Every function below is compiled for AVX2 and FMA, whatever the rest of the program is compiled for.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK(name) avx2_##name
#define CK_TITLE "avx2"
#include "kernels_body.h"
#pragma clang attribute pop

const ck_kernels *ck_kernels_best(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &CK(table);
    return ck_kernels_plain();
}

#else

const ck_kernels *ck_kernels_best(void) { return ck_kernels_plain(); }

#endif
