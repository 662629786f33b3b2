#include "include/CKernels.h"
#include "kernels_sets.h"

#if defined(__x86_64__)

// Compiled for the foundation of AVX-512 and its usual companions, whatever the rest of the program is compiled for.
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define CK(name) avx512_##name
#define CK_TITLE "avx512"
#define CK_VECTOR 16
#define CK_ROWS 12
#define CK_AHEAD 2048
#include "kernels_body.h"
#pragma clang attribute pop

const ck_kernels *ck_kernels_avx512(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma")) {
        return &CK(table);
    }
    return 0;
}

#else

const ck_kernels *ck_kernels_avx512(void) { return 0; }

#endif
