/* The compiled tier of stable.py: sums of exp over the rows of a block, one read of the data.
 *
 * The order of every sum is fixed by the class count alone: class c of a tile of 128 belongs to
 * lane c % 32 of float (c % 16 of double), lanes are folded by halves, tiles are added from left to
 * right in double. No operation is contracted and no C library function is called, so every
 * instruction set gives the same bits. This file includes itself once for each of them.
 */
#ifndef XENT_BODY

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { TILE = 128, FLOATS = 32, DOUBLES = 16, GROUP = 32, BATCH = 32, FEW = 127 };
enum { F4, F8, F2, BF };

#if defined(__GNUC__) && !defined(XENT_SCALAR)
#define VECTOR 1
#define UNROLL _Pragma("GCC unroll 16")
#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC diagnostic ignored "-Wpsabi"
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#define X86 1
#endif
#else
#define INLINE static inline
#define UNROLL
#if defined(_MSC_VER)
#pragma fp_contract(off)
#endif
#endif

static const int ITEM[] = {4, 8, 2, 2};

/* A group of -inf in the bits of each kind. */
#define REPEATED(x) {x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, \
                     x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}
static const uint32_t NONE_F4[GROUP] = REPEATED(0xFF800000);
static const uint64_t NONE_F8[GROUP] = REPEATED(0xFFF0000000000000);
static const uint16_t NONE_F2[GROUP] = REPEATED(0xFC00);
static const uint16_t NONE_BF[GROUP] = REPEATED(0xFF80);
static const void *const NONE[] = {NONE_F4, NONE_F8, NONE_F2, NONE_BF};

/* `count` numbers at p, then -inf, as a group at `padded`. */
INLINE const char *pad(char *padded, const char *p, Py_ssize_t count, int kind)
{
    memcpy(padded, NONE[kind], GROUP * ITEM[kind]);
    memcpy(padded, p, count * ITEM[kind]);
    return padded;
}

#define GLUE_(a, b) a##_##b
#define GLUE(a, b) GLUE_(a, b)
#define N(name) GLUE(name, XENT_BODY)

typedef void block_function(const char *x, int kind, int wide, Py_ssize_t rows, Py_ssize_t classes,
                            double *out);

#define XENT_BODY baseline
#define BYTES 16
#define TARGET_ATTRIBUTE
#include "_kernel.c"
#undef XENT_BODY
#undef TARGET_ATTRIBUTE
#undef BYTES

#ifdef X86
#define XENT_BODY avx2
#define BYTES 32
#define XENT_F16C 1
#define TARGET_ATTRIBUTE __attribute__((target("avx2,f16c")))
#include "_kernel.c"
#undef XENT_BODY
#undef TARGET_ATTRIBUTE
#undef BYTES
#define XENT_BODY avx512
#ifndef B512
#define B512 64
#endif
#define BYTES B512
#define TARGET_ATTRIBUTE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,f16c")))
#include "_kernel.c"
#undef XENT_BODY
#undef TARGET_ATTRIBUTE
#undef BYTES
#endif

typedef struct {
    const char *name;
    block_function *logsumexp;
} tier;

static const tier TIERS[] = {
#ifdef X86
    {"avx512", logsumexp_avx512},
    {"avx2", logsumexp_avx2},
#endif
    {"baseline", logsumexp_baseline},
};
enum { TIER_COUNT = sizeof TIERS / sizeof *TIERS };
static const tier *chosen = TIERS + TIER_COUNT - 1;

static int is_supported(const tier *t)
{
#ifdef X86
    if (!strcmp(t->name, "avx512"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx2");
    if (!strcmp(t->name, "avx2"))
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c");
#endif
    (void)t;
    return 1;
}

static int kind_of(const char *name)
{
    static const char *const KINDS[] = {"f4", "f8", "f2", "bf"};
    for (int kind = 0; kind < 4; kind++)
        if (!strcmp(name, KINDS[kind]))
            return kind;
    PyErr_Format(PyExc_ValueError, "expected a kind of f4, f8, f2, bf, found '%s'", name);
    return -1;
}

static int has_size(const Py_buffer *view, const char *name, Py_ssize_t rows, Py_ssize_t classes,
                    int item)
{
    if (rows < 0 || classes < 0 || (classes && rows > PY_SSIZE_T_MAX / item / classes)) {
        PyErr_Format(PyExc_ValueError, "expected a shape of numbers from 0, found (%zd, %zd)", rows,
                     classes);
        return 0;
    }
    if (view->len != rows * classes * item) {
        PyErr_Format(PyExc_ValueError, "expected %zd bytes in %s for (%zd, %zd), found %zd",
                     rows * classes * item, name, rows, classes, view->len);
        return 0;
    }
    if ((uintptr_t)view->buf % item) {
        PyErr_Format(PyExc_ValueError, "expected %s aligned to %d bytes", name, item);
        return 0;
    }
    return 1;
}

static PyObject *py_logsumexp(PyObject *self, PyObject *args)
{
    Py_buffer x, out;
    const char *name;
    int wide;
    Py_ssize_t rows, classes;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*spnnw*:logsumexp", &x, &name, &wide, &rows, &classes, &out))
        return NULL;
    int kind = kind_of(name);
    int good = kind >= 0 && has_size(&x, "x", rows, classes, ITEM[kind]) &&
               has_size(&out, "out", rows, 1, 8);
    if (good) {
        block_function *run = chosen->logsumexp;
        Py_BEGIN_ALLOW_THREADS
        run(x.buf, kind, wide || kind == F8, rows, classes, out.buf);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&x);
    PyBuffer_Release(&out);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *py_targets(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    PyObject *names = PyList_New(0);
    for (int i = 0; names && i < TIER_COUNT; i++) {
        if (!is_supported(TIERS + i))
            continue;
        PyObject *name = PyUnicode_FromString(TIERS[i].name);
        if (!name || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyObject *py_target(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyUnicode_FromString(chosen->name);
}

static PyObject *py_choose(PyObject *self, PyObject *args)
{
    const char *name;
    (void)self;
    if (!PyArg_ParseTuple(args, "s:choose", &name))
        return NULL;
    for (int i = 0; i < TIER_COUNT; i++)
        if (!strcmp(name, TIERS[i].name) && is_supported(TIERS + i)) {
            chosen = TIERS + i;
            Py_RETURN_NONE;
        }
    return PyErr_Format(PyExc_ValueError, "this machine has no target '%s'", name);
}

static PyMethodDef METHODS[] = {
    {"logsumexp", py_logsumexp, METH_VARARGS,
     "logsumexp(x, kind, wide, rows, classes, out): log(sum(exp(x))) of each row into out."},
    {"targets", py_targets, METH_NOARGS, "Names of this machine's targets, the best first."},
    {"target", py_target, METH_NOARGS, "Name of the target in use."},
    {"choose", py_choose, METH_VARARGS, "choose(name): use this target from now on."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_kernel", NULL, 0, METHODS,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void)
{
#ifdef X86
    __builtin_cpu_init();
#endif
    for (int i = TIER_COUNT - 1; i >= 0; i--)
        if (is_supported(TIERS + i))
            chosen = TIERS + i;
    return PyModule_Create(&MODULE);
}

#else /* the body, for one target */

#define vf N(vf_)
#define vu N(vu_)
#define vd N(vd_)
#define vw N(vw_)
#define hf N(hf_)
#define vh N(vh_)
#define VW N(VW_)
#define DW N(DW_)
#define PARTS N(PARTS_)
#define BODY INLINE TARGET_ATTRIBUTE
#ifdef VECTOR
typedef float vf __attribute__((vector_size(BYTES)));
typedef uint32_t vu __attribute__((vector_size(BYTES)));
typedef double vd __attribute__((vector_size(BYTES)));
typedef uint64_t vw __attribute__((vector_size(BYTES)));
typedef float hf __attribute__((vector_size(BYTES / 2)));
typedef uint16_t vh __attribute__((vector_size(BYTES / 2)));
enum { VW = BYTES / 4, DW = BYTES / 8, PARTS = 2 };
#define SPLAT_F(x) ((vf){0} + (x))
#define SPLAT_D(x) ((vd){0} + (x))
#define MASK_U(test) ((vu)(test))
#define ZEROS {{0}}
#define CONVERT(x, type) __builtin_convertvector(x, type)
#else
typedef float vf, hf;
typedef uint32_t vu;
typedef double vd;
typedef uint64_t vw;
typedef uint16_t vh;
enum { VW = 1, DW = 1, PARTS = 1 };
#define SPLAT_F(x) ((float)(x))
#define SPLAT_D(x) ((double)(x))
#define MASK_U(test) ((vu)-(vu)(test))
#define ZEROS {0}
#define CONVERT(x, type) ((type)(x))
#endif

BODY vu N(bits_f)(vf x) { vu u; memcpy(&u, &x, sizeof u); return u; }
BODY vf N(from_bits_f)(vu u) { vf x; memcpy(&x, &u, sizeof x); return x; }
BODY vw N(bits_d)(vd x) { vw u; memcpy(&u, &x, sizeof u); return u; }
BODY vd N(from_bits_d)(vw u) { vd x; memcpy(&x, &u, sizeof x); return x; }

/* The larger (smaller) of a and b; b where one of them is NaN. */
#if defined(X86) && BYTES == 64
#define X86_(op, a, b) ((__typeof__(b))_mm512_##op(a, b))
#elif defined(X86) && BYTES == 32
#define X86_(op, a, b) ((__typeof__(b))_mm256_##op(a, b))
#elif defined(X86)
#define X86_(op, a, b) ((__typeof__(b))_mm_##op(a, b))
#endif
#ifdef X86
BODY vf N(max_f)(vf a, vf b) { return X86_(max_ps, a, b); }
BODY vf N(min_f)(vf a, vf b) { return X86_(min_ps, a, b); }
BODY vd N(max_d)(vd a, vd b) { return X86_(max_pd, a, b); }
BODY vd N(min_d)(vd a, vd b) { return X86_(min_pd, a, b); }
#undef X86_
#elif defined(VECTOR)
#define PICK(type, bits, test, a, b) ((type)(((bits)(test) & (bits)(a)) | (~(bits)(test) & (bits)(b))))
BODY vf N(max_f)(vf a, vf b) { return PICK(vf, vu, a > b, a, b); }
BODY vf N(min_f)(vf a, vf b) { return PICK(vf, vu, a < b, a, b); }
BODY vd N(max_d)(vd a, vd b) { return PICK(vd, vw, a > b, a, b); }
BODY vd N(min_d)(vd a, vd b) { return PICK(vd, vw, a < b, a, b); }
#undef PICK
#else
BODY vf N(max_f)(vf a, vf b) { return a > b ? a : b; }
BODY vf N(min_f)(vf a, vf b) { return a < b ? a : b; }
BODY vd N(max_d)(vd a, vd b) { return a > b ? a : b; }
BODY vd N(min_d)(vd a, vd b) { return a < b ? a : b; }
#endif

/* exp(x) = 2^n (1 + r q(r)), |r| <= ln(2)/2, with ln(2) in two parts so that n * LN2_HIGH is exact.
 * The shifter leaves n + 127 in the low bits of t. 0 below -88, infinite above 88.5. */
BODY vf N(exp_f)(vf x)
{
    const vf shifter = SPLAT_F(0x1.8p23f + 127.0f);
    x = N(min_f)(SPLAT_F(88.5f), N(max_f)(SPLAT_F(-88.0f), x));
    vf t = x * 1.44269504f + shifter;
    vf n = t - shifter;
    vf r = (x - n * 0.693145751953125f) - n * 1.428606765330187e-06f;
    vf q = r * 0.0013933685841038823f + 0.008369184099137783f;
    q = q * r + 0.041666463017463684f;
    q = q * r + 0.16666504740715027f;
    q = q * r + 0.5f;
    q = q * r + 1.0f;
    q = q * r + 1.0f;
    return q * N(from_bits_f)(N(bits_f)(t) << 23);
}

/* The same in double: exp(r) = 1 + (r + r^2 q(r)). 0 below -709, infinite above 709.5. */
BODY vd N(exp_d)(vd x)
{
    const vd shifter = SPLAT_D(0x1.8p52 + 1023.0);
    x = N(min_d)(SPLAT_D(709.5), N(max_d)(SPLAT_D(-709.0), x));
    vd t = x * 1.4426950408889634 + shifter;
    vd n = t - shifter;
    vd r = (x - n * 0.693147180559663) - n * 2.8235290563031577e-13;
    vd q = r * 2.5100424157005067e-08 + 2.7620138719733994e-07;
    q = q * r + 2.7557268378684192e-06;
    q = q * r + 2.480152119021773e-05;
    q = q * r + 0.00019841269863105968;
    q = q * r + 0.0013888888917281794;
    q = q * r + 0.008333333333330051;
    q = q * r + 0.04166666666662399;
    q = q * r + 0.16666666666666669;
    q = q * r + 0.5;
    q = 1.0 + (r + r * r * q);
    return q * N(from_bits_d)(N(bits_d)(t) << 52);
}

/* log(x) of a normal, finite, positive x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2):
 * log(1 + f) = 2 atanh(s), s = f / (2 + f), arranged as f - (f^2/2 - s (f^2/2 + z p(z))). */
BODY vd N(log_d)(vd x)
{
    vw bits = N(bits_d)(x);
    vw k = (bits - 0x3FE6A09E667F3BCDu + 0x8000000000000000u) >> 52; /* k + 2048 */
    vd n = N(from_bits_d)(k | 0x4330000000000000u) - (0x1p52 + 2048.0);
    vd f = N(from_bits_d)(bits - (k << 52) + 0x8000000000000000u) - 1.0;
    vd s = f / (f + 2.0);
    vd z = s * s;
    vd p = z * 0.14617807153417325 + 0.15331611722055008;
    p = p * z + 0.1818289243253687;
    p = p * z + 0.22222211089379496;
    p = p * z + 0.28571428626253836;
    p = p * z + 0.3999999999989889;
    p = p * z + 0.666666666666667;
    vd half = f * f * 0.5;
    return n * 0.693147180559663 -
           ((half - (s * (half + z * p) + n * 2.8235290563031577e-13)) - f);
}

/* VW numbers at p, which are not double, as float: exactly. */
BODY vf N(load_f)(const char *p, int kind)
{
    vf x;
    vh h;
    if (kind == F4) {
        memcpy(&x, p, sizeof x);
        return x;
    }
    memcpy(&h, p, sizeof h);
    if (kind == BF)
        return N(from_bits_f)(CONVERT(h, vu) << 16);
#if defined(X86) && BYTES == 64
    return (vf)_mm512_cvtph_ps((__m256i)h);
#elif defined(X86) && BYTES == 32
    return (vf)_mm256_cvtph_ps((__m128i)h);
#else
    vu u = CONVERT(h, vu);
    vu magnitude = (u & 0x7FFF) << 13;
    x = N(from_bits_f)(magnitude) * 0x1p112f;
    return N(from_bits_f)(N(bits_f)(x) | (MASK_U(magnitude > 0x0F7FFFFF) & 0x7F800000) |
                          (u & 0x8000) << 16);
#endif
}

/* VW floats as PARTS vectors of double. */
BODY void N(widen)(vd *parts, vf x)
{
#if defined(X86) && BYTES == 64
    parts[0] = (vd)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)x));
    parts[1] = (vd)_mm512_cvtps_pd(_mm512_extractf32x8_ps((__m512)x, 1));
#else
    UNROLL
    for (int i = 0; i < PARTS; i++) {
        hf half;
        memcpy(&half, (const char *)&x + i * sizeof half, sizeof half);
        parts[i] = CONVERT(half, vd);
    }
#endif
}

/* VW numbers at p as PARTS vectors of double. */
BODY void N(load_d)(vd *parts, const char *p, int kind)
{
    if (kind == F8)
        memcpy(parts, p, PARTS * sizeof *parts);
    else
        N(widen)(parts, N(load_f)(p, kind));
}

/* lanes[c % 16] += exp(x[c] - shift) of 32 classes. */
BODY void N(add_group_d)(vd *lanes, const char *p, int kind, double shift)
{
    UNROLL
    for (int j = 0; j < GROUP / VW; j++) {
        vd x[PARTS];
        N(load_d)(x, p + (size_t)j * VW * ITEM[kind], kind);
        UNROLL
        for (int i = 0; i < PARTS; i++)
            lanes[(j * PARTS + i) % (DOUBLES / DW)] += N(exp_d)(x[i] - shift);
    }
}

/* lanes[c] += exp(x[c] - shift) of 32 classes. */
BODY void N(add_group_f)(vf *lanes, const char *p, int kind, double shift)
{
    UNROLL
    for (int j = 0; j < GROUP / VW; j++)
        lanes[j] += N(exp_f)(N(load_f)(p + (size_t)j * VW * ITEM[kind], kind) - (float)shift);
}

/* total += the lanes of a tile in double, with what rounding lost of it in `lost` (Knuth). */
BODY void N(add_tile_d)(vd *total, vd *lost, const vd *lanes)
{
    UNROLL
    for (int j = 0; j < DOUBLES / DW; j++) {
        vd sum = total[j] + lanes[j];
        vd part = sum - total[j];
        lost[j] += (total[j] - (sum - part)) + (lanes[j] - part);
        total[j] = sum;
    }
}

/* total += the lanes of a tile in float, folded to 16. */
BODY void N(add_tile_f)(vd *total, const vf *lanes)
{
    enum { HALF = FLOATS / 2 / VW };
    UNROLL
    for (int j = 0; j < HALF; j++) {
        vd parts[PARTS];
        N(widen)(parts, lanes[j] + lanes[j + HALF]);
        UNROLL
        for (int i = 0; i < PARTS; i++)
            total[j * PARTS + i] += parts[i];
    }
}

/* The sum of 16 lanes, half to half. */
BODY double N(fold)(const vd *lanes)
{
    vd sums[DOUBLES / DW];
    memcpy(sums, lanes, sizeof sums);
    UNROLL
    for (int width = DOUBLES / DW / 2; width; width /= 2)
        UNROLL
        for (int j = 0; j < width; j++)
            sums[j] += sums[j + width];
#if defined(X86) && BYTES == 64
    __m256d four = _mm512_castpd512_pd256((__m512d)sums[0]) +
                   _mm512_extractf64x4_pd((__m512d)sums[0], 1);
    __m128d two = _mm256_castpd256_pd128(four) + _mm256_extractf128_pd(four, 1);
    return two[0] + two[1];
#elif defined(X86) && BYTES == 32
    __m128d two = _mm256_castpd256_pd128((__m256d)sums[0]) +
                  _mm256_extractf128_pd((__m256d)sums[0], 1);
    return two[0] + two[1];
#elif defined(VECTOR)
    return sums[0][0] + sums[0][1];
#else
    return sums[0];
#endif
}

/* Adds the groups of a tile; what is missing in its last one counts as -inf. */
#define ADD_GROUPS(add_group, lanes)                                                              \
    for (Py_ssize_t c = 0; c < width; c += GROUP) {                                               \
        char padded[GROUP * 8];                                                                   \
        const char *group = p + c * ITEM[kind];                                                   \
        if (width - c < GROUP)                                                                    \
            group = pad(padded, group, width - c, kind);                                          \
        add_group(lanes, group, kind, shift);                                                     \
    }

BODY void N(add_part_f)(vd *total, const char *p, Py_ssize_t width, int kind, double shift)
{
    vf lanes[FLOATS / VW] = ZEROS;
    ADD_GROUPS(N(add_group_f), lanes)
    N(add_tile_f)(total, lanes);
}

BODY void N(add_part_d)(vd *total, vd *lost, const char *p, Py_ssize_t width, int kind,
                        double shift)
{
    vd lanes[DOUBLES / DW] = ZEROS;
    ADD_GROUPS(N(add_group_d), lanes)
    N(add_tile_d)(total, lost, lanes);
}

/* sum(exp(x - shift)) of a row. */
BODY double N(row_sum)(const char *p, Py_ssize_t classes, int kind, int wide, double shift)
{
    vd total[DOUBLES / DW] = ZEROS, lost[DOUBLES / DW] = ZEROS;
    if (wide) {
        for (; classes >= TILE; classes -= TILE, p += TILE * ITEM[kind])
            N(add_part_d)(total, lost, p, TILE, kind, shift);
        N(add_part_d)(total, lost, p, classes, kind, shift);
        UNROLL
        for (int j = 0; j < DOUBLES / DW; j++)
            total[j] += lost[j];
    } else {
        for (; classes >= TILE; classes -= TILE, p += TILE * ITEM[kind])
            N(add_part_f)(total, p, TILE, kind, shift);
        N(add_part_f)(total, p, classes, kind, shift);
    }
    return N(fold)(total);
}

BODY double N(row_max)(const char *p, Py_ssize_t classes, int kind)
{
    double lanes[GROUP], top = -HUGE_VAL;
    vd tops[GROUP / DW];
    for (int j = 0; j < GROUP / DW; j++)
        tops[j] = SPLAT_D(-HUGE_VAL);
    for (Py_ssize_t c = 0; c < classes; c += GROUP) {
        char padded[GROUP * 8];
        const char *group = p + c * ITEM[kind];
        if (classes - c < GROUP)
            group = pad(padded, group, classes - c, kind);
        for (int j = 0; j < GROUP / VW; j++) {
            vd x[PARTS];
            N(load_d)(x, group + (size_t)j * VW * ITEM[kind], kind);
            for (int i = 0; i < PARTS; i++)
                tops[j * PARTS + i] = N(max_d)(x[i], tops[j * PARTS + i]);
        }
    }
    memcpy(lanes, tops, sizeof lanes);
    for (int j = 0; j < GROUP; j++)
        top = lanes[j] > top ? lanes[j] : top;
    return top;
}

/* out = top + log(sum) of up to BATCH rows; a sum outside the safe range is taken again. */
BODY void N(finish)(const char *x, Py_ssize_t rows, Py_ssize_t classes, int kind, int wide,
                    double *sums, double *out)
{
    double tops[BATCH];
    for (Py_ssize_t i = 0; i < rows; i++) {
        const char *row = x + i * classes * ITEM[kind];
        tops[i] = 0;
        if (sums[i] > 1e-20 && sums[i] < 1e30)
            continue;
        tops[i] = sums[i]; /* NaN only where x has one: exp neither makes nor hides it */
        if (sums[i] == sums[i])
            tops[i] = N(row_max)(row, classes, kind);
        sums[i] = tops[i] - tops[i] == 0 ? N(row_sum)(row, classes, kind, wide, tops[i]) : 1;
    }
    for (Py_ssize_t i = rows; i < BATCH; i++)
        sums[i] = tops[i] = 1;
    for (int i = 0; i < BATCH; i += DW) {
        vd sum, top;
        memcpy(&sum, sums + i, sizeof sum);
        memcpy(&top, tops + i, sizeof top);
        sum = top + N(log_d)(sum);
        memcpy(sums + i, &sum, sizeof sum);
    }
    memcpy(out, sums, rows * sizeof *out);
}

/* exp of `count` numbers as they lie, to float or, where wide, to double. */
BODY void N(exps)(const char *x, Py_ssize_t count, int kind, int wide, char *e)
{
    for (Py_ssize_t c = 0; c < count; c += VW) {
        char padded[GROUP * 8];
        const char *group = x + c * ITEM[kind];
        if (count - c < VW)
            group = pad(padded, group, count - c, kind);
        if (wide) {
            vd parts[PARTS];
            N(load_d)(parts, group, kind);
            UNROLL
            for (int i = 0; i < PARTS; i++)
                parts[i] = N(exp_d)(parts[i]);
            memcpy(e + c * 8, parts, sizeof parts);
        } else {
            vf part = N(exp_f)(N(load_f)(group, kind));
            memcpy(e + c * 4, &part, sizeof part);
        }
    }
}

/* The same sums of rows of few classes: exp of the batch first, then the lanes of each row. */
BODY void N(short_sums)(const char *x, Py_ssize_t rows, Py_ssize_t classes, int kind, int wide,
                        double *sums)
{
    char e[(BATCH * FEW + GROUP) * 8];
    uint64_t marks[GROUP];
    const int size = wide ? 8 : 4;
    Py_ssize_t whole = classes / GROUP * GROUP;
    N(exps)(x, rows * classes, kind, wide, e);
    for (int c = 0; c < GROUP; c++) {
        if (wide)
            marks[c] = whole + c < classes ? UINT64_MAX : 0;
        else
            ((uint32_t *)marks)[c] = whole + c < classes ? UINT32_MAX : 0;
    }
    for (Py_ssize_t i = 0; i < rows; i++) {
        const char *row = e + i * classes * size;
        vd total[DOUBLES / DW] = ZEROS;
        vf floats[FLOATS / VW] = ZEROS;
        for (Py_ssize_t c = 0; c <= whole; c += GROUP, row += GROUP * size) {
            if (wide) {
                UNROLL
                for (int j = 0; j < GROUP / DW; j++) {
                    vw part, mark;
                    memcpy(&part, row + j * sizeof part, sizeof part);
                    memcpy(&mark, (char *)marks + j * sizeof mark, sizeof mark);
                    total[j % (DOUBLES / DW)] += N(from_bits_d)(c < whole ? part : part & mark);
                }
            } else {
                UNROLL
                for (int j = 0; j < GROUP / VW; j++) {
                    vu part, mark;
                    memcpy(&part, row + j * sizeof part, sizeof part);
                    memcpy(&mark, (char *)marks + j * sizeof mark, sizeof mark);
                    floats[j] += N(from_bits_f)(c < whole ? part : part & mark);
                }
            }
        }
        if (!wide)
            N(add_tile_f)(total, floats);
        sums[i] = N(fold)(total);
    }
}

BODY void N(logsumexp_of)(const char *x, Py_ssize_t rows, Py_ssize_t classes, int kind, int wide,
                          double *out)
{
    double sums[BATCH];
    for (Py_ssize_t start = 0; start < rows; start += BATCH) {
        Py_ssize_t n = rows - start < BATCH ? rows - start : BATCH;
        const char *batch = x + start * classes * ITEM[kind];
        if (classes <= FEW)
            N(short_sums)(batch, n, classes, kind, wide, sums);
        else
            for (Py_ssize_t i = 0; i < n; i++)
                sums[i] = N(row_sum)(batch + i * classes * ITEM[kind], classes, kind, wide, 0);
        N(finish)(batch, n, classes, kind, wide, sums, out + start);
    }
}

TARGET_ATTRIBUTE static void N(logsumexp)(const char *x, int kind, int wide, Py_ssize_t rows,
                                          Py_ssize_t classes, double *out)
{
    switch (kind * 2 + (wide || kind == F8)) {
    case F4 * 2: N(logsumexp_of)(x, rows, classes, F4, 0, out); break;
    case F4 * 2 + 1: N(logsumexp_of)(x, rows, classes, F4, 1, out); break;
    case F8 * 2 + 1: N(logsumexp_of)(x, rows, classes, F8, 1, out); break;
    case F2 * 2: N(logsumexp_of)(x, rows, classes, F2, 0, out); break;
    case F2 * 2 + 1: N(logsumexp_of)(x, rows, classes, F2, 1, out); break;
    case BF * 2: N(logsumexp_of)(x, rows, classes, BF, 0, out); break;
    case BF * 2 + 1: N(logsumexp_of)(x, rows, classes, BF, 1, out); break;
    }
}

#undef BODY
#undef SPLAT_F
#undef SPLAT_D
#undef MASK_U
#undef CONVERT
#undef ZEROS
#undef ADD_GROUPS
#endif
