/* A disk as a test wants it. The file named in SLOW_DISK holds a number: ms that fsync and fdatasync wait; -1: they fail with EIO; -2: writes
   to the parking database fail with ENOSPC. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int said(void) {
    const char *name = getenv("SLOW_DISK");
    FILE *file = name ? fopen(name, "r") : NULL;
    int number = 0;
    if (file) {
        if (fscanf(file, "%d", &number) != 1) number = 0;
        fclose(file);
    }
    return number;
}

static int wait_or_fail(void) {
    int number = said();
    if (number > 0) usleep(number * 1000);
    if (number == -1) errno = EIO;
    return number == -1;
}

static int is_full(int fd) {
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, "parking.db") || said() != -2) return 0;
    errno = ENOSPC;
    return 1;
}

#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))

int fdatasync(int fd) { return wait_or_fail() ? -1 : REAL(int (*)(int), "fdatasync")(fd); }

int fsync(int fd) { return wait_or_fail() ? -1 : REAL(int (*)(int), "fsync")(fd); }

ssize_t write(int fd, const void *data, size_t size) {
    return is_full(fd) ? -1 : REAL(ssize_t (*)(int, const void *, size_t), "write")(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return is_full(fd) ? -1 : REAL(ssize_t (*)(int, const void *, size_t, off_t), "pwrite")(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return is_full(fd) ? -1 : REAL(ssize_t (*)(int, const void *, size_t, off64_t), "pwrite64")(fd, data, size, at);
}
