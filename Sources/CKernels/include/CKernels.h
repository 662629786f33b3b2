#pragma once
#include <stddef.h>
#include <stdint.h>

// The elementwise half of a transformer's forward pass. The matrix products are BLAS's.
//
// All matrices are row-major and hold 32-bit floats. No pointer may be null unless a comment allows it, outputs may not
// overlap inputs, and lengths are trusted: the caller checks them.

typedef struct ck_kernels {
    /// "avx2" or "plain".
    const char *_Nonnull name;

    /// out[r] = words[ids[r]] + positions[r] + kind, for `rows` rows of `width`.
    void (*_Nonnull embed)(float *_Nonnull out, const int32_t *_Nonnull ids, size_t rows, size_t width,
                           const float *_Nonnull words, const float *_Nonnull positions, const float *_Nonnull kind);

    /// x = layer_norm(x + bias + residual) * gamma + beta, row by row; `bias` and `residual` may be null.
    void (*_Nonnull layer_norm)(float *_Nonnull x, const float *_Nullable bias, const float *_Nullable residual,
                                const float *_Nonnull gamma, const float *_Nonnull beta, size_t rows, size_t width,
                                float epsilon);

    /// x += bias, row by row.
    void (*_Nonnull add_bias)(float *_Nonnull x, const float *_Nonnull bias, size_t rows, size_t width);

    /// x = gelu(x + bias), row by row; gelu in its exact form with erf.
    void (*_Nonnull bias_gelu)(float *_Nonnull x, const float *_Nonnull bias, size_t rows, size_t width);

    /// Softmax over the first `width` numbers of each of `rows` rows that lie `stride` apart.
    void (*_Nonnull softmax)(float *_Nonnull x, size_t rows, size_t width, size_t stride);

    /// out = the mean of `rows` rows, scaled to length 1. Returns the length before scaling; 0 leaves zeros.
    float (*_Nonnull mean_normalize)(float *_Nonnull out, const float *_Nonnull x, size_t rows, size_t width);
} ck_kernels;

/// Runs on every processor.
const ck_kernels *_Nonnull ck_kernels_plain(void);

/// The fastest that this processor runs.
const ck_kernels *_Nonnull ck_kernels_best(void);
