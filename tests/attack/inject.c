/* Makes one call of a libc function fail, or do half of its work. Preloaded (LD_PRELOAD); armed by
 * the process that is to be attacked, through `attack_arm`. Calls on stderr are left alone: what a
 * program says of a failure has to be read. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char wanted[32];
static long left;
static int failure; /* 0: half of the work */
static int *fired;  /* shared with forks, so that the parent can ask */

__attribute__((constructor)) static void share(void)
{
    fired = mmap(NULL, sizeof *fired, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

void attack_arm(const char *name, long nth, int error)
{
    strncpy(wanted, name, sizeof wanted - 1);
    left = nth;
    failure = error;
    *fired = 0;
}

int attack_fired(void) { return *fired; }

static int due(const char *name, int descriptor)
{
    if (descriptor == STDERR_FILENO || strcmp(name, wanted) != 0)
        return 0;
    if (__atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) != 0)
        return 0;
    *fired = 1;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A call that can only fail. */
#define FAILS(type, name, family, parameters, arguments, descriptor) \
    type name parameters                                             \
    {                                                                \
        if (due(family, descriptor)) {                               \
            errno = failure;                                         \
            return (type)-1;                                         \
        }                                                            \
        return REAL(name) arguments;                                 \
    }

/* A call that may also do half of what it is asked for. */
#define MOVES(name, family, parameters, arguments, descriptor, size) \
    ssize_t name parameters                                          \
    {                                                                \
        if (due(family, descriptor)) {                               \
            if (failure) {                                           \
                errno = failure;                                     \
                return -1;                                           \
            }                                                        \
            size = size - size / 2;                                  \
        }                                                            \
        return REAL(name) arguments;                                 \
    }

#define OPENS(name, family, parameters, arguments) \
    int name parameters                            \
    {                                              \
        va_list rest;                              \
        va_start(rest, flags);                     \
        mode_t mode = va_arg(rest, mode_t);        \
        va_end(rest);                              \
        if (due(family, -1)) {                     \
            errno = failure;                       \
            return -1;                             \
        }                                          \
        return REAL(name) arguments;               \
    }

OPENS(open, "open", (const char *path, int flags, ...), (path, flags, mode))
OPENS(open64, "open", (const char *path, int flags, ...), (path, flags, mode))
OPENS(openat, "open", (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPENS(openat64, "open", (int at, const char *path, int flags, ...), (at, path, flags, mode))

MOVES(read, "read", (int fd, void *data, size_t size), (fd, data, size), fd, size)
MOVES(pread, "pread", (int fd, void *data, size_t size, off_t at), (fd, data, size, at), fd, size)
MOVES(pread64, "pread", (int fd, void *data, size_t size, off64_t at), (fd, data, size, at), fd, size)
MOVES(write, "write", (int fd, const void *data, size_t size), (fd, data, size), fd, size)
MOVES(pwrite, "pwrite", (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), fd, size)
MOVES(pwrite64, "pwrite", (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), fd, size)
MOVES(writev, "write", (int fd, const struct iovec *parts, int count), (fd, parts, count), fd, count)
MOVES(copy_file_range, "copy_file_range",
      (int in, off64_t *from, int out, off64_t *to, size_t size, unsigned int flags),
      (in, from, out, to, size, flags), out, size)
MOVES(sendfile, "sendfile", (int out, int in, off_t *from, size_t size), (out, in, from, size), out, size)
MOVES(sendfile64, "sendfile", (int out, int in, off64_t *from, size_t size), (out, in, from, size), out, size)

int close(int fd) /* the descriptor is gone all the same, as Linux has it */
{
    int done = REAL(close)(fd);
    if (due("close", fd)) {
        errno = failure;
        return -1;
    }
    return done;
}

FAILS(int, fstat, "fstat", (int fd, struct stat *facts), (fd, facts), fd)
FAILS(int, fstat64, "fstat", (int fd, struct stat64 *facts), (fd, facts), fd)
FAILS(int, stat, "stat", (const char *path, struct stat *facts), (path, facts), -1)
FAILS(int, stat64, "stat", (const char *path, struct stat64 *facts), (path, facts), -1)
FAILS(int, lstat, "stat", (const char *path, struct stat *facts), (path, facts), -1)
FAILS(int, lstat64, "stat", (const char *path, struct stat64 *facts), (path, facts), -1)
FAILS(int, fstatat, "stat", (int at, const char *path, struct stat *facts, int flags), (at, path, facts, flags), -1)
FAILS(int, fstatat64, "stat", (int at, const char *path, struct stat64 *facts, int flags), (at, path, facts, flags), -1)
FAILS(int, statx, "stat", (int at, const char *path, int flags, unsigned int mask, struct statx *facts), (at, path, flags, mask, facts), -1)
FAILS(off_t, lseek, "lseek", (int fd, off_t offset, int whence), (fd, offset, whence), fd)
FAILS(off64_t, lseek64, "lseek", (int fd, off64_t offset, int whence), (fd, offset, whence), fd)
FAILS(int, ftruncate, "ftruncate", (int fd, off_t size), (fd, size), fd)
FAILS(int, ftruncate64, "ftruncate", (int fd, off64_t size), (fd, size), fd)
FAILS(int, rename, "rename", (const char *from, const char *to), (from, to), -1)
FAILS(int, renameat, "rename", (int at, const char *from, int under, const char *to), (at, from, under, to), -1)
FAILS(int, link, "link", (const char *from, const char *to), (from, to), -1)
FAILS(int, linkat, "link", (int at, const char *from, int under, const char *to, int flags), (at, from, under, to, flags), -1)
FAILS(int, unlink, "unlink", (const char *path), (path), -1)
FAILS(int, unlinkat, "unlink", (int at, const char *path, int flags), (at, path, flags), -1)
FAILS(int, fsync, "fsync", (int fd), (fd), fd)
FAILS(int, chmod, "chmod", (const char *path, mode_t mode), (path, mode), -1)
FAILS(int, fchmod, "chmod", (int fd, mode_t mode), (fd, mode), fd)

/* Of memory maps those of files: what the allocator asks for is another matter. */
#define MAPS(name, offset_type)                                                                    \
    void *name(void *at, size_t size, int protection, int flags, int fd, offset_type offset)       \
    {                                                                                              \
        if (fd >= 0 && due("mmap", fd)) {                                                          \
            errno = failure;                                                                       \
            return MAP_FAILED;                                                                     \
        }                                                                                          \
        return REAL(name)(at, size, protection, flags, fd, offset);                                \
    }

MAPS(mmap, off_t)
MAPS(mmap64, off64_t)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *data)
{
    return due("pthread_create", -1) ? failure : REAL(pthread_create)(thread, attributes, start, data);
}
