/* The loops of the compiled tier: `_kernel.c` includes this file once for each instruction set.
 *
 * A function is called N(name) here and name_avx512, name_avx2 or name_baseline in the module. With
 * `wide` the numbers are double and everything is calculated in double, otherwise in float.
 *
 * Sums. A row is cut into tiles of 128 classes. Class c of a tile is added to lane c % 32 of float
 * (c % 16 of double), 32 lanes are folded to 16, and tiles are added from left to right in double.
 * At the end lanes are folded by halves. A row of at most FEW classes is a tile of its own; one of
 * at most 16 floats is folded as `few_sums` says. So the order is that of the class count alone.
 *
 * Every instruction set gives the same bits: where a product is added, `fma` says so and rounds
 * once, and the compiler contracts nothing else (-ffp-contract=off).
 */
#define vf N(vf_)
#define vu N(vu_)
#define vd N(vd_)
#define vw N(vw_)
#define vb N(vb_)
#define vh N(vh_)
#define hf N(hf_)
#define VW N(VW_)
#define DW N(DW_)
#define LANES N(LANES_)
typedef float vf __attribute__((vector_size(BYTES)));
typedef uint32_t vu __attribute__((vector_size(BYTES)));
typedef double vd __attribute__((vector_size(BYTES)));
typedef uint64_t vw __attribute__((vector_size(BYTES)));
typedef uint8_t vb __attribute__((vector_size(BYTES / 4)));
typedef uint16_t vh __attribute__((vector_size(BYTES / 2)));
typedef float hf __attribute__((vector_size(BYTES / 2)));
enum { VW = BYTES / 4, DW = BYTES / 8, LANES = DOUBLES / DW };
#define BODY INLINE ATTRIBUTE
#define APART static __attribute__((noinline)) ATTRIBUTE
#define SPLAT_F(x) ((vf){0} + (x))
#define SPLAT_D(x) ((vd){0} + (x))

BODY vf N(load_f)(const void *p) { vf x; memcpy(&x, p, sizeof x); return x; }
BODY vd N(load_d)(const void *p) { vd x; memcpy(&x, p, sizeof x); return x; }
BODY void N(store)(void *p, vf x) { memcpy(p, &x, sizeof x); }

/* The i'th DW of the floats at p, or of x, as double. GCC 12 converts 8 in two steps. */
BODY vd N(load_wide)(const void *p, int i)
{
    hf x;
    memcpy(&x, (const char *)p + i * sizeof x, sizeof x);
#if defined(X86) && BYTES > 16
    return SIMD(cvtps_pd)(x);
#else
    return __builtin_convertvector(x, vd);
#endif
}
BODY vd N(widen)(vf x, int i)
{
#if defined(X86) && BYTES == 64
    return _mm512_cvtps_pd(i ? _mm512_extractf32x8_ps(x, 1) : _mm512_castps512_ps256(x));
#else
    return N(load_wide)(&x, i);
#endif
}

/* The larger (smaller) of a and b; b where one of them is NaN. */
#ifdef X86
BODY vf N(max_f)(vf a, vf b) { return SIMD(max_ps)(a, b); }
BODY vf N(min_f)(vf a, vf b) { return SIMD(min_ps)(a, b); }
BODY vd N(max_d)(vd a, vd b) { return SIMD(max_pd)(a, b); }
BODY vd N(min_d)(vd a, vd b) { return SIMD(min_pd)(a, b); }
#else
#define PICK(bits, test, a, b) (((bits)(test) & (bits)(a)) | (~(bits)(test) & (bits)(b)))
BODY vf N(max_f)(vf a, vf b) { return (vf)PICK(vu, a > b, a, b); }
BODY vf N(min_f)(vf a, vf b) { return (vf)PICK(vu, a < b, a, b); }
BODY vd N(max_d)(vd a, vd b) { return (vd)PICK(vw, a > b, a, b); }
BODY vd N(min_d)(vd a, vd b) { return (vd)PICK(vw, a < b, a, b); }
#endif

/* Bit i: whether lane i of a is above (equals) that of b. */
#if defined(X86) && BYTES == 64
#define BITS(lanes, type, a, b, how, test) _mm512_cmp_##type##_mask(a, b, how)
#elif defined(X86) && BYTES == 32
#define BITS(lanes, type, a, b, how, test) _mm256_movemask_##type(_mm256_cmp_##type(a, b, how))
#else
#define BITS(lanes, type, a, b, how, test)                                                        \
    ({                                                                                            \
        uint32_t bits = 0;                                                                        \
        for (int i = 0; i < lanes; i++)                                                           \
            bits |= (uint32_t)(a[i] test b[i]) << i;                                              \
        bits;                                                                                     \
    })
#endif
BODY uint32_t N(above_f)(vf a, vf b) { return BITS(VW, ps, a, b, _CMP_GT_OQ, >); }
BODY uint32_t N(equal_f)(vf a, vf b) { return BITS(VW, ps, a, b, _CMP_EQ_OQ, ==); }
BODY uint32_t N(above_d)(vd a, vd b) { return BITS(DW, pd, a, b, _CMP_GT_OQ, >); }
BODY uint32_t N(equal_d)(vd a, vd b) { return BITS(DW, pd, a, b, _CMP_EQ_OQ, ==); }
#undef BITS

/* a * b + c, rounded once. It makes exp 1.65 times as fast as two roundings do (AVX-512: 21.8
 * against 13.2 GB/s a thread). Baseline x86 calls the C library for it. */
#if defined(X86) && BYTES > 16
BODY vf N(fma_f)(vf a, vf b, vf c) { return SIMD(fmadd_ps)(a, b, c); }
BODY vd N(fma_d)(vd a, vd b, vd c) { return SIMD(fmadd_pd)(a, b, c); }
#else
#ifdef X86
#define FMA APART
#else
#define FMA BODY
#endif
FMA vf N(fma_f)(vf a, vf b, vf c)
{
    for (int i = 0; i < VW; i++)
        c[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return c;
}
FMA vd N(fma_d)(vd a, vd b, vd c)
{
    for (int i = 0; i < DW; i++)
        c[i] = __builtin_fma(a[i], b[i], c[i]);
    return c;
}
#endif

/* (1 + x) (1 + e) - 1, which keeps what is small. */
BODY vd N(times)(vd x, vd e) { return N(fma_d)(e, x + 1, x); }

/* p, the polynomial in x whose coefficients are in a table, that of the highest power first. */
#define POLYNOMIAL(p, x, fma, splat, table)                                                       \
    p = splat(table[0]);                                                                          \
    UNROLL for (int i = 1; i < COUNT(table); i++) p = fma(p, x, splat(table[i]))

/* exp(x) + c, rounded once where exp(x) = 2^n p(r): |r| <= ln(2)/2, with ln(2) in two parts. The
 * shifter leaves n + 127 in the low bits of t. x is kept within -87 and 88, so 2^n p is neither
 * subnormal nor infinite, and exact. The worst exp of all floats is off by 1.3627 * 2^-24. */
BODY vf N(exp_plus_f)(vf x, vf c)
{
    const vf shifter = SPLAT_F(0x1.8p23f + 127.0f);
    x = N(min_f)(SPLAT_F(88.0f), N(max_f)(SPLAT_F(-87.0f), x));
    vf t = N(fma_f)(x, SPLAT_F(1.44269504f), shifter);
    vf n = t - shifter;
    vf r = N(fma_f)(n, SPLAT_F(-0.693147182f), x);
    r = N(fma_f)(n, SPLAT_F(1.90465430e-09f), r);
    vf POLYNOMIAL(p, r, N(fma_f), SPLAT_F, EXP_F);
    return N(fma_f)(p, (vf)((vu)t << 23), c);
}

/* The same in double, x within -708 and 709. Measured at 30 million points: at most 1.04 ulp. */
BODY vd N(exp_plus_d)(vd x, vd c)
{
    const vd shifter = SPLAT_D(0x1.8p52 + 1023.0);
    x = N(min_d)(SPLAT_D(709.0), N(max_d)(SPLAT_D(-708.0), x));
    vd t = N(fma_d)(x, SPLAT_D(1.4426950408889634), shifter);
    vd n = t - shifter;
    vd r = N(fma_d)(n, SPLAT_D(-0.6931471805599453), x);
    r = N(fma_d)(n, SPLAT_D(-2.3190468138462996e-17), r);
    vd POLYNOMIAL(p, r, N(fma_d), SPLAT_D, EXP_D);
    return N(fma_d)(p, (vd)((vw)t << 52), c);
}

/* log(x) of a normal, finite, positive x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2):
 * log(1 + f) = 2 atanh(s), s = f / (2 + f), arranged as f - (f^2/2 - s (f^2/2 + z p(z))), z = s^2.
 * Measured at 20 million points: at most 0.84 ulp. */
BODY vd N(log)(vd x)
{
    vw bits = (vw)x;
    vw k = (bits - 0x3FE6A09E667F3BCDu + 0x8000000000000000u) >> 52; /* k + 2048 */
    vd n = (vd)(k | 0x4330000000000000u) - (0x1p52 + 2048.0);
    vd f = (vd)(bits - (k << 52) + 0x8000000000000000u) - 1.0;
    vd s = f / (f + 2.0), z = s * s, half = f * f * 0.5;
    vd POLYNOMIAL(p, z, N(fma_d), SPLAT_D, LOG);
    vd low = N(fma_d)(s, N(fma_d)(z, p, half), n * 2.8235290563031577e-13);
    return N(fma_d)(n, SPLAT_D(0.693147180559663), f - (half - low));
}

/* log of numbers from 1 to 2^1023, or NaN. */
BODY vd N(log_or_nan)(vd x) { return N(log)(x) + (x - x); }

/* The j'th VW numbers at p, which are not double, as float. */
BODY vf N(read_f)(const char *p, int j, int kind)
{
    vh h;
    vb b;
    p += j * VW * ITEM[kind];
    if (kind == F4)
        return N(load_f)(p);
    if (kind == U1) {
        memcpy(&b, p, sizeof b);
#if defined(X86) && BYTES > 16
        __m128i bytes = {0}; /* GCC 12 widens by more than two in many steps only */
        memcpy(&bytes, &b, sizeof b);
        return SIMD(cvtepi32_ps)(SIMD(cvtepu8_epi32)(bytes));
#else
        return __builtin_convertvector(b, vf);
#endif
    }
    memcpy(&h, p, sizeof h);
#if defined(X86) && BYTES > 16
    return kind == F2 ? (vf)SIMD(cvtph_ps)((HALF_SIMD)h)
                      : (vf)((vu)SIMD(cvtepu16_epi32)((HALF_SIMD)h) << 16);
#else
    vu u = __builtin_convertvector(h, vu), magnitude = (u & 0x7FFF) << 13;
    if (kind == BF)
        return (vf)(u << 16);
    vu x = (vu)((vf)magnitude * 0x1p112f); /* puts the exponent right, subnormal numbers too */
    return (vf)(x | ((vu)(magnitude > 0x0F7FFFFF) & 0x7F800000) | (u & 0x8000) << 16);
#endif
}

/* The j'th DW numbers at p as double. */
BODY vd N(read_d)(const char *p, int j, int kind)
{
    if (kind == F8)
        return N(load_d)(p + j * BYTES);
    return kind == F4 ? N(load_wide)(p, j) : N(widen)(N(read_f)(p, j / 2, kind), j % 2);
}

/* Where the group of x from number c on lies; if only `count` are left of it, a copy in `padded`,
 * filled up with what has the bits `fill`. Not by a call, which would cost all vector registers (20
 * ns a row). */
BODY const char *N(group)(char *padded, numbers x, Py_ssize_t c, Py_ssize_t count,
                          const uint64_t *fill)
{
    const int kind = x.kind;
    const char *p = x.at + c * ITEM[kind];
    if (count >= GROUP)
        return p;
    const int bytes = count * ITEM[kind];
    for (int i = 0; i < GROUP * ITEM[kind]; i += BYTES)
        N(store)(padded + i, (vf)((vw){0} + fill[kind]));
    char *to = padded;
    UNROLL
    for (int n = GROUP * 4; n; n /= 2)
        if (bytes & n) {
            memcpy(to, p, n);
            to += n;
            p += n;
        }
    return padded;
}

/* `group` of a row, filled up with what has no exponential; the number `left_out` is such, too. */
BODY const char *N(others)(char *padded, numbers x, Py_ssize_t c, Py_ssize_t count, int64_t left_out)
{
    const int item = ITEM[x.kind];
    const char *p = N(group)(padded, x, c, count, NONE);
    const uint64_t at = (uint64_t)(left_out - c);
    if (left_out < 0 || at >= GROUP)
        return p;
    if (p != padded)
        memcpy(padded, p, GROUP * item);
    memcpy(padded + at * item, &NONE[x.kind], item);
    return padded;
}

/* total += the lanes of a tile in float, folded to 16; or those in double, with what rounding lost
 * of the total in `lost` (Knuth). */
BODY void N(add_tile)(vd *total, vd *lost, const vf *floats, const vd *doubles, int wide)
{
    vf folded[LANES / 2];
    UNROLL
    for (int j = 0; j < LANES / 2; j++)
        folded[j] = floats[j] + floats[j + LANES / 2];
    UNROLL
    for (int j = 0; j < LANES; j++) {
        if (wide) {
            vd sum = total[j] + doubles[j];
            vd part = sum - total[j];
            lost[j] += (total[j] - (sum - part)) + (doubles[j] - part);
            total[j] = sum;
        } else
            total[j] += N(widen)(folded[j / 2], j % 2);
    }
}

/* The sum of 16 lanes, half to half; or of the product of all 1 + lane what it exceeds 1 by, in
 * which small lanes stay as they are. */
BODY double N(fold)(const vd *lanes, int product)
{
#define JOIN(a, b) (product ? ((a) + (b)) + (a) * (b) : (a) + (b))
    vd sums[LANES];
    UNROLL
    for (int j = 0; j < LANES; j++)
        sums[j] = lanes[j];
    UNROLL
    for (int width = LANES / 2; width; width /= 2)
        UNROLL
        for (int j = 0; j < width; j++)
            sums[j] = JOIN(sums[j], sums[j + width]);
#if defined(X86) && BYTES > 16
#if BYTES == 64
    __m256d four = JOIN(_mm512_castpd512_pd256(sums[0]), _mm512_extractf64x4_pd(sums[0], 1));
#else
    __m256d four = sums[0];
#endif
    __m128d two = JOIN(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
#else
    vd two = sums[0];
#endif
    return JOIN(two[0], two[1]);
}

/* The largest of the lanes, NaN aside. */
BODY double N(top)(vd x)
{
    double lanes[DW], top = -HUGE_VAL;
    memcpy(lanes, &x, sizeof lanes);
    for (int i = 0; i < DW; i++)
        top = lanes[i] > top ? lanes[i] : top;
    return top;
}

/* Whether any bit is set. */
BODY int N(any)(vw x)
{
    uint64_t lanes[DW], any = 0;
    memcpy(lanes, &x, sizeof lanes);
    for (int i = 0; i < DW; i++)
        any |= lanes[i];
    return any != 0;
}

/* The sum of the lanes and of what they lost, which is NaN beside an infinite sum. */
BODY double N(fold_all)(const vd *total, const vd *lost)
{
    double sum = N(fold)(total, 0), rest = N(fold)(lost, 0);
    return rest - rest == 0 ? sum + rest : sum;
}

/* The largest of lanes of float or, where wide, of double. */
BODY double N(top_of)(vf floats, vd doubles, int wide)
{
    return N(top)(wide ? doubles : N(max_d)(N(widen)(floats, 0), N(widen)(floats, 1)));
}

/* sum(exp(x - shift)) of a row, without a class if one is left out; if `top` is given, the row's
 * largest number and its tile. */
BODY double N(row_sum)(numbers row, Py_ssize_t classes, int wide, double shift, place *top,
                       int64_t left_out)
{
    const int size = wide ? 8 : 4;
    ALIGNED char padded[GROUP * 8];
    vd total[LANES] = ZEROS, lost[LANES] = ZEROS;
    for (Py_ssize_t tile = 0; tile < classes; tile += TILE) {
        vf floats[LANES] = ZEROS, tops_f = SPLAT_F(-HUGE_VALF);
        vd doubles[LANES] = ZEROS, tops_d = SPLAT_D(-HUGE_VAL);
        for (Py_ssize_t c = tile; c < classes && c < tile + TILE; c += GROUP) {
            const char *x = N(others)(padded, row, c, classes - c, left_out);
            UNROLL
            for (int j = 0; j < GROUP * size / BYTES; j++) {
                vd *lane = doubles + j % LANES;
                if (wide) {
                    vd v = N(read_d)(x, j, row.kind);
                    *lane = N(exp_plus_d)(v - shift, *lane);
                    if (top)
                        tops_d = N(max_d)(v, tops_d);
                } else {
                    vf v = N(read_f)(x, j, row.kind);
                    floats[j] = N(exp_plus_f)(v - (float)shift, floats[j]);
                    if (top)
                        tops_f = N(max_f)(v, tops_f);
                }
            }
        }
        N(add_tile)(total, lost, floats, doubles, wide);
        if (!top)
            continue;
        if (wide ? N(above_d)(tops_d, SPLAT_D(top->top))
                 : N(above_f)(tops_f, SPLAT_F((float)top->top)))
            *top = (place){tile, N(top_of)(tops_f, tops_d, wide)};
    }
    return N(fold_all)(total, lost);
}

BODY double N(row_max)(numbers row, Py_ssize_t classes, int64_t left_out)
{
    ALIGNED char padded[GROUP * 8];
    vd tops = SPLAT_D(-HUGE_VAL);
    for (Py_ssize_t c = 0; c < classes; c += GROUP) {
        const char *x = N(others)(padded, row, c, classes - c, left_out);
        for (int j = 0; j < 2 * LANES; j++)
            tops = N(max_d)(N(read_d)(x, j, row.kind), tops);
    }
    return N(top)(tops);
}

/* Takes the sums outside the safe range again, less the maximum of their rows, which goes to tops;
 * an infinite or NaN logarithm is a top, with a sum of 1. */
APART void N(sum_again)(numbers row, Py_ssize_t count, Py_ssize_t classes, double *sums,
                        double *tops)
{
    for (Py_ssize_t i = 0; i < count; i++, row.at += classes * ITEM[row.kind]) {
        if (sums[i] > LEAST && sums[i] < MOST)
            continue;
        tops[i] = sums[i]; /* NaN only where x has one: exp neither makes nor hides it */
        if (sums[i] == sums[i])
            tops[i] = N(row_max)(row, classes, -1);
        if (tops[i] - tops[i] != 0)
            sums[i] = 1;
        else if (row.kind == F8)
            sums[i] = N(row_sum)((numbers){row.at, F8}, classes, 1, tops[i], NULL, -1);
        else
            sums[i] = N(row_sum)(row, classes, 0, tops[i], NULL, -1);
    }
}

/* sums = log(sums) of BATCH rows, of which `count` are there; `largest` as in a task. */
BODY void N(finish)(numbers rows, Py_ssize_t count, Py_ssize_t classes, double *sums, vd *largest)
{
    double tops[BATCH] = {0};
    vw unsafe = {0};
    for (Py_ssize_t i = count; i < BATCH; i++)
        sums[i] = 1;
    UNROLL
    for (int i = 0; i < BATCH; i += DW) {
        vd sum = N(load_d)(sums + i);
        unsafe |= ~((vw)(sum > LEAST) & (vw)(sum < MOST));
    }
    if (N(any)(unsafe))
        N(sum_again)(rows, count, classes, sums, tops);
    UNROLL
    for (int i = 0; i < BATCH; i += DW) {
        vd sum = N(load_d)(tops + i) + N(log)(N(load_d)(sums + i));
        N(store)(sums + i, (vf)sum);
        *largest = N(max_d)((vd)((vw)sum & INT64_MAX), *largest);
    }
}

/* exp of `count` numbers as they lie to e, in whole groups. */
BODY void N(exps)(char *e, numbers x, Py_ssize_t count, int wide)
{
    const int size = wide ? 8 : 4;
    ALIGNED char padded[GROUP * 8];
    for (Py_ssize_t c = 0; c < count; c += GROUP) {
        const char *p = N(group)(padded, x, c, count - c, NONE);
        UNROLL
        for (int j = 0; j < GROUP * size / BYTES; j++, e += BYTES) {
            if (wide)
                N(store)(e, (vf)N(exp_plus_d)(N(read_d)(p, j, x.kind), SPLAT_D(0)));
            else
                N(store)(e, N(exp_plus_f)(N(read_f)(p, j, x.kind), SPLAT_F(0)));
        }
    }
}

/* Sums of rows of at most 16 floats: lane c + lane c + 8, then neighbours by pairs. Reads 8 rows at
 * a time, and so beyond the last. */
BODY void N(few_sums)(const char *e, Py_ssize_t rows, Py_ssize_t classes, double *sums)
{
    i8 low, high, part;
    memcpy(&low, FIRST(classes, 4), sizeof low);
    memcpy(&high, FIRST(classes, 4) + sizeof low, sizeof high);
    for (Py_ssize_t i = 0; i < rows; i += 8) {
        v8 r[8];
        UNROLL
        for (int j = 0; j < 8; j++, e += classes * 4) {
            memcpy(&part, e, sizeof part);
            r[j] = (v8)(part & low);
            if (classes > 8) {
                memcpy(&part, e + sizeof part, sizeof part);
                r[j] += (v8)(part & high);
            }
        }
#define PAIRS(a, b)                                                                               \
    __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) +                                    \
        __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15)
        UNROLL
        for (int n = 4; n > 1; n /= 2)
            UNROLL
            for (int j = 0; j < n; j++)
                r[j] = PAIRS(r[2 * j], r[2 * j + 1]);
        /* 4 rows' first halves, then their second halves */
        r[0] = __builtin_shufflevector(r[0], r[1], 0, 1, 2, 3, 8, 9, 10, 11) +
               __builtin_shufflevector(r[0], r[1], 4, 5, 6, 7, 12, 13, 14, 15);
        for (int j = 0; j < 8; j++)
            sums[i + j] = r[0][j];
    }
}

/* The folds of rows of at most FEW numbers, which are double where they are products. */
BODY void N(short_folds)(const char *e, Py_ssize_t rows, Py_ssize_t classes, int wide, int product,
                         double *folds)
{
    const int size = wide ? 8 : 4;
    const Py_ssize_t whole = classes / GROUP * GROUP;
    if (!wide && classes <= 16) {
        N(few_sums)(e, rows, classes, folds);
        return;
    }
    if (wide && classes == 1) {
        memcpy(folds, e, rows * sizeof *folds);
        return;
    }
    vu marks[GROUP * 8 / BYTES];
    for (int j = 0; j < GROUP * size / BYTES; j++)
        marks[j] = (vu)N(load_f)(FIRST(classes % GROUP, size) + j * BYTES);
    for (Py_ssize_t i = 0; i < rows; i++) {
        const char *row = e + i * classes * size;
        vf floats[LANES] = ZEROS;
        vd doubles[LANES] = ZEROS;
        for (Py_ssize_t c = 0; c <= whole; c += GROUP)
            UNROLL
            for (int j = 0; j < GROUP * size / BYTES; j++) {
                vu part = (vu)N(load_f)(row + c * size + j * BYTES);
                part = c < whole ? part : part & marks[j];
                if (product)
                    doubles[j % LANES] = N(times)(doubles[j % LANES], (vd)part);
                else if (wide)
                    doubles[j % LANES] += (vd)part;
                else
                    floats[j] += (vf)part;
            }
        if (!wide)
            N(add_tile)(doubles, NULL, floats, NULL, 0);
        folds[i] = N(fold)(doubles, product);
    }
}

/* log(1 + x) of numbers from 0 to 2^1022, or NaN: what 1 + x rounds off is put back. */
BODY vd N(log_1p)(vd x)
{
    const vd whole = x + 1;
    return N(log_or_nan)(whole) + (x - (whole - 1)) / whole;
}

/* exp(x) of one number. */
BODY double N(exp_1)(double x) { return N(exp_plus_d)(SPLAT_D(x), SPLAT_D(0))[0]; }

/* The first `count` bits of a word. */
BODY uint64_t N(lowest)(Py_ssize_t count)
{
    return count >= 64 ? UINT64_MAX : count > 0 ? (1ull << count) - 1 : 0;
}

/* The sum of the exponentials of a row of at most FEW classes, but for that of the label. */
BODY double N(few_others)(const char *e, Py_ssize_t classes, int64_t label, int wide)
{
#define POWER(c) (wide ? ((const double *)e)[c] : ((const float *)e)[c])
    double parts[4] = {0};
    Py_ssize_t c = 0;
    for (; c + 4 <= classes; c += 4)
        UNROLL
        for (int j = 0; j < 4; j++)
            parts[j] += c + j == label ? 0 : POWER(c + j);
    for (; c < classes; c++)
        parts[c % 4] += c == label ? 0 : POWER(c);
    return (parts[0] + parts[1]) + (parts[2] + parts[3]);
#undef POWER
}

/* log(1 + sum of the others' e^(x - own)) of a row, shifted by the largest of them; `gap` where that
 * is no finite number. */
APART double N(gap_again)(numbers row, Py_ssize_t classes, int64_t label, double own, double gap)
{
    const double top = N(row_max)(row, classes, label), far = top - own;
    const double back = far - top, rest = (top - (far - back)) - (own + back); /* Knuth */
    if (top - top != 0)
        return top == -HUGE_VAL ? 0 : gap;
    const double sum = row.kind == F8
                           ? N(row_sum)((numbers){row.at, F8}, classes, 1, top, NULL, label)
                           : N(row_sum)(row, classes, 0, top, NULL, label);
    const double scaled = sum + sum * rest, half = N(exp_1)(far / 2);
    if (far > 600)
        return far + (N(log)(SPLAT_D(sum))[0] + rest);
    if (far < -600) /* exp itself ends at e^-708 */
        return scaled * half * half;
    return N(log_1p)(SPLAT_D(scaled * N(exp_1)(far)))[0];
}

/* The gaps of rows that their subtraction does not give. Of labels that are sure lse is their own
 * logit and little more; of large numbers a rounding of lse is much of the gap. `e` has the
 * exponentials of short rows. */
APART void N(pick_again)(numbers rows, uint32_t which, Py_ssize_t classes, const char *labels,
                         const char *e, const double *own, double *gaps)
{
    const int item = ITEM[rows.kind], wide = rows.kind == F8, size = wide ? 8 : 4;
    const double near = wide ? 600 : 80;
    double others[BATCH] = {0};
    uint32_t found = 0;
    for (; which; which &= which - 1) {
        const int i = __builtin_ctz(which);
        int64_t label;
        if (own[i] - own[i] != 0)
            continue;
        memcpy(&label, labels + i * 8, sizeof label);
        const numbers row = {rows.at + i * classes * item, rows.kind};
        if (__builtin_fabs(own[i]) < near) {
            others[i] = e ? N(few_others)(e + i * classes * size, classes, label, wide)
                        : wide ? N(row_sum)((numbers){row.at, F8}, classes, 1, 0, NULL, label)
                               : N(row_sum)(row, classes, 0, 0, NULL, label);
            if (others[i] > LEAST && others[i] < MOST) {
                found |= 1u << i;
                continue;
            }
            others[i] = 0;
        }
        gaps[i] = N(gap_again)(row, classes, label, own[i], gaps[i]);
    }
    for (int i = 0; i < BATCH; i += DW) {
        if (!(found >> i & ((1u << DW) - 1)))
            continue;
        const vd sums = N(load_d)(others + i);
        const vd gap = N(log_1p)(sums * N(exp_plus_d)(-N(load_d)(own + i), SPLAT_D(0)));
        const vw there = (vw)(sums > 0);
        N(store)(gaps + i, (vf)((there & (vw)gap) | (~there & (vw)N(load_d)(gaps + i))));
    }
}

/* gaps = lse - x[label], at least 0, of BATCH rows, and own = x[label]; NaN where the label is no
 * class. */
BODY void N(pick)(numbers rows, Py_ssize_t count, Py_ssize_t classes, const char *labels,
                  const char *e, const double *lse, double *gaps, double *own, vd *largest)
{
    const int item = ITEM[rows.kind];
    char picked[BATCH * 8];
    memset(picked, 0xFF, BATCH * item); /* a NaN of each kind */
    for (Py_ssize_t i = 0; i < count; i++) {
        int64_t label;
        memcpy(&label, labels + i * 8, sizeof label);
        if ((uint64_t)label >= (uint64_t)classes)
            continue;
        const char *x = rows.at + (i * classes + label) * item;
        if (item == 4)
            memcpy(picked + i * 4, x, 4);
        else if (item == 2)
            memcpy(picked + i * 2, x, 2);
        else
            memcpy(picked + i * 8, x, 8);
    }
    const vd reach = SPLAT_D(rows.kind == F8 ? 4 : 0x1p24);
    uint32_t again = 0;
    for (int i = 0; i < BATCH / DW; i++) {
        vd x = N(read_d)(picked, i, rows.kind);
        vd gap = N(max_d)(SPLAT_D(0), N(load_d)(lse + i * DW) - x);
        again |= (N(above_d)(SPLAT_D(SURE), gap) | N(above_d)((vd)((vw)x & INT64_MAX), gap * reach))
                 << i * DW;
        N(store)(own + i * DW, (vf)x);
        *largest = N(max_d)(gap, *largest);
        N(store)(gaps + i * DW, (vf)gap);
    }
    if (again & N(lowest)(count))
        N(pick_again)(rows, again & N(lowest)(count), classes, labels, e, own, gaps);
}

/* Bits of numbers from `part` on, as many as a vector holds: those above `given`, or equal to it. */
BODY uint64_t N(above)(numbers part, double given, int wide)
{
    return wide ? N(above_d)(N(read_d)(part.at, 0, part.kind), SPLAT_D(given))
                : N(above_f)(N(read_f)(part.at, 0, part.kind), SPLAT_F((float)given));
}
BODY uint64_t N(equal)(numbers part, double given, int wide)
{
    return wide ? N(equal_d)(N(read_d)(part.at, 0, part.kind), SPLAT_D(given))
                : N(equal_f)(N(read_f)(part.at, 0, part.kind), SPLAT_F((float)given));
}

/* Whether the label, whose number is `own`, is the top of `count` numbers. */
BODY int N(is_top)(numbers part, Py_ssize_t count, int64_t label, double own, int wide)
{
    const int lanes = wide ? DW : VW;
    uint64_t better = 0;
    for (Py_ssize_t c = 0; c < count; c += lanes, part.at += lanes * ITEM[part.kind])
        better |= (N(above)(part, own, wide) & N(lowest)(count - c)) |
                  (N(equal)(part, own, wide) & N(lowest)(label - c));
    return !better;
}

/* The largest of `count` numbers, NaN aside. */
BODY double N(largest)(numbers part, Py_ssize_t count, int wide)
{
    const int lanes = wide ? DW : VW;
    vf floats = SPLAT_F(-HUGE_VALF);
    vd doubles = SPLAT_D(-HUGE_VAL);
    for (Py_ssize_t c = 0; c < count; c += lanes, part.at += lanes * ITEM[part.kind]) {
        const Py_ssize_t left = count - c < lanes ? count - c : lanes;
        const vu inside = (vu)N(load_f)(FIRST(left, BYTES / lanes));
        if (wide) {
            vu v = (vu)N(read_d)(part.at, 0, part.kind) & inside;
            doubles = N(max_d)((vd)(v | ((vu)SPLAT_D(-HUGE_VAL) & ~inside)), doubles);
        } else {
            vu v = (vu)N(read_f)(part.at, 0, part.kind) & inside;
            floats = N(max_f)((vf)(v | ((vu)SPLAT_F(-HUGE_VALF) & ~inside)), floats);
        }
    }
    return N(top_of)(floats, doubles, wide);
}

/* Where `top` is first among the numbers of a part, of which it is one. */
BODY Py_ssize_t N(first)(numbers part, double top, int wide)
{
    const int lanes = wide ? DW : VW;
    for (Py_ssize_t c = 0;; c += lanes, part.at += lanes * ITEM[part.kind]) {
        const uint64_t equal = N(equal)(part, top, wide);
        if (equal)
            return c + __builtin_ctzll(equal);
    }
}

/* Bits of the BATCH numbers that are above `limit`. */
BODY uint32_t N(all_above)(const double *numbers, double limit)
{
    uint32_t bits = 0;
    for (int i = 0; i < BATCH; i += DW)
        bits |= N(above_d)(N(load_d)(numbers + i), SPLAT_D(limit)) << i;
    return bits;
}

/* Bits of the BATCH numbers that are no NaN. */
BODY uint32_t N(all_numbers)(const double *numbers)
{
    uint32_t bits = 0;
    for (int i = 0; i < BATCH; i += DW)
        bits |= N(equal_d)(N(load_d)(numbers + i), N(load_d)(numbers + i)) << i;
    return bits;
}

/* A vector that ends beyond the data is read from a copy. */
BODY numbers N(part)(task *t, const char *at, Py_ssize_t count, char *padded)
{
    const int item = ITEM[t->x.kind];
    if (t->x.at + t->rows * t->classes * item - at < count * item + BYTES)
        at = memcpy(padded, at, count * item);
    return (numbers){at, t->x.kind};
}

/* Whether the labels of `n` rows of at most FEW classes are their tops: sure where their probability
 * is above 1/2, out of the question below 1 / classes, and else seen by a look at the row. Rows with
 * NaN have no top, and labels that are no class no number. */
BODY void N(note_hits)(task *t, const char *at, Py_ssize_t start, Py_ssize_t n, const double *lse,
                       const double *gaps, const double *own, int wide)
{
    const uint32_t all = N(lowest)(n) & N(all_numbers)(lse) & N(all_numbers)(own);
    const uint32_t miss = N(all_above)(gaps, log(t->classes) + 1e-3);
    uint32_t hits = all & N(all_numbers)(gaps) & ~N(all_above)(gaps, 0.69);
    ALIGNED char padded[FEW * 8 + BYTES];
    uint8_t bytes[BATCH];
    for (uint32_t left = all & ~hits & ~miss; left; left &= left - 1) {
        const int i = __builtin_ctz(left);
        int64_t label;
        memcpy(&label, t->y.at + (start + i) * 8, sizeof label);
        const numbers row = N(part)(t, at + i * t->classes * ITEM[t->x.kind], t->classes, padded);
        hits |= (uint32_t)N(is_top)(row, t->classes, label, own[i], wide) << i;
    }
    for (int i = 0; i < BATCH; i++)
        bytes[i] = hits >> i & 1;
    memcpy(t->hits + start, bytes, n);
}

/* The tops of `n` rows and, if they are wanted, hits; rows with NaN have none. `tiles` has the top
 * of long rows and its tile. */
BODY void N(note_tops)(task *t, const char *at, Py_ssize_t start, Py_ssize_t n, const double *lse,
                       const place *tiles, int wide)
{
    const Py_ssize_t classes = t->classes, item = ITEM[t->x.kind];
    ALIGNED char padded[TILE * 8 + BYTES];
    for (Py_ssize_t i = 0; i < n; i++, at += classes * item) {
        const Py_ssize_t from = tiles ? tiles[i].at : 0;
        const Py_ssize_t count = classes - from < TILE ? classes - from : TILE;
        const numbers part = N(part)(t, at + from * item, count, padded);
        place top = {-1, NAN};
        if (lse[i] == lse[i] && count) {
            top.top = tiles ? tiles[i].top : N(largest)(part, count, wide);
            top.at = from + N(first)(part, top.top, wide);
        }
        if (t->tops) {
            t->tops[start + i] = top.top;
            t->top_classes[start + i] = top.at;
        }
        if (t->hits) {
            int64_t label;
            memcpy(&label, t->y.at + (start + i) * 8, sizeof label);
            t->hits[start + i] = top.at >= 0 && top.at == label;
        }
    }
}

BODY void N(logsumexp_of)(task *t, int kind, int wide, int wants_tops)
{
    const Py_ssize_t classes = t->classes, step = classes * ITEM[kind];
    vd largest = {0};
    for (Py_ssize_t start = 0; start < t->rows; start += BATCH) {
        const Py_ssize_t n = t->rows - start < BATCH ? t->rows - start : BATCH;
        const numbers rows = {t->x.at + start * step, kind};
        double lse[BATCH], gaps[BATCH], own[BATCH];
        place tiles[BATCH];
        ALIGNED char e[(BATCH * FEW + GROUP) * 8];
        if (classes <= FEW) {
            N(exps)(e, rows, n * classes, wide);
            N(short_folds)(e, n, classes, wide, 0, lse);
        } else
            for (Py_ssize_t i = 0; i < n; i++) {
                const numbers row = {rows.at + i * step, kind};
                tiles[i] = (place){0, -HUGE_VAL};
                lse[i] = wants_tops ? N(row_sum)(row, classes, wide, 0, tiles + i, -1)
                                    : N(row_sum)(row, classes, wide, 0, NULL, -1);
            }
        N(finish)(rows, n, classes, lse, &largest);
        memcpy(t->lse + start, lse, n * sizeof *lse);
        if (t->y.at) {
            N(pick)(rows, n, classes, t->y.at + start * 8, classes <= FEW ? e : NULL, lse, gaps, own,
                    &largest);
            memcpy(t->out + start, gaps, n * sizeof *gaps);
        }
        if (wants_tops && classes <= FEW && !t->tops)
            N(note_hits)(t, rows.at, start, n, lse, gaps, own, wide);
        else if (wants_tops)
            N(note_tops)(t, rows.at, start, n, lse, classes <= FEW ? NULL : tiles, wide);
    }
    t->largest = N(top)(largest);
}

/* Apart, because in a common function those without tops took 3 % more at 10 classes. */
APART void N(logsumexp_and_tops)(task *t)
{
    switch (t->x.kind) {
    case F4: N(logsumexp_of)(t, F4, 0, 1); break;
    case F8: N(logsumexp_of)(t, F8, 1, 1); break;
    default: N(logsumexp_of)(t, t->x.kind, 0, 1);
    }
}

ATTRIBUTE static void N(logsumexp)(task *t)
{
    if (t->tops || t->hits)
        N(logsumexp_and_tops)(t);
    else
        switch (t->x.kind) {
        case F4: N(logsumexp_of)(t, F4, 0, 0); break;
        case F8: N(logsumexp_of)(t, F8, 1, 0); break;
        default: N(logsumexp_of)(t, t->x.kind, 0, 0);
        }
}

/* sum mass (lse - x); unless `all`, a class without mass adds 0 whatever its x. */
BODY double N(crossed)(numbers x, numbers mass, double lse, Py_ssize_t classes, int all)
{
    const vw every = (vw){0} + (all ? UINT64_MAX : 0);
    ALIGNED char padded[GROUP * 8], padded_mass[GROUP * 8];
    vd total[LANES] = ZEROS, lost[LANES] = ZEROS;
    for (Py_ssize_t tile = 0; tile < classes; tile += TILE) {
        vd lanes[LANES] = ZEROS;
        for (Py_ssize_t c = tile; c < classes && c < tile + TILE; c += GROUP) {
            const char *xs = N(group)(padded, x, c, classes - c, ZERO);
            const char *ms = N(group)(padded_mass, mass, c, classes - c, ZERO);
            UNROLL
            for (int j = 0; j < 2 * LANES; j++) {
                vd number = N(read_d)(xs, j, x.kind), factor = N(read_d)(ms, j, mass.kind);
                vw gap = (vw)(lse - number) & ((vw)(factor != 0) | every);
                lanes[j % LANES] = N(fma_d)(factor, (vd)gap, lanes[j % LANES]);
            }
        }
        N(add_tile)(total, lost, (vf[LANES])ZEROS, lanes, 1);
    }
    return N(fold_all)(total, lost);
}

BODY void N(cross_mass_of)(task *t, int kind, int mass_kind)
{
    numbers x = {t->x.at, kind}, mass = {t->y.at, mass_kind};
    for (Py_ssize_t i = 0; i < t->rows; i++) {
        t->out[i] = N(crossed)(x, mass, t->lse[i], t->classes, t->all);
        x.at += t->classes * ITEM[kind];
        mass.at += t->y_step;
    }
}

ATTRIBUTE static void N(cross_mass)(task *t)
{
    switch (t->x.kind * KINDS + t->y.kind) {
    case F4 * KINDS + F4: N(cross_mass_of)(t, F4, F4); break;
    case F4 * KINDS + F8: N(cross_mass_of)(t, F4, F8); break;
    case F8 * KINDS + F8: N(cross_mass_of)(t, F8, F8); break;
    case F2 * KINDS + F4: N(cross_mass_of)(t, F2, F4); break;
    case BF * KINDS + F4: N(cross_mass_of)(t, BF, F4); break;
    default: N(cross_mass_of)(t, t->x.kind, t->y.kind);
    }
}

/* log of the product of all 1 + lane, each at most 2^512 and, where `few`, their product too. */
BODY double N(log_of_product)(vd *product, int few)
{
    if (few)
        return N(log_1p)(SPLAT_D(N(fold)(product, 1)))[0];
    UNROLL
    for (int j = 0; j < LANES; j++)
        product[j] = N(log_1p)(product[j]);
    return N(fold)(product, 0);
}

/* Of the j'th VW logits and targets: (1 - t) max(x, 0) + t max(-x, 0), added to `floats` or, where
 * wide, to `doubles`; and `e`, exp(-|x|). */
BODY void N(bce_terms)(numbers x, numbers targets, int j, int wide, vf *floats, vd *doubles,
                       vd *e)
{
    if (wide)
        UNROLL
        for (int i = 0; i < 2; i++) {
            vd v = N(read_d)(x.at, 2 * j + i, F8), t = N(read_d)(targets.at, 2 * j + i, F8);
            vd above = N(max_d)(SPLAT_D(0), v), below = above - v;
            doubles[i] += N(fma_d)(below, t, above * (1 - t));
            e[i] = N(exp_plus_d)(-(above + below), SPLAT_D(0));
        }
    else {
        vf v = N(read_f)(x.at, j, x.kind), t = N(read_f)(targets.at, j, targets.kind);
        vf above = N(max_f)(SPLAT_F(0), v), below = above - v;
        vf single = N(exp_plus_f)(-(above + below), SPLAT_F(0));
        *floats += N(fma_f)(below, t, above * (1 - t));
        e[0] = N(widen)(single, 0);
        e[1] = N(widen)(single, 1);
    }
}

/* sum (1 - t) max(x, 0) + t max(-x, 0) + log(1 + exp(-|x|)): the logarithms of RUN classes (of
 * fewer where wide, whose digits are more) are those of 16 products in double, less 1, whose factors
 * are in [1, 2]. */
BODY double N(bce)(numbers x, numbers targets, int wide, Py_ssize_t classes)
{
    ALIGNED char padded[GROUP * 8], padded_targets[GROUP * 8];
    const Py_ssize_t length = wide ? FEW_FACTORS : RUN;
    double logs = 0, logs_lost = 0;
    vd total[LANES] = ZEROS, lost[LANES] = ZEROS;
    for (Py_ssize_t run = 0; run < classes; run += length) {
        Py_ssize_t end = classes - run < length ? classes : run + length;
        vd product[LANES] = ZEROS;
        for (Py_ssize_t tile = run; tile < end; tile += TILE) {
            vf floats[LANES] = ZEROS;
            vd doubles[LANES] = ZEROS;
            for (Py_ssize_t c = tile; c < end && c < tile + TILE; c += GROUP) {
                const numbers xs = {N(group)(padded, x, c, classes - c, FAR), x.kind};
                const numbers ts = {N(group)(padded_targets, targets, c, classes - c, ZERO),
                                    targets.kind};
                UNROLL
                for (int j = 0; j < GROUP / VW; j++) {
                    vd e[2], *lane = product + 2 * j % LANES;
                    N(bce_terms)(xs, ts, j, wide, floats + j, doubles + 2 * j % LANES, e);
                    lane[0] = N(times)(lane[0], e[0]);
                    lane[1] = N(times)(lane[1], e[1]);
                }
            }
            N(add_tile)(total, lost, floats, doubles, wide);
        }
        const double more = N(log_of_product)(product, end - run <= FEW_FACTORS);
        const double sum = logs + more, part = sum - logs;
        logs_lost += (logs - (sum - part)) + (more - part);
        logs = sum;
    }
    return N(fold_all)(total, lost) + (logs + logs_lost);
}

/* The same of `rows` rows, at most BATCH, of at most FEW classes, whose products are of a row. */
BODY void N(short_bce)(numbers x, numbers targets, int wide, Py_ssize_t rows, Py_ssize_t classes,
                       double *out)
{
    const int size = wide ? 8 : 4;
    ALIGNED char terms[(BATCH * FEW + GROUP) * 8], exponentials[(BATCH * FEW + GROUP) * 8];
    ALIGNED char padded[GROUP * 8], padded_targets[GROUP * 8];
    double sums[BATCH], products[BATCH];
    const Py_ssize_t count = rows * classes;
    for (Py_ssize_t c = 0; c < count; c += GROUP) {
        const numbers xs = {N(group)(padded, x, c, count - c, FAR), x.kind};
        const numbers ts = {N(group)(padded_targets, targets, c, count - c, ZERO), targets.kind};
        UNROLL
        for (int j = 0; j < GROUP / VW; j++) {
            char *term = terms + (c + j * VW) * size, *power = exponentials + (c + j * VW) * 8;
            vf floats = {0};
            vd doubles[2] = ZEROS, e[2];
            N(bce_terms)(xs, ts, j, wide, &floats, doubles, e);
            if (!wide)
                N(store)(term, floats);
            UNROLL
            for (int i = 0; i < 2; i++) {
                if (wide)
                    N(store)(term + i * BYTES, (vf)doubles[i]);
                N(store)(power + i * BYTES, (vf)e[i]);
            }
        }
    }
    N(short_folds)(terms, rows, classes, wide, 0, sums);
    N(short_folds)(exponentials, rows, classes, 1, 1, products);
    for (Py_ssize_t i = rows; i < BATCH; i++)
        sums[i] = products[i] = 0;
    for (int i = 0; i < BATCH; i += DW) {
        vd sum = N(load_d)(sums + i) + N(log_1p)(N(load_d)(products + i));
        N(store)(sums + i, (vf)sum);
    }
    memcpy(out, sums, rows * sizeof *out);
}

BODY void N(bce_sums_of)(task *t, int kind, int target_kind, int wide)
{
    const Py_ssize_t step = t->classes <= FEW ? BATCH : 1;
    for (Py_ssize_t i = 0; i < t->rows; i += step) {
        const Py_ssize_t n = t->rows - i < step ? t->rows - i : step;
        const numbers x = {t->x.at + i * t->classes * ITEM[kind], kind};
        const numbers targets = {t->y.at + i * t->y_step, target_kind};
        if (step == BATCH)
            N(short_bce)(x, targets, wide, n, t->classes, t->out + i);
        else
            t->out[i] = N(bce)(x, targets, wide, t->classes);
    }
}

ATTRIBUTE static void N(bce_sums)(task *t)
{
    if (t->x.kind == F8)
        N(bce_sums_of)(t, F8, F8, 1);
    else
        N(bce_sums_of)(t, t->x.kind, t->y.kind, 0);
}

/* Adds 1024 values as the sums of two parts: with s = 1.5 * 2^k, (v + s) - s is v rounded to a
 * multiple of 2^(k - 52), whose sums are exact in any order; what is left goes through once more
 * (Rump, Ogita, Oishi: Accurate floating-point summation, 2008). 0 if something is left even then,
 * or is not finite: 0.5 ns a value, where add_to_bins takes 1.8. */
BODY int N(add_parts)(const double *values, double top, bins *sums)
{
    double splitter;
    uint64_t bits;
    if (!(top > 0x1p-900 && top < 0x1p900))
        return 0;
    memcpy(&bits, &top, sizeof bits);
    bits = (bits & 0x7FF0000000000000u) + ((uint64_t)12 << 52); /* top < 2^(k - 11) */
    memcpy(&splitter, &bits, sizeof splitter);
    splitter *= 1.5;
    vd first[LANES] = ZEROS, second[LANES] = ZEROS;
    vw left = {0};
    for (int i = 0; i < CHUNK; i += DOUBLES)
        UNROLL
        for (int j = 0; j < LANES; j++) {
            vd v = N(load_d)(values + i + j * DW);
            vd part = (v + splitter) - splitter;
            first[j] += part;
            v -= part;
            part = (v + splitter * 0x1p-42) - splitter * 0x1p-42;
            second[j] += part;
            left |= (vw)(v != part);
        }
    if (N(any)(left))
        return 0;
    add_to_bins(sums, N(fold)(first, 0));
    add_to_bins(sums, N(fold)(second, 0));
    return 1;
}

ATTRIBUTE static void N(summarise)(const double *values, Py_ssize_t start, Py_ssize_t end,
                                   bins *sums, place *least, place *most)
{
    for (; start < end; start += CHUNK) {
        const double *chunk = values + start;
        const Py_ssize_t count = end - start < CHUNK ? end - start : CHUNK;
        const Py_ssize_t whole = count / DOUBLES * DOUBLES;
        vd lows = SPLAT_D(HUGE_VAL), highs = SPLAT_D(-HUGE_VAL);
        for (Py_ssize_t i = 0; i < whole; i += DOUBLES)
            UNROLL
            for (int j = 0; j < LANES; j++) {
                vd v = N(load_d)(chunk + i + j * DW);
                lows = N(min_d)(v, lows);
                highs = N(max_d)(v, highs);
            }
        double low = N(top)(-lows), high = N(top)(highs);
        for (Py_ssize_t i = whole; i < count; i++) {
            low = -chunk[i] > low ? -chunk[i] : low;
            high = chunk[i] > high ? chunk[i] : high;
        }
        if (count < CHUNK || !N(add_parts)(chunk, high > low ? high : low, sums))
            for (Py_ssize_t i = 0; i < count; i++)
                add_to_bins(sums, chunk[i]);
        note_top(least, -1, low, chunk, start);
        note_top(most, 1, high, chunk, start);
    }
}

#undef TARGET
#undef ATTRIBUTE
#undef BYTES
#undef SIMD
#undef HALF_SIMD
