#pragma once
#include <stddef.h>
#include <stdint.h>

// The steps of a transformer's forward pass.
//
// All matrices are row-major and hold 32-bit floats. No pointer may be null unless a comment allows it, outputs may not
// overlap inputs, and lengths are trusted: the caller checks them.

typedef struct ck_kernels {
    /// "avx512", "avx2" or "plain".
    const char *_Nonnull name;

    /// out[r] = words[ids[r]] + positions[r] + kind, for `rows` rows of `width`.
    void (*_Nonnull embed)(float *_Nonnull out, const int32_t *_Nonnull ids, size_t rows, size_t width,
                           const float *_Nonnull words, const float *_Nonnull positions, const float *_Nonnull kind);

    /// Lays a matrix of outputs x inputs out as this set's `multiply` reads it; as many numbers, in another order.
    /// `outputs` is a multiple of 32.
    void (*_Nonnull pack)(float *_Nonnull packed, const float *_Nonnull weight, size_t outputs, size_t inputs);

    /// out = x * weight^T + bias; `x` is rows x inputs, `out` is rows x outputs, `packed` is what `pack` made.
    void (*_Nonnull multiply)(float *_Nonnull out, const float *_Nonnull x, const float *_Nonnull packed,
                              const float *_Nonnull bias, size_t rows, size_t outputs, size_t inputs);

    /// x = layer_norm(x + residual) * gamma + beta, row by row; `residual` may be null.
    void (*_Nonnull layer_norm)(float *_Nonnull x, const float *_Nullable residual, const float *_Nonnull gamma,
                                const float *_Nonnull beta, size_t rows, size_t width, float epsilon);

    /// x = gelu(x), in its exact form with erf.
    void (*_Nonnull gelu)(float *_Nonnull x, size_t count);

    /// Attention among the tokens of one text. A row of `projected` holds a token's query, key and value, each `heads` x
    /// `head_width` numbers, and a row of `context` gets as many. `head_width` is a multiple of 32, and `scratch` has room for
    /// (tokens + head_width) x tokens numbers, tokens rounded up to a multiple of 32.
    void (*_Nonnull attend)(float *_Nonnull context, const float *_Nonnull projected, float *_Nonnull scratch, size_t tokens,
                            size_t heads, size_t head_width);

    /// Softmax over the first `width` numbers of each of `rows` rows that lie `stride` apart.
    void (*_Nonnull softmax)(float *_Nonnull x, size_t rows, size_t width, size_t stride);

    /// out = the mean of `rows` rows, scaled to length 1. Returns the length before scaling; 0 leaves zeros.
    float (*_Nonnull mean_normalize)(float *_Nonnull out, const float *_Nonnull x, size_t rows, size_t width);
} ck_kernels;

/// Runs on every processor.
const ck_kernels *_Nonnull ck_kernels_plain(void);

/// The fastest that this processor runs.
const ck_kernels *_Nonnull ck_kernels_best(void);

/// The set of this name; null where there is none or this processor does not run it.
const ck_kernels *_Nullable ck_kernels_named(const char *_Nonnull name);
