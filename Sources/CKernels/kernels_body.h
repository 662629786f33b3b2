// Included once for each instruction set, with CK(name) giving each function its own name. Plain loops that the compiler
// vectorizes for the target in force; where a sum is to be vectorized, it says so with `reassociate`.

#include "kernels_sets.h"
#include "kernels_product.h"

/// Independent partial results of a maximum: the compiler may not reorder it by itself, because of NaN.
enum { CK(LANES) = 16 };

/// e^x within 2 units of the last place, for x clamped to [-87, 87].
/// The rounding by adding and subtracting 1.5 * 2^23 needs strict arithmetic: never compile it with -ffast-math.
static inline __attribute__((always_inline)) float CK(exponential)(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 87.0f ? 87.0f : x;
    const float magic = 12582912.0f;
    const float n = (x * 1.44269504f + magic) - magic;
    // ln 2 in two parts, so that the remainder keeps its digits.
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    const int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/// erf by Abramowitz and Stegun 7.1.26, off by less than 1.5e-7.
static inline __attribute__((always_inline)) float CK(error_function)(float z) {
    const float a = __builtin_fabsf(z);
    const float t = 1.0f / (1.0f + 0.3275911f * a);
    float q = 1.061405429f;
    q = q * t - 1.453152027f;
    q = q * t + 1.421413741f;
    q = q * t - 0.284496736f;
    q = q * t + 0.254829592f;
    const float y = 1.0f - q * t * CK(exponential)(-a * a);
    return z < 0 ? -y : y;
}

static void CK(embed)(float *restrict out, const int32_t *restrict ids, size_t rows, size_t width, const float *restrict words,
                      const float *restrict positions, const float *restrict kind) {
    for (size_t r = 0; r < rows; r++) {
        const float *word = words + (size_t)ids[r] * width;
        const float *position = positions + r * width;
        float *row = out + r * width;
        for (size_t i = 0; i < width; i++) row[i] = word[i] + position[i] + kind[i];
    }
}

static float CK(sum)(const float *x, size_t width) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (size_t i = 0; i < width; i++) sum += x[i];
    return sum;
}

static float CK(sum_of_squares)(const float *x, float mean, size_t width) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (size_t i = 0; i < width; i++) sum += (x[i] - mean) * (x[i] - mean);
    return sum;
}

static void CK(add)(float *restrict x, const float *restrict y, size_t width) {
    for (size_t i = 0; i < width; i++) x[i] += y[i];
}

static void CK(layer_norm)(float *restrict x, const float *restrict residual, const float *restrict gamma,
                           const float *restrict beta, size_t rows, size_t width, float epsilon) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * width;
        if (residual) CK(add)(row, residual + r * width, width);
        const float mean = CK(sum)(row, width) / (float)width;
        const float inverse = 1.0f / sqrtf(CK(sum_of_squares)(row, mean, width) / (float)width + epsilon);
        for (size_t i = 0; i < width; i++) row[i] = (row[i] - mean) * inverse * gamma[i] + beta[i];
    }
}

static void CK(gelu)(float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = 0.5f * x[i] * (1.0f + CK(error_function)(x[i] * 0.70710678f));
}

static float CK(maximum)(const float *x, size_t width) {
    float lanes[CK(LANES)];
    for (size_t l = 0; l < CK(LANES); l++) lanes[l] = x[0];
    size_t i = 0;
    for (; i + CK(LANES) <= width; i += CK(LANES)) {
        for (size_t l = 0; l < CK(LANES); l++) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
    }
    for (; i < width; i++) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
    float maximum = lanes[0];
    for (size_t l = 1; l < CK(LANES); l++) maximum = lanes[l] > maximum ? lanes[l] : maximum;
    return maximum;
}

static void CK(softmax)(float *restrict x, size_t rows, size_t width, size_t stride) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * stride;
        const float maximum = CK(maximum)(row, width);
        for (size_t i = 0; i < width; i++) row[i] = CK(exponential)(row[i] - maximum);
        const float inverse = 1.0f / CK(sum)(row, width);
        for (size_t i = 0; i < width; i++) row[i] *= inverse;
    }
}

#include "kernels_attention.h"

static float CK(mean_normalize)(float *restrict out, const float *restrict x, size_t rows, size_t width) {
    for (size_t i = 0; i < width; i++) out[i] = 0;
    for (size_t r = 0; r < rows; r++) CK(add)(out, x + r * width, width);
    const float inverse = 1.0f / (float)rows;
    for (size_t i = 0; i < width; i++) out[i] *= inverse;
    const float length = sqrtf(CK(sum_of_squares)(out, 0, width));
    if (length > 0) {
        for (size_t i = 0; i < width; i++) out[i] /= length;
    }
    return length;
}

static const ck_kernels CK(table) = {
    .name = CK_TITLE,
    .embed = CK(embed),
    .pack = CK(pack),
    .multiply = CK(multiply),
    .layer_norm = CK(layer_norm),
    .gelu = CK(gelu),
    .attend = CK(attend),
    .softmax = CK(softmax),
    .mean_normalize = CK(mean_normalize),
};
