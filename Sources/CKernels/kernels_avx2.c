#include "include/CKernels.h"
#include "kernels_sets.h"

#if defined(__x86_64__)

// Every function below is compiled for AVX2 and FMA, whatever the rest of the program is compiled for.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK(name) avx2_##name
#define CK_TITLE "avx2"
#define CK_VECTOR 8
#define CK_ROWS 6
#define CK_AHEAD 2048
#include "kernels_body.h"
#pragma clang attribute pop

const ck_kernels *ck_kernels_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &CK(table) : 0;
}

#else

const ck_kernels *ck_kernels_avx2(void) { return 0; }

#endif
