/* The compiled tier: sums of exp over the rows of a block, one read of the data; exact sums.
 *
 * This file has what the instruction sets share, the choice among them, and the Python module; the
 * loops are in `_kernel_body.h`.
 */
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if !defined(__GNUC__)
#error "needs the vector types of GCC or Clang; without them NumPy calculates"
#endif
#if defined(__clang__)
#pragma clang fp contract(off)
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#define X86
#endif
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define ALIGNED __attribute__((aligned(64)))
#define ZEROS {{0}}
#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* A plain sum of exp within these lost nothing to underflow and did not overflow. */
#define LEAST 1e-20
#define MOST 1e30
/* Classes of a tile; lanes of double; numbers read at once; rows finished at once; what is few
 * classes for these; values summed exactly at once; factors of a product, and of all products. */
enum { TILE = 128, DOUBLES = 16, GROUP = 32, BATCH = 32, FEW = 127, CHUNK = 1024, RUN = 8192,
       FEW_FACTORS = 512 };
#define SURE 0.75 /* gaps below it lose digits: their labels have more than 47 % */

/* Kinds of numbers: float, double, half, bfloat16, uint8, int64. */
enum { F4, F8, F2, BF, U1, I8, KINDS };
static const char *const KIND_NAMES[KINDS] = {"f4", "f8", "f2", "bf", "u1", "i8"};
static const int ITEM[KINDS] = {4, 8, 2, 2, 1, 8};

/* What fills up a group, in the bits of each kind: -inf; -1000, whose exp is 0 and whose product
 * with 0 is not NaN; 0. */
static const uint64_t NONE[KINDS] = {0xFF800000FF800000, 0xFFF0000000000000, 0xFC00FC00FC00FC00,
                                     0xFF80FF80FF80FF80};
static const uint64_t FAR[KINDS] = {0xC47A0000C47A0000, 0xC08F400000000000, 0xE3D0E3D0E3D0E3D0,
                                    0xC47AC47AC47AC47A};
static const uint64_t ZERO[KINDS] = {0};

/* Coefficients of exp, interpolated at Chebyshev nodes, and of log. */
static const float EXP_F[] = {0.0013933685841038823f, 0.008369184099137783f, 0.041666463017463684f,
                              0.16666504740715027f, 0.5f, 1.0f, 1.0f};
static const double EXP_D[] = {
    2.5100424157005067e-08, 2.7620138719733994e-07, 2.7557268378684192e-06, 2.480152119021773e-05,
    0.00019841269863105968, 0.0013888888917281794, 0.008333333333330051, 0.04166666666662399,
    0.16666666666666669, 0.5, 1.0, 1.0};
static const double LOG[] = {0.14617807153417325, 0.15331611722055008, 0.1818289243253687,
                             0.22222211089379496, 0.28571428626253836, 0.3999999999989889,
                             0.666666666666667};

/* FIRST(n, size): masks of a group of numbers of `size` bytes, of which the first n are kept. */
#define ONES UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX
ALIGNED static const uint64_t MASKS[2 * GROUP] = {ONES, ONES, ONES, ONES, ONES, ONES, ONES, ONES};
#define FIRST(n, size) ((const char *)(MASKS + GROUP) - (n) * (size))

typedef struct {
    const char *at;
    int kind;
} numbers;

/* What a function of rows is asked: the numbers x (rows, classes) and y, which are labels, mass or
 * targets, `y_step` bytes from a row's to the next's; where to write, and what is the greatest size
 * of an lse or out, NaN aside. Of a row's largest number: what it is, where it is first (-1 where
 * the row has a NaN or nothing), and whether that is the label; NULL where nobody asks. */
typedef struct {
    numbers x, y;
    Py_ssize_t rows, classes, y_step;
    double *lse, *out, *tops, largest;
    int64_t *top_classes;
    uint8_t *hits;
    int all;
} task;

/* Sums of the mantissas of doubles by exponent, in halves of 32 and 21 bits. */
enum { EXPONENTS = 2048 };
typedef struct {
    int64_t low[EXPONENTS], high[EXPONENTS];
    Py_ssize_t odd; /* values that are not finite */
} bins;

INLINE void add_to_bins(bins *sums, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = bits >> 52 & 0x7FF;
    int64_t sign = -(int64_t)(bits >> 63);
    uint64_t mantissa = (bits & 0xFFFFFFFFFFFFFu) | (uint64_t)(exponent != 0) << 52;
    sums->low[exponent] += ((int64_t)(mantissa & 0xFFFFFFFFu) ^ sign) - sign;
    sums->high[exponent] += ((int64_t)(mantissa >> 32) ^ sign) - sign;
    sums->odd += exponent == EXPONENTS - 1;
}

/* Where the greatest value, or that of -values, is first, and what it is. */
typedef struct {
    Py_ssize_t at;
    double top;
} place;

INLINE void note_top(place *known, int sign, double top, const double *chunk, Py_ssize_t start)
{
    for (Py_ssize_t i = 0; top > known->top; i++)
        if (sign * chunk[i] == top)
            *known = (place){start + i, top};
}

typedef float v8 __attribute__((vector_size(32)));
typedef uint32_t i8 __attribute__((vector_size(32)));

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define N(name) GLUE(name##_, TARGET)

#ifdef X86
#define TARGET avx512
#define ATTRIBUTE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c,bmi,bmi2")))
#define BYTES 64
#define SIMD(name) _mm512_##name
#define HALF_SIMD __m256i
#include "_kernel_body.h"
#define TARGET avx2
#define ATTRIBUTE __attribute__((target("avx2,fma,f16c,bmi,bmi2")))
#define BYTES 32
#define SIMD(name) _mm256_##name
#define HALF_SIMD __m128i
#include "_kernel_body.h"
#endif
#define TARGET baseline
#define ATTRIBUTE
#define BYTES 16
#define SIMD(name) _mm_##name
#include "_kernel_body.h"

typedef struct {
    const char *name;
    void (*functions[3])(task *t);
    void (*summarise)(const double *values, Py_ssize_t start, Py_ssize_t end, bins *sums,
                      place *least, place *most);
} tier;

enum { LOGSUMEXP, CROSS_MASS, BCE_SUMS };
#define TIER(target)                                                                              \
    {#target, {logsumexp_##target, cross_mass_##target, bce_sums_##target}, summarise_##target}
static const tier TIERS[] = {
#ifdef X86
    TIER(avx512),
    TIER(avx2),
#endif
    TIER(baseline),
};
static const tier *chosen;

static int is_supported(const tier *t)
{
#ifdef X86
    if (!strcmp(t->name, "avx512"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    if (!strcmp(t->name, "avx2"))
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2");
#endif
    (void)t;
    return 1;
}

static int kind_of(const char *name)
{
    for (int kind = 0; kind < KINDS; kind++)
        if (!strcmp(name, KIND_NAMES[kind]))
            return kind;
    PyErr_Format(PyExc_ValueError, "expected a kind of f4, f8, f2, bf, u1, i8, found '%s'", name);
    return -1;
}

/* Whether a buffer is that of rows x classes numbers of a kind; ValueError where it is not. */
static int fits(const Py_buffer *view, Py_ssize_t rows, Py_ssize_t classes, int kind)
{
    const Py_ssize_t item = ITEM[kind];
    if (rows >= 0 && classes >= 0 && (!classes || rows <= PY_SSIZE_T_MAX / item / classes) &&
        view->len == rows * classes * item)
        return 1;
    PyErr_Format(PyExc_ValueError, "expected %zd x %zd numbers of %s, found %zd bytes", rows,
                 classes, KIND_NAMES[kind], view->len);
    return 0;
}

/* The same of `rows` doubles, which C reads as such. */
static int is_column(const Py_buffer *view, Py_ssize_t rows)
{
    if ((uintptr_t)view->buf % sizeof(double) == 0)
        return fits(view, rows, 1, F8);
    PyErr_SetString(PyExc_ValueError, "expected aligned float64");
    return 0;
}

/* Sets t to what a function was given: x, y, lse, out; 0 with ValueError where they do not fit. */
static int take(task *t, int function, const Py_buffer *views, const char *kind, const char *y_kind)
{
    static const char *const LOOPS[] = {"f4i8 f8i8 f2i8 bfi8",
                                        "f4f4 f4f8 f8f8 f2f4 f2f8 bff4 bff8",
                                        "f4f4 f4u1 f8f8 f2f4 f2u1 bff4 bfu1"};
    const Py_buffer *x = views, *y = views + 1, *lse = views + 2, *out = views + 3;
    char pair[5] = {0};
    if ((t->x.kind = kind_of(kind)) < 0 || (t->y.kind = kind_of(y_kind)) < 0)
        return 0;
    memcpy(pair, kind, 2);
    memcpy(pair + 2, y_kind, 2);
    if (!strstr(LOOPS[function], pair)) {
        PyErr_Format(PyExc_ValueError, "no loop for x of %s and y of %s: expected a pair of %s",
                     kind, y_kind, LOOPS[function]);
        return 0;
    }
    t->x.at = x->buf;
    t->y.at = y->buf;
    t->lse = lse->buf;
    t->out = out->buf;
    t->y_step = t->classes * ITEM[t->y.kind];
    if (!fits(x, t->rows, t->classes, t->x.kind))
        return 0;
    if (function == LOGSUMEXP) {
        const Py_buffer *tops = views + 4, *top_classes = views + 5, *hits = views + 6;
        if (!y->len)
            t->y.at = NULL;
        t->tops = tops->len ? tops->buf : NULL;
        t->top_classes = tops->len ? top_classes->buf : NULL;
        t->hits = hits->len ? hits->buf : NULL;
        return is_column(lse, t->rows) &&
               (!y->len || (fits(y, t->rows, 1, I8) && is_column(out, t->rows))) &&
               (!tops->len || (is_column(tops, t->rows) && is_column(top_classes, t->rows))) &&
               (!hits->len || (fits(y, t->rows, 1, I8) && fits(hits, t->rows, 1, U1)));
    }
    if (function == CROSS_MASS && y->len == t->y_step)
        t->y_step = 0; /* every row has the same mass */
    else if (!fits(y, t->rows, t->classes, t->y.kind))
        return 0;
    return is_column(out, t->rows) && (function == BCE_SUMS || is_column(lse, t->rows));
}

/* Does what a function of rows is asked in `args`; the greatest size of an lse or out. */
static PyObject *run(PyObject *args, const char *format, int function)
{
    Py_buffer views[7] = {0};
    const char *kind, *y_kind;
    task t = {0};
    const int good_arguments =
        function == LOGSUMEXP
            ? PyArg_ParseTuple(args, format, views, &kind, views + 1, &y_kind, views + 2,
                               views + 3, views + 4, views + 5, views + 6, &t.rows, &t.classes)
            : PyArg_ParseTuple(args, format, views, &kind, views + 1, &y_kind, views + 2,
                               views + 3, &t.rows, &t.classes, &t.all);
    if (!good_arguments)
        return NULL;
    int good = take(&t, function, views, kind, y_kind);
    if (good) {
        const tier *now = chosen;
        Py_BEGIN_ALLOW_THREADS
        now->functions[function](&t);
        Py_END_ALLOW_THREADS
    }
    for (int i = 0; i < COUNT(views); i++)
        PyBuffer_Release(views + i);
    return good ? PyFloat_FromDouble(t.largest) : NULL;
}

#define ROWS_FUNCTION(name, function, format)                                                     \
    static PyObject *py_##name(PyObject *Py_UNUSED(self), PyObject *args)                         \
    {                                                                                             \
        return run(args, format ":" #name, function);                                             \
    }
ROWS_FUNCTION(logsumexp, LOGSUMEXP, "y*sy*sw*w*w*w*w*nn")
ROWS_FUNCTION(cross_mass, CROSS_MASS, "y*sy*sy*w*nnp")
ROWS_FUNCTION(bce_sums, BCE_SUMS, "y*sy*sy*w*nn")

/* total + (part << shift), of which `total` is given away; NULL if memory is short. */
static PyObject *add_shifted(PyObject *total, int64_t part, int shift)
{
    PyObject *number = PyLong_FromLongLong(part), *places = PyLong_FromLong(shift);
    PyObject *shifted = number && places ? PyNumber_Lshift(number, places) : NULL;
    PyObject *sum = total && shifted ? PyNumber_Add(total, shifted) : NULL;
    Py_XDECREF(number);
    Py_XDECREF(places);
    Py_XDECREF(shifted);
    Py_XDECREF(total);
    return sum;
}

static PyObject *py_summary(PyObject *Py_UNUSED(self), PyObject *args)
{
    static const Py_ssize_t FLUSH = 1 << 30; /* values that the bins have room for */
    Py_buffer values;
    bins sums;
    place least = {-1, -HUGE_VAL}, most = least;
    Py_ssize_t odd = 0;
    if (!PyArg_ParseTuple(args, "y*:summary", &values))
        return NULL;
    Py_ssize_t count = values.len / 8;
    PyObject *total = is_column(&values, count) ? PyLong_FromLong(0) : NULL;
    for (Py_ssize_t start = 0; total && start < count; start += FLUSH) {
        Py_ssize_t end = count - start < FLUSH ? count : start + FLUSH;
        const tier *t = chosen;
        memset(&sums, 0, sizeof sums);
        Py_BEGIN_ALLOW_THREADS
        t->summarise(values.buf, start, end, &sums, &least, &most);
        Py_END_ALLOW_THREADS
        odd += sums.odd;
        for (int e = 0; total && e < EXPONENTS - 1; e++) {
            int shift = e > 0 ? e - 1 : 0;
            if (sums.low[e] | sums.high[e])
                total = add_shifted(add_shifted(total, sums.high[e], shift + 32), sums.low[e],
                                    shift);
        }
    }
    PyBuffer_Release(&values);
    return total ? Py_BuildValue("Nnnn", total, odd, least.at, most.at) : NULL;
}

static PyObject *py_targets(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(none))
{
    PyObject *names = PyList_New(0);
    for (int i = 0; names && i < COUNT(TIERS); i++) {
        if (!is_supported(TIERS + i))
            continue;
        PyObject *name = PyUnicode_FromString(TIERS[i].name);
        if (!name || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyObject *py_target(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(none))
{
    return PyUnicode_FromString(chosen->name);
}

static PyObject *py_choose(PyObject *Py_UNUSED(self), PyObject *args)
{
    const char *name;
    if (!PyArg_ParseTuple(args, "s:choose", &name))
        return NULL;
    for (int i = 0; i < COUNT(TIERS); i++)
        if (!strcmp(name, TIERS[i].name) && is_supported(TIERS + i)) {
            chosen = TIERS + i;
            Py_RETURN_NONE;
        }
    return PyErr_Format(PyExc_ValueError, "this machine has no target '%s'", name);
}

static PyMethodDef METHODS[] = {
    {"logsumexp", py_logsumexp, METH_VARARGS,
     "logsumexp(x, kind, labels, 'i8', lse, gaps, tops, top_classes, hits, rows, classes): "
     "log(sum(exp(x))) of each row into lse, and lse - x[label] or 0 into gaps, NaN where the "
     "label is no class; the largest number and where it is first into tops and top_classes, NaN "
     "and -1 in a row with NaN; whether that is the label into hits. All but lse may be empty. The "
     "greatest size of an lse or a gap."},
    {"cross_mass", py_cross_mass, METH_VARARGS,
     "cross_mass(x, kind, mass, kind, lse, out, rows, classes, all): sum of mass times (lse - x) "
     "of each row into out; mass is that of each row or of all."},
    {"bce_sums", py_bce_sums, METH_VARARGS,
     "bce_sums(x, kind, targets, kind, b'', out, rows, classes): binary cross entropy of each row "
     "into out."},
    {"summary", py_summary, METH_VARARGS,
     "summary(values): the sum of the finite ones in units of 2**-1074, how many are not, and "
     "where the least and the greatest are first; -1 where none is below (above) infinity."},
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
    for (int i = COUNT(TIERS) - 1; i >= 0; i--)
        if (is_supported(TIERS + i))
            chosen = TIERS + i;
    PyObject *module = PyModule_Create(&MODULE);
#ifdef X86
    int fused = chosen != TIERS + COUNT(TIERS) - 1;
#else
    int fused = 1;
#endif
    if (module && PyModule_AddIntConstant(module, "fused", fused) < 0)
        Py_CLEAR(module);
    return module;
}
