/* Mapped files that are cut while they are read: a page that is gone reads as zeros, and is noted.
 *
 * The system sends SIGBUS to who touches such a page. The handler puts an anonymous page in its
 * place and returns, so that the access succeeds; whoever reads the map asks whether that happened
 * before a result goes out.
 */
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile sig_atomic_t lost;
static uintptr_t page_size;

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    void *page = (void *)((uintptr_t)info->si_addr / page_size * page_size);
    (void)context;
    /* Broken memory, and what cannot be mended, end the process as ever. */
    if (info->si_code != BUS_ADRERR ||
        mmap(page, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
            MAP_FAILED) {
        signal(number, SIG_DFL);
        return;
    }
    lost = 1;
}

static PyObject *py_install(PyObject *self, PyObject *unused)
{
    struct sigaction action = {0};
    (void)self, (void)unused;
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, NULL) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *py_lost(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyBool_FromLong(lost);
}

static PyMethodDef METHODS[] = {
    {"install", py_install, METH_NOARGS, "install(): from now on pages that are gone read as zeros."},
    {"lost", py_lost, METH_NOARGS, "lost(): whether that happened."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_guard", NULL, 0, METHODS,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__guard(void)
{
    return PyModule_Create(&MODULE);
}
