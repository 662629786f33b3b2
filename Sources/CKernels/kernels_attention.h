// Attention within one text. Included once for each instruction set, after the products and softmax.

static void CK(attend)(float *restrict context, const float *restrict projected, float *restrict scratch, size_t tokens,
                       size_t heads, size_t head_width) {
    const size_t width = heads * head_width;
    const size_t stride = (tokens + 31) & ~(size_t)31;
    const float scale = 1.0f / sqrtf((float)head_width);
    float *const scores = scratch;
    float *const keys = scratch + tokens * stride;
    for (size_t h = 0; h < heads; h++) {
        const float *const query = projected + h * head_width;
        const float *const key = query + width;
        const float *const value = key + width;
        // Keys as weights: a panel's tokens beside each other, zeros where there are no more.
        float *place = keys;
        for (size_t panel = 0; panel < stride; panel += CK(PANEL)) {
            for (size_t i = 0; i < head_width; i++) {
                for (size_t t = panel; t < panel + CK(PANEL); t++) *place++ = t < tokens ? key[t * 3 * width + i] * scale : 0.0f;
            }
        }
        CK(product)(scores, query, keys, 0,
                    (CK(shape)){tokens, stride, head_width, stride, 3 * width, CK(PANEL), CK(PANEL) * head_width});
        CK(softmax)(scores, tokens, tokens, stride);
        // Values lie as weights do already.
        CK(product)(context + h * head_width, scores, value, 0,
                    (CK(shape)){tokens, head_width, tokens, width, stride, 3 * width, CK(PANEL)});
    }
}
