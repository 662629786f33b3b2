#define CK(name) plain_##name
#define CK_TITLE "plain"
#include "kernels_body.h"

const ck_kernels *ck_kernels_plain(void) { return &CK(table); }
