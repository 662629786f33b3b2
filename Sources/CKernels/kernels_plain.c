#include "include/CKernels.h"
#include "kernels_sets.h"

#define CK(name) plain_##name
#define CK_TITLE "plain"
#define CK_VECTOR 4
#define CK_ROWS 6
#define CK_AHEAD 2048
#include "kernels_body.h"

const ck_kernels *ck_kernels_plain(void) { return &CK(table); }

const ck_kernels *ck_kernels_named(const char *name) {
    const ck_kernels *const sets[] = {ck_kernels_avx512(), ck_kernels_avx2(), ck_kernels_plain()};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (sets[i] && strcmp(sets[i]->name, name) == 0) return sets[i];
    }
    return 0;
}

const ck_kernels *ck_kernels_best(void) {
    const ck_kernels *set = ck_kernels_avx512();
    if (!set) set = ck_kernels_avx2();
    return set ? set : ck_kernels_plain();
}
