// Matrix products over panels of weights. Included once for each instruction set, after CK(name), CK_VECTOR (floats a register)
// and CK_ROWS (rows whose sums fit the registers) are set; two registers' worth of outputs make a panel.
//
// Weights lie panel after panel, and within a panel input after input, as they are read. BLAS lays them out so with each product,
// which takes longer than the product itself where there are few rows; here it is done once, when the model is loaded.

typedef float CK(vector) __attribute__((vector_size(CK_VECTOR * sizeof(float)), aligned(sizeof(float)), may_alias));

enum { CK(PANEL) = 2 * CK_VECTOR };

/// A product's measures: how far apart rows, inputs within a panel, and panels lie.
typedef struct CK(shape) {
    size_t rows, outputs, inputs;
    size_t out_stride, x_stride, input_stride, panel_stride;
} CK(shape);

/// One panel's outputs for `count` rows, a constant wherever it is called: the sums stay in registers.
/// While it computes, two lines of the cache for each input are fetched from `ahead`.
static inline __attribute__((always_inline)) void CK(block)(float *restrict out, const float *restrict x, const float *restrict panel,
                                                            const float *restrict bias, const float *restrict ahead,
                                                            const size_t count, const CK(shape) *restrict shape) {
    CK(vector) sums[CK_ROWS][2];
    const size_t x_stride = shape->x_stride, input_stride = shape->input_stride, inputs = shape->inputs;
#pragma clang loop unroll(full)
    for (size_t r = 0; r < count; r++) {
        sums[r][0] = bias ? ((const CK(vector) *)bias)[0] : (CK(vector)){0};
        sums[r][1] = bias ? ((const CK(vector) *)bias)[1] : (CK(vector)){0};
    }
    // Every third row has a pointer; the others are reached from it.
    const float *third[(CK_ROWS + 2) / 3];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < count; r += 3) third[r / 3] = x + r * x_stride;
    for (size_t i = 0; i < inputs; i++) {
        const CK(vector) *const weights = (const CK(vector) *)(panel + i * input_stride);
        const CK(vector) first = weights[0], second = weights[1];
        __builtin_prefetch(ahead + i * 2 * CK_VECTOR, 0, 2);
        if (CK_VECTOR == 16) __builtin_prefetch(ahead + i * 2 * CK_VECTOR + CK_VECTOR, 0, 2);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < count; r++) {
            const float value = third[r / 3][(r % 3) * x_stride + i];
            sums[r][0] += value * first;
            sums[r][1] += value * second;
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < count; r++) {
        CK(vector) *const place = (CK(vector) *)(out + r * shape->out_stride);
        place[0] = sums[r][0];
        place[1] = sums[r][1];
    }
}

static void CK(product)(float *restrict out, const float *restrict x, const float *restrict weights, const float *restrict bias,
                        CK(shape) shape) {
    const size_t panels = shape.outputs / CK(PANEL);
    for (size_t p = 0; p < panels; p++) {
        const float *const panel = weights + p * shape.panel_stride;
        const float *const start = bias ? bias + p * CK(PANEL) : 0;
        for (size_t r = 0; r < shape.rows;) {
            float *const to = out + r * shape.out_stride + p * CK(PANEL);
            const float *const from = x + r * shape.x_stride;
            // What is left is divided evenly rather than into a full block and a small one.
            const size_t left = shape.rows - r;
            const size_t count = left <= CK_ROWS ? left : left < 2 * CK_ROWS ? (left + 1) / 2 : CK_ROWS;
            // The last block of rows fetches the next panel; where it is the only one, the memory some way ahead of itself.
            const float *const ahead = count < left || p + 1 == panels ? panel : r == 0 ? panel + CK_AHEAD : panel + shape.panel_stride;
            switch (count) {
#define CK_CASE(n) \
    case n: CK(block)(to, from, panel, start, ahead, n, &shape); break;
                CK_CASE(1)
                CK_CASE(2)
                CK_CASE(3)
                CK_CASE(4)
                CK_CASE(5)
                CK_CASE(6)
#if CK_ROWS > 6
                CK_CASE(7)
                CK_CASE(8)
                CK_CASE(9)
                CK_CASE(10)
                CK_CASE(11)
                CK_CASE(12)
#endif
#undef CK_CASE
            }
            r += count;
        }
    }
}

static void CK(pack)(float *restrict packed, const float *restrict weight, size_t outputs, size_t inputs) {
    for (size_t panel = 0; panel < outputs; panel += CK(PANEL)) {
        for (size_t i = 0; i < inputs; i++) {
            for (size_t o = 0; o < CK(PANEL); o++) *packed++ = weight[(panel + o) * inputs + i];
        }
    }
}

static void CK(multiply)(float *restrict out, const float *restrict x, const float *restrict packed, const float *restrict bias,
                         size_t rows, size_t outputs, size_t inputs) {
    CK(product)(out, x, packed, bias,
                (CK(shape)){rows, outputs, inputs, outputs, inputs, CK(PANEL), CK(PANEL) * inputs});
}
