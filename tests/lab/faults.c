/* What the kill, errno and power-loss rows preload into the client: it counts the calls that leave the process, over
 * all threads (strace counts for each thread by itself, which leaves most calls of worker threads out of reach), and
 * strikes at the N-th call of one name, before it is made. Built by tests/lab/preload.py; no part of the product.
 *
 * LAB_ROOT    folder whose files count for open; an absolute path without links
 * LAB_CALL    the name that is struck: write, pwrite, fsync, fdatasync, ftruncate, fallocate, copy, rename, link,
 *             unlink, mkdir, connect, send, open, socket
 * LAB_AT      at its N-th call, 1 the first
 * LAB_DO      "kill", or the number of an errno that the call fails with
 * LAB_LASTS   set: every later call of that name fails too, as on a disk that stays full
 * LAB_SAID    a file that gets one line when it strikes
 * LAB_COUNTS  a file that gets "name count" lines when the process ends by itself
 * LAB_RECORD  a file that gets every change of a file below LAB_ROOT (see record())
 *
 * They are read when a process starts, and once more by lab_arm(): a fork of a parent that was started without them
 * has its own, and counts from nothing. A fork that ends without the interpreter's own end says so by lab_end().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE, PWRITE, FSYNC, FDATASYNC, FTRUNCATE, FALLOCATE, COPY, RENAME, LINK, UNLINK, MKDIR, CONNECT, SEND, OPEN,
       SOCKET, CALLS };
static const char *const NAMES[CALLS] = {"write", "pwrite", "fsync", "fdatasync", "ftruncate", "fallocate", "copy",
    "rename", "link", "unlink", "mkdir", "connect", "send", "open", "socket"};

static long counts[CALLS];
static int struck_call = -1, record_to = -1;
static long struck_at;
static int fails_with, lasts; /* 0: kill */
static const char *root, *said, *counted;
static size_t root_length;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static const char *told(const char *name) {
    const char *value = getenv(name);
    /* The environment may change under a string of its own. */
    return value ? strdup(value) : NULL;
}

__attribute__((constructor)) void lab_arm(void) {
    const char *call = getenv("LAB_CALL"), *at = getenv("LAB_AT"), *act = getenv("LAB_DO"), *record = getenv("LAB_RECORD");
    memset(counts, 0, sizeof counts);
    root = told("LAB_ROOT");
    root_length = root ? strlen(root) : 0;
    said = told("LAB_SAID");
    counted = told("LAB_COUNTS");
    struck_call = -1;
    for (int each = 0; call && each < CALLS; each++)
        if (!strcmp(call, NAMES[each])) struck_call = each;
    struck_at = at ? atol(at) : 0;
    fails_with = act && strcmp(act, "kill") ? atoi(act) : 0;
    lasts = getenv("LAB_LASTS") != NULL;
    record_to = !record ? -1 : (int)syscall(SYS_openat, AT_FDCWD, record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

__attribute__((destructor)) void lab_end(void) {
    struck_call = -1;
    if (!counted) return;
    int to = (int)syscall(SYS_openat, AT_FDCWD, counted, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (int each = 0; each < CALLS; each++) {
        char line[64];
        int length = snprintf(line, sizeof line, "%s %ld\n", NAMES[each], counts[each]);
        syscall(SYS_write, to, line, length);
    }
    syscall(SYS_close, to);
    counted = NULL;
}

static void path_of(int fd, char *out) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, out, PATH_MAX - 1);
    out[length < 0 ? 0 : length] = 0;
}

/* Where a name below a folder lies, as an absolute path. */
static void place(int folder, const char *name, char *out) {
    if (name[0] == '/') {
        snprintf(out, PATH_MAX, "%s", name);
        return;
    }
    char held[PATH_MAX];
    if (folder == AT_FDCWD) { if (!getcwd(held, sizeof held)) held[0] = 0; }
    else path_of(folder, held);
    snprintf(out, PATH_MAX, "%.2000s/%.2000s", held, name);
}

static int is_ours(const char *path) {
    return root_length && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* Count one call; kill, or say that it must fail, where its turn has come. */
static int strike(int call, const char *where) {
    long n = __atomic_add_fetch(&counts[call], 1, __ATOMIC_SEQ_CST);
    if (call != struck_call || n < struck_at || (n > struck_at && !lasts)) return 0;
    if (said && n == struck_at) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%s %ld %s\n", NAMES[call], n, where);
        int to = (int)syscall(SYS_openat, AT_FDCWD, said, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        syscall(SYS_write, to, line, length);
        syscall(SYS_close, to);
    }
    if (!fails_with) { syscall(SYS_kill, getpid(), SIGKILL); for (;;) pause(); }
    errno = fails_with;
    return 1;
}

static int strike_fd(int call, int fd) {
    char where[PATH_MAX];
    /* What the terminal refuses is no fault of a disk. */
    if (fails_with && fd <= 2) return 0;
    path_of(fd, where);
    return strike(call, where);
}

/* One change, once it has happened: "op\tinode\toffset\tlength\tpath\tpath2\n", then `length` bytes of data. */
static void record(const char *op, int fd, long long offset, const void *data, size_t length, const char *path,
                   const char *path2) {
    struct stat found = {0};
    char held[PATH_MAX], line[2 * PATH_MAX + 200];
    if (record_to < 0) return;
    int kept = errno;
    if (fd >= 0) {
        fstat(fd, &found);
        if (S_ISDIR(found.st_mode)) op = "syncdir";
        if (!path) { path_of(fd, held); path = held; }
    }
    if (is_ours(path)) {
        int head = snprintf(line, sizeof line, "%s\t%llu\t%lld\t%zu\t%s\t%s\n", op, (unsigned long long)found.st_ino,
                            offset, data ? length : 0, path, path2 ? path2 : "");
        struct iovec parts[2] = {{line, (size_t)head}, {(void *)data, data ? length : 0}};
        pthread_mutex_lock(&turn);
        syscall(SYS_writev, record_to, parts, 2);
        pthread_mutex_unlock(&turn);
    }
    errno = kept;
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (strike_fd(WRITE, fd)) return -1;
    long long at = record_to < 0 ? 0 : lseek(fd, 0, SEEK_CUR);
    ssize_t done = real(fd, data, length);
    if (done > 0) record("write", fd, at, data, (size_t)done, NULL, NULL);
    return done;
}

static ssize_t placed_write(ssize_t (*real)(int, const void *, size_t, off64_t), int fd, const void *data,
                            size_t length, off64_t at) {
    if (strike_fd(PWRITE, fd)) return -1;
    ssize_t done = real(fd, data, length, at);
    if (done > 0) record("write", fd, at, data, (size_t)done, NULL, NULL);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return placed_write(real, fd, data, length, at);
}
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return placed_write(real, fd, data, length, at);
}

#define SYNC(name, CALL)                                          \
    int name(int fd) {                                            \
        REAL(int, name, int);                                     \
        if (strike_fd(CALL, fd)) return -1;                       \
        int done = real(fd);                                      \
        if (!done) record("sync", fd, 0, NULL, 0, NULL, NULL);    \
        return done;                                              \
    }
SYNC(fsync, FSYNC)
SYNC(fdatasync, FDATASYNC)

static int cut(int (*real)(int, off64_t), int fd, off64_t size) {
    if (strike_fd(FTRUNCATE, fd)) return -1;
    int done = real(fd, size);
    if (!done) record("truncate", fd, size, NULL, 0, NULL, NULL);
    return done;
}
int ftruncate(int fd, off_t size) { REAL(int, ftruncate64, int, off64_t); return cut(real, fd, size); }
int ftruncate64(int fd, off64_t size) { REAL(int, ftruncate64, int, off64_t); return cut(real, fd, size); }

static int reserve(int (*real)(int, off64_t, off64_t), int fd, off64_t at, off64_t length) {
    struct stat found = {0};
    /* This one hands its errno back instead of setting it. */
    if (strike_fd(FALLOCATE, fd)) return errno;
    int done = real(fd, at, length);
    fstat(fd, &found);
    if (!done) record("truncate", fd, found.st_size, NULL, 0, NULL, NULL);
    return done;
}
int posix_fallocate(int fd, off_t at, off_t length) {
    REAL(int, posix_fallocate64, int, off64_t, off64_t);
    return reserve(real, fd, at, length);
}
int posix_fallocate64(int fd, off64_t at, off64_t length) {
    REAL(int, posix_fallocate64, int, off64_t, off64_t);
    return reserve(real, fd, at, length);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    if (strike_fd(COPY, to)) return -1;
    off64_t at = to_at ? *to_at : 0;
    ssize_t done = real(from, from_at, to, to_at, length, flags);
    if (done > 0 && record_to >= 0) {
        void *data = malloc((size_t)done);
        /* The target may be open for writing only: its bytes are the source's. */
        if (data && pread(from, data, (size_t)done, from_at ? *from_at - done : 0) == done)
            record("write", to, at, data, (size_t)done, NULL, NULL);
        free(data);
    }
    return done;
}

int renameat(int from, const char *old, int to, const char *new) {
    char source[PATH_MAX], target[PATH_MAX];
    REAL(int, renameat, int, const char *, int, const char *);
    place(from, old, source);
    place(to, new, target);
    if (strike(RENAME, target)) return -1;
    int done = real(from, old, to, new);
    if (!done) record("rename", -1, 0, NULL, 0, source, target);
    return done;
}
int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int linkat(int from, const char *old, int to, const char *new, int flags) {
    char source[PATH_MAX], target[PATH_MAX];
    REAL(int, linkat, int, const char *, int, const char *, int);
    place(from, old, source);
    place(to, new, target);
    if (strike(LINK, target)) return -1;
    int done = real(from, old, to, new, flags);
    if (!done) record("link", -1, 0, NULL, 0, source, target);
    return done;
}
int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

int unlinkat(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    REAL(int, unlinkat, int, const char *, int);
    place(folder, name, path);
    if (strike(UNLINK, path)) return -1;
    int done = real(folder, name, flags);
    if (!done) record("unlink", -1, 0, NULL, 0, path, NULL);
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int mkdirat(int folder, const char *name, mode_t mode) {
    char path[PATH_MAX];
    REAL(int, mkdirat, int, const char *, mode_t);
    place(folder, name, path);
    if (strike(MKDIR, path)) return -1;
    int done = real(folder, name, mode);
    if (!done) record("mkdir", -1, 0, NULL, 0, path, NULL);
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

static int open_one(int folder, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat found;
    REAL(int, openat, int, const char *, int, ...);
    place(folder, name, path);
    if (!is_ours(path)) return real(folder, name, flags, mode);
    if (strike(OPEN, path)) return -1;
    int makes = (flags & O_CREAT) && fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW);
    int fd = real(folder, name, flags, mode);
    if (fd >= 0 && makes) record("create", fd, 0, NULL, 0, path, NULL);
    else if (fd >= 0 && (flags & O_TRUNC)) record("truncate", fd, 0, NULL, 0, path, NULL);
    return fd;
}
#define MODE(flags) mode_t mode = 0; if ((flags) & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE(flags) return open_one(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_one(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return open_one(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return open_one(folder, path, flags, mode); }

int socket(int domain, int type, int protocol) {
    REAL(int, socket, int, int, int);
    if (strike(SOCKET, "socket")) return -1;
    return real(domain, type, protocol);
}
int connect(int fd, const struct sockaddr *address, socklen_t length) {
    REAL(int, connect, int, const struct sockaddr *, socklen_t);
    if (strike_fd(CONNECT, fd)) return -1;
    return real(fd, address, length);
}
/* A request that carries a callback URL is a POST that may cost money. */
static void record_post(const void *data, size_t length) {
    if (memmem(data, length, "/v1/callback/", 13)) record("post", -1, 0, data, length, root, NULL);
}
ssize_t send(int fd, const void *data, size_t length, int flags) {
    REAL(ssize_t, send, int, const void *, size_t, int);
    if (strike_fd(SEND, fd)) return -1;
    if (record_to >= 0) record_post(data, length);
    return real(fd, data, length, flags);
}
ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    REAL(ssize_t, sendto, int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    if (strike_fd(SEND, fd)) return -1;
    return real(fd, data, length, flags, to, size);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
    if (strike_fd(SEND, fd)) return -1;
    return real(fd, message, flags);
}
