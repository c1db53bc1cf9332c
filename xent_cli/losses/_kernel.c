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

enum { TILE = 128, FLOATS = 32, DOUBLES = 16, MARGIN = 64 };
enum { F4, F8, F2, BF };

#if defined(__GNUC__) && !defined(XENT_SCALAR)
#define VECTOR 1
#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC diagnostic ignored "-Wpsabi"
#endif
typedef float vf __attribute__((vector_size(32)));
typedef uint32_t vu __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));
typedef double vd __attribute__((vector_size(32)));
typedef uint64_t vw __attribute__((vector_size(32)));
typedef int64_t vl __attribute__((vector_size(32)));
typedef float hf __attribute__((vector_size(16)));
typedef uint16_t vh __attribute__((vector_size(16)));
enum { VW = 8, DW = 4 };
#define SPLAT_F(x) ((vf){0} + (x))
#define SPLAT_D(x) ((vd){0} + (x))
#define SELECT_F(mask, a, b) ((vf)(((vi)(mask) & (vi)(a)) | (~(vi)(mask) & (vi)(b))))
#define SELECT_D(mask, a, b) ((vd)(((vl)(mask) & (vl)(a)) | (~(vl)(mask) & (vl)(b))))
#else
#define INLINE static inline
#define TARGET
#if defined(_MSC_VER)
#pragma fp_contract(off)
#endif
typedef float vf, hf;
typedef uint32_t vu;
typedef int32_t vi;
typedef double vd;
typedef uint64_t vw;
typedef int64_t vl;
typedef uint16_t vh;
enum { VW = 1, DW = 1 };
#define SPLAT_F(x) ((float)(x))
#define SPLAT_D(x) ((double)(x))
#define SELECT_F(mask, a, b) ((mask) ? (a) : (b))
#define SELECT_D(mask, a, b) ((mask) ? (a) : (b))
#endif
enum { PARTS = VW / DW };

static const int ITEM[] = {4, 8, 2, 2};

#define GLUE_(a, b) a##_##b
#define GLUE(a, b) GLUE_(a, b)
#define N(name) GLUE(name, XENT_BODY)

typedef void block_function(const char *x, int kind, int wide, Py_ssize_t rows, Py_ssize_t classes,
                            double *out);

#define XENT_BODY baseline
#define TARGET_ATTRIBUTE
#include "_kernel.c"
#undef XENT_BODY
#undef TARGET_ATTRIBUTE

#if defined(VECTOR) && defined(__x86_64__)
#define XENT_BODY avx2
#define XENT_F16C 1
#define TARGET_ATTRIBUTE __attribute__((target("avx2,f16c")))
#include "_kernel.c"
#undef XENT_BODY
#undef TARGET_ATTRIBUTE
#define XENT_BODY avx512
#define TARGET_ATTRIBUTE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,f16c")))
#include "_kernel.c"
#undef XENT_BODY
#undef TARGET_ATTRIBUTE
#endif

typedef struct {
    const char *name;
    block_function *logsumexp;
} tier;

static const tier TIERS[] = {
#if defined(VECTOR) && defined(__x86_64__)
    {"avx512", logsumexp_avx512},
    {"avx2", logsumexp_avx2},
#endif
    {"baseline", logsumexp_baseline},
};
enum { TIER_COUNT = sizeof TIERS / sizeof *TIERS };
static const tier *chosen = TIERS + TIER_COUNT - 1;

static int is_supported(const tier *t)
{
#if defined(VECTOR) && defined(__x86_64__)
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
#if defined(VECTOR) && defined(__x86_64__)
    __builtin_cpu_init();
#endif
    for (int i = TIER_COUNT - 1; i >= 0; i--)
        if (is_supported(TIERS + i))
            chosen = TIERS + i;
    return PyModule_Create(&MODULE);
}

#else /* the body, for one target */

#define BODY INLINE TARGET_ATTRIBUTE

/* exp(x) = 2^n (1 + r q(r)), |r| <= ln(2)/2, ln(2) in two parts so that n * LN2_HIGH is exact.
 * n + 127 stands in the low bits of the shifter's sum. Below -88 it is 0, above 88.5 infinite. */
BODY vf N(exp_f)(vf x)
{
    x = SELECT_F(x < SPLAT_F(-88.0f), SPLAT_F(-88.0f), x);
    x = SELECT_F(x > SPLAT_F(88.5f), SPLAT_F(88.5f), x);
    const vf shifter = SPLAT_F(0x1.8p23f + 127.0f);
    vf t = x * 1.44269504f + shifter;
    vf n = t - shifter;
    vf r = (x - n * 0.693145751953125f) - n * 1.428606765330187e-06f;
    vf q = r * 0.0013933685841038823f + 0.008369184099137783f;
    q = q * r + 0.041666463017463684f;
    q = q * r + 0.16666504740715027f;
    q = q * r + 0.5f;
    q = q * r + 1.0f;
    q = q * r + 1.0f;
    vu bits;
    memcpy(&bits, &t, sizeof bits);
    bits <<= 23;
    memcpy(&t, &bits, sizeof t);
    return q * t;
}

/* VW numbers at p as float. */
BODY vf N(load_f)(const char *p, int kind)
{
    vf x;
    if (kind == F4) {
        memcpy(&x, p, sizeof x);
        return x;
    }
    return SPLAT_F(0);
}

BODY void N(add_exps_f)(vf *lanes, const char *p, int kind, float shift)
{
    for (int j = 0; j < FLOATS / VW; j++)
        lanes[j] += N(exp_f)(N(load_f)(p + (size_t)j * VW * ITEM[kind], kind) - shift);
}

/* Folds 32 lanes of float to 8 and adds them to 8 lanes of double. */
BODY void N(add_tile_f)(vd *total, vf *lanes)
{
    for (int width = FLOATS / VW / 2; width * VW >= 8; width /= 2)
        for (int j = 0; j < width; j++)
            lanes[j] += lanes[j + width];
    float folded[8];
    memcpy(folded, lanes, sizeof folded);
    for (int j = 0; j < 8 / DW; j++) {
#ifdef VECTOR
        hf part;
        memcpy(&part, folded + j * DW, sizeof part);
        total[j] += __builtin_convertvector(part, vd);
#else
        total[j] += folded[j];
#endif
    }
}

BODY double N(fold_d)(vd *total, int count)
{
    double lanes[DOUBLES];
    memcpy(lanes, total, count * sizeof *lanes);
    for (int width = count / 2; width; width /= 2)
        for (int j = 0; j < width; j++)
            lanes[j] += lanes[j + width];
    return lanes[0];
}

BODY double N(sum_f)(const char *p, Py_ssize_t classes, int kind, float shift)
{
    const int item = ITEM[kind];
    vd total[8 / DW];
    memset(total, 0, sizeof total);
    for (; classes >= TILE; classes -= TILE, p += TILE * item) {
        vf lanes[FLOATS / VW];
        memset(lanes, 0, sizeof lanes);
        for (int k = 0; k < TILE; k += FLOATS)
            N(add_exps_f)(lanes, p + k * item, kind, shift);
        N(add_tile_f)(total, lanes);
    }
    return N(fold_d)(total, 8);
}

TARGET_ATTRIBUTE static void N(logsumexp)(const char *x, int kind, int wide, Py_ssize_t rows,
                                          Py_ssize_t classes, double *out)
{
    (void)kind, (void)wide;
    for (Py_ssize_t i = 0; i < rows; i++)
        out[i] = log(N(sum_f)(x + i * classes * 4, classes, F4, 0));
}

#undef BODY
#endif
